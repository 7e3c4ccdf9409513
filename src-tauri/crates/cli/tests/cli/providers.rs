//! Providers: their addresses, their keys, what they answer.

use std::{fs, path::Path};

use serde_json::json;

use crate::{
    common::{Profile, Ran, finish},
    server::{Recorded, Server, answer, status},
};

const KEY: &str = "sk-canary-0123456789";

fn with_key(profile: &Profile, args: &[&str]) -> Ran {
    finish(profile.command(args).env("CCC_API_KEY", KEY).spawn().unwrap())
}

fn listing(request: &Recorded) -> Vec<crate::server::Part> {
    match request.line.as_str() {
        line if line.ends_with("/models") => status(200, "", "application/json", r#"{"data":[{"id":"b"},{"id":"a"}]}"#),
        _ => answer("yes"),
    }
}

#[test]
fn a_provider_is_added_tested_preferred_and_removed() {
    let server = Server::start(listing).unwrap();
    let (profile, _) = Profile::ready();
    let added = profile.ok(&[
        "provider",
        "add",
        "loop",
        "--url",
        &server.url(),
        "--model",
        "a",
        "--no-key",
    ]);
    assert!(added.contains("loop is used when no provider is named"), "{added}");
    assert_eq!(profile.ok(&["provider", "models", "loop"]), "a\nb\n");
    let tested = profile.ok(&["provider", "test", "loop"]);
    assert!(tested.starts_with("loop works: 2 models; a answered; "), "{tested}");
    profile.ok(&["provider", "prefer", "rehearsal"]);
    let listed = profile.json(&["provider", "list", "--json"]);
    assert_eq!(
        listed,
        json!([
            {"name": "loop", "base_url": server.url(), "model": "a", "confirmed_http_host": null,
             "api_key_header": false, "parameters": {"temperature": null, "max_tokens": null},
             "preferred": false, "calls_model": true},
            {"name": "rehearsal", "preferred": true, "calls_model": false},
        ])
    );
    profile.ok(&["provider", "remove", "loop"]);
    assert_eq!(profile.ok(&["provider", "list"]).lines().count(), 1);
    assert_eq!(
        profile.failure(&["provider", "test", "loop"]),
        (2, "not_found".to_owned())
    );
    profile.ok(&["provider", "test", "rehearsal"]);
}

#[test]
fn a_key_is_sent_and_kept_nowhere_without_a_keychain() {
    let server = Server::start(listing).unwrap();
    let (profile, _) = Profile::ready();
    let added = with_key(
        &profile,
        &["provider", "add", "loop", "--url", &server.url(), "--model", "a"],
    );
    assert_eq!(added.status, Some(0), "{added:?}");
    assert!(
        added.err.contains("the key is not stored; set CCC_API_KEY"),
        "{}",
        added.err
    );

    let run = with_key(&profile, &["run", "Ask.", "--json"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    profile.ok(&["provider", "models", "loop"]);
    let authorised: Vec<bool> = server
        .requests()
        .iter()
        .map(|request| request.headers.iter().any(|header| header.contains(KEY)))
        .collect();
    assert_eq!(
        authorised,
        [true, true, true, false],
        "the key goes out when it is given, and only then"
    );
    for out in [&added.out, &added.err, &run.out, &run.err] {
        assert!(!out.contains(KEY), "{out}");
    }
    assert_eq!(
        holding(profile.work.path(), KEY),
        Vec::<String>::new(),
        "no file holds the key"
    );
}

#[test]
fn a_model_is_asked_as_its_provider_was_set_up_to() {
    let server = Server::start(listing).unwrap();
    let (profile, _) = Profile::ready();
    let url = server.url();
    let add = |more: &[&str]| {
        let args = [
            &["provider", "add", "loop", "--url", url.as_str(), "--model", "a"],
            more,
        ]
        .concat();
        with_key(&profile, &args)
    };
    let set_up = ["--temperature", "0.25", "--max-tokens", "900", "--api-key-header"];
    assert_eq!(add(&set_up).status, Some(0));
    assert_eq!(with_key(&profile, &["run", "Ask."]).status, Some(0));
    assert_eq!(
        with_key(&profile, &["run", "Ask.", "--temperature", "1.5"]).status,
        Some(0)
    );
    let requests = server.requests();
    let key = format!("api-key: {KEY}");
    for (n, request) in requests.iter().enumerate() {
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let temperature = if n < 3 { 0.25 } else { 1.5 };
        assert_eq!(
            (&body["temperature"], &body["max_tokens"]),
            (&json!(temperature), &json!(900)),
            "{n}"
        );
        assert!(
            request.headers.iter().any(|header| header.eq_ignore_ascii_case(&key)),
            "{n}"
        );
        assert!(
            !request
                .headers
                .iter()
                .any(|header| header.to_lowercase().starts_with("authorization")),
            "{n}"
        );
    }
    assert_eq!(requests.len(), 6);
    for refused in [["--temperature", "5.1"], ["--max-tokens", "0"]] {
        assert_eq!(add(&refused).status, Some(2), "{refused:?}");
    }
}

/// The files below `directory` that hold `text`.
fn holding(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if fs::read(&path)
            .unwrap()
            .windows(text.len())
            .any(|bytes| bytes == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn an_address_that_is_not_allowed_is_refused_before_anything_is_stored() {
    let (profile, _) = Profile::ready();
    for url in [
        "https://user:hunter2@example.com/v1",
        "http://example.com/v1",
        "http://192.168.1.7:8080/v1",
        "ftp://example.com",
        "https://169.254.169.254/latest",
        "no address",
        "",
    ] {
        let ran = profile.run(&["provider", "add", "x", "--url", url, "--no-key"]);
        assert_eq!(ran.failure(), (5, "provider_url".to_owned()), "{url}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "a password is not printed: {}", ran.err);
    }
    let early = ["provider", "add", "x", "--url", "http://example.com/v1"];
    assert_eq!(
        Profile::new().failure(&early),
        (5, "provider_url".to_owned()),
        "before the profile is opened or a key is asked for"
    );
    for name in ["", "rehearsal", "two words", "../x"] {
        let add = ["provider", "add", name, "--url", "https://example.com/v1", "--no-key"];
        assert_eq!(profile.failure(&add), (2, "invalid_input".to_owned()), "{name:?}");
    }
    assert_eq!(
        profile.json(&["provider", "list", "--json"]).as_array().map(Vec::len),
        Some(1)
    );
    let confirmed = [
        "provider",
        "add",
        "x",
        "--url",
        "http://192.168.1.7:8080/v1",
        "--allow-http-host",
        "192.168.1.7",
    ];
    profile.ok(&[&confirmed[..], &["--no-key"]].concat());
}

#[test]
fn what_a_provider_does_wrong_has_its_code() {
    let (profile, _) = Profile::ready();
    let closed = Server::start(|_: &Recorded| Vec::new()).unwrap().url();
    profile.ok(&["provider", "add", "closed", "--url", &closed, "--no-key"]);
    for command in ["test", "models"] {
        let failed = profile.failure(&["provider", command, "closed"]);
        assert_eq!(failed, (5, "provider_unreachable".to_owned()), "{command}");
    }
    for (http, code) in [
        (401, "provider_auth"),
        (404, "provider_rejected"),
        (429, "provider_rate_limited"),
    ] {
        let server = Server::start(move |_: &Recorded| status(http, "", "application/json", "{}")).unwrap();
        profile.ok(&["provider", "add", "bad", "--url", &server.url(), "--no-key"]);
        assert_eq!(
            profile.failure(&["provider", "models", "bad"]),
            (5, code.to_owned()),
            "{http}"
        );
    }
    let page = Server::start(|_: &Recorded| status(200, "", "text/html", "<html>hello</html>")).unwrap();
    profile.ok(&["provider", "add", "page", "--url", &page.url(), "--no-key"]);
    assert_eq!(
        profile.failure(&["provider", "models", "page"]),
        (5, "provider_protocol".to_owned())
    );
}
