//! What the tests of the wire share: a scripted server, the bytes it sends, and an answer in a form that compares.

#![allow(dead_code, unused_imports, reason = "each test binary uses its own part")]

mod bytes;
mod server;

use std::time::Duration;

use ccc_domain::{ErrorCode, FinishReason, Message, Role, Step, Usage};
use ccc_provider::{
    ApiKey, ChatEvent, ChatProvider as _, ChatRequest, OpenAiCompatible, OpenAiConfig, ProviderError, RehearsalHint,
    Timing,
};
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

pub use self::{bytes::*, server::*};

/// Time-outs that a test can wait for.
pub fn short() -> Timing {
    Timing {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(1),
        idle: Duration::from_secs(1),
        event: Duration::from_secs(5),
        after_finish: Duration::from_millis(150),
        retry_base: Duration::from_millis(2),
        retry_cap: Duration::from_millis(4),
        breaker_rest: Duration::from_secs(1),
    }
}

pub const KEY: &str = "sk-canary-0123456789abcdef";

pub fn client(url: &str) -> OpenAiCompatible {
    let mut config = OpenAiConfig::new("test", url);
    config.api_key = Some(ApiKey::new(KEY.into()));
    config.model = Some("m".into());
    config.timing = short();
    OpenAiCompatible::new(config).unwrap()
}

pub const PROMPT: &str = "canary-prompt two three";

pub fn request() -> ChatRequest {
    ChatRequest {
        messages: vec![Message::new(Role::User, PROMPT)],
        model: None,
        temperature: None,
        max_tokens: None,
        hint: RehearsalHint::new(Step::Analyse, "hint-never-sent"),
    }
}

/// What an answer came to, in a form that compares and prints.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub model: Option<String>,
    pub text: String,
    pub reasoning: String,
    pub retries: Vec<ErrorCode>,
    pub finished: Option<(FinishReason, Usage)>,
    pub error: Option<ProviderError>,
}

impl Outcome {
    /// A failure before any text.
    pub fn failed(error: ProviderError) -> Self {
        Self {
            error: Some(error),
            ..Self::default()
        }
    }

    /// An answer that broke off with an error after `text`.
    pub fn cut(text: &str, error: ProviderError) -> Self {
        Self {
            finished: None,
            error: Some(error),
            ..Self::answered(text)
        }
    }

    /// A whole answer by `m-1` with the usage of [`stream_of`].
    pub fn answered(text: &str) -> Self {
        Self {
            model: Some("m-1".into()),
            text: text.into(),
            finished: Some((FinishReason::Stop, REPORTED)),
            ..Self::default()
        }
    }
}

/// Asks once and checks the stream's contract on the way.
pub async fn ask(client: &OpenAiCompatible) -> Outcome {
    collect(client, request(), CancellationToken::new()).await
}

pub async fn collect(client: &OpenAiCompatible, request: ChatRequest, cancel: CancellationToken) -> Outcome {
    let (mut outcome, mut stream) = (Outcome::default(), client.stream(request, cancel));
    while let Some(item) = tokio::time::timeout(Duration::from_secs(20), stream.next())
        .await
        .expect("it hangs")
    {
        assert_eq!((&outcome.finished, &outcome.error), (&None, &None), "the end is last");
        match item {
            Ok(ChatEvent::Started { model }) => assert_eq!(outcome.model.replace(model), None, "one start"),
            Ok(ChatEvent::Retrying { attempt, code, .. }) => {
                assert_eq!(outcome.model, None, "nothing is tried again after the first token");
                outcome.retries.push(code);
                assert_eq!(attempt as usize, outcome.retries.len());
            }
            Ok(ChatEvent::Text(text)) => outcome.text += &text,
            Ok(ChatEvent::Reasoning(text)) => outcome.reasoning += &text,
            Ok(ChatEvent::Finished { reason, usage }) => outcome.finished = Some((reason, usage)),
            Err(error) => outcome.error = Some(error),
        }
        let spoke = !outcome.text.is_empty() || outcome.finished.is_some();
        assert!(!spoke || outcome.model.is_some(), "the start comes first");
    }
    outcome
}
