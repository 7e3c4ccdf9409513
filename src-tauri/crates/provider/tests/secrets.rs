//! Keys, prompts and answers must not show up in errors, in `Debug` output or in any log.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod common;

use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex, Once},
};

use ccc_provider::{ApiKey, OpenAiCompatible, OpenAiConfig, ProviderError, UrlProblem};
use common::*;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Everything logged through `tracing` and through `log`, at every level.
static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Capture;
struct Words<'a>(&'a mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut logged = LOGGED.lock().unwrap();
        logged.push_str(attributes.metadata().name());
        attributes.record(&mut Words(&mut logged));
        logged.push('\n');
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Words(&mut LOGGED.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut logged = LOGGED.lock().unwrap();
        let _ = write!(logged, "{}", event.metadata().target());
        event.record(&mut Words(&mut logged));
        logged.push('\n');
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(LOGGED.lock().unwrap(), "{} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Capture).unwrap();
        log::set_logger(&Capture).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

#[tokio::test]
async fn neither_errors_nor_logs_hold_keys_prompts_or_answers() {
    capture();
    let body = r#"{"error":{"message":"canary-body: bad key sk-canary-0123456789abcdef"}}"#;
    let answers = [
        ok(),
        format!("{HEAD}{}", chunk("canary-answer")),
        format!("{HEAD}data: canary-body\n\n"),
        status("401 Unauthorized", "", body),
        status("400 Bad Request", "", body),
        status("500 Oops", "", body),
        status("302 Found", "Location: http://canary-location/\r\n", ""),
        "canary-body\r\n\r\n".to_owned(),
    ];
    let mut shown = String::new();
    for answer in answers {
        let server = Server::answering(answer).await;
        let client = Arc::new(server.client());
        let outcome = ask(&client).await;
        if let Some(error) = outcome.error {
            let _ = write!(shown, "{error} {error:?} ");
        }
        let _ = write!(shown, "{client:?} {:?} {:?} ", client.models().await, request());
    }
    let closed = client("http://127.0.0.1:1/canary-path");
    let _ = write!(shown, "{:?}", ask(&closed).await.error);

    let logged = LOGGED.lock().unwrap().clone();
    assert!(logged.contains("status=401"), "the capture works");
    assert!(
        logged.contains("reqwest") || logged.contains("hyper"),
        "the capture sees the HTTP layers"
    );
    for secret in [
        "sk-canary",
        "0123456789",
        "canary-prompt",
        "canary-body",
        "canary-answer",
        "hint-never-sent",
    ] {
        for (place, text) in [("errors and Debug", &shown), ("the log", &logged)] {
            let at = text.lines().find(|line| line.contains(secret));
            assert_eq!(at, None, "{secret} shows up in {place}");
        }
    }
    assert!(!shown.contains("canary"), "errors name no address: {shown}");
}

#[test]
fn a_refused_configuration_shows_neither_key_nor_address() {
    let mut config = OpenAiConfig::new("test", "https://user:canary-password@canary-host/v1");
    config.api_key = Some(ApiKey::new("sk-canary".into()));
    let debug = format!("{config:?}");
    let error = OpenAiCompatible::new(config).err();
    assert_eq!(error, Some(ProviderError::Url(UrlProblem::Credentials)));
    let shown = format!("{debug} {error:?} {}", ProviderError::Url(UrlProblem::Credentials));
    assert!(!shown.contains("canary"), "{shown}");
}
