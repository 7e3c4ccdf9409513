//! Requests that are refused, lead elsewhere, or must be shaped otherwise; and what an endpoint offers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod common;

use ccc_domain::ErrorCode;
use ccc_provider::{OpenAiCompatible, OpenAiConfig, ProtocolProblem, ProviderError, TestReport, Waited, Why};
use common::*;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const fn rejected(status: u16) -> ProviderError {
    ProviderError::Rejected { status }
}

const fn limited(retry_after_ms: Option<u64>, quota: bool) -> ProviderError {
    ProviderError::RateLimited { retry_after_ms, quota }
}

#[tokio::test]
async fn refusals_are_typed_and_not_tried_again() {
    let overflow = r#"{"error":{"message":"maximum context length is 4096","code":"context_length_exceeded"}}"#;
    let llama = r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#;
    let quota = r#"{"error":{"message":"canary-body","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    for (line, body, expected) in [
        (
            "401 Unauthorized",
            "{\"error\":{\"message\":\"canary-body\"}}",
            ProviderError::Auth,
        ),
        ("403 Forbidden", "", ProviderError::Auth),
        ("404 Not Found", "<html>canary-body</html>", rejected(404)),
        ("400 Bad Request", overflow, ProviderError::ContextTooLong),
        ("400 Bad Request", llama, ProviderError::ContextTooLong),
        (
            "400 Bad Request",
            "{\"error\":{\"message\":\"canary-body\"}}",
            rejected(400),
        ),
        ("413 Payload Too Large", "", rejected(413)),
        ("429 Too Many Requests", quota, limited(None, true)),
        ("501 Not Implemented", "", rejected(501)),
    ] {
        let server = Server::answering(status(line, "", body)).await;
        assert_eq!(
            (ask(&server.client()).await, server.connections()),
            (Outcome::failed(expected), 1),
            "{line} {body}"
        );
    }
}

#[tokio::test]
async fn a_closed_port_is_said_to_be_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let expected = Outcome {
        retries: vec![ErrorCode::ProviderUnreachable; 3],
        ..Outcome::failed(ProviderError::Unreachable(Why::Refused))
    };
    assert_eq!(ask(&client(&format!("http://127.0.0.1:{port}/v1"))).await, expected);
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_that_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let outcome = ask(&client(&format!("https://127.0.0.1:{port}/v1"))).await;
    assert_eq!(outcome, Outcome::failed(ProviderError::Unreachable(Why::Tls)));
}

#[tokio::test]
async fn a_redirect_is_refused_and_its_target_hears_nothing() {
    let target = Server::answering(ok()).await;
    for line in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let server = Server::answering(status(line, &format!("Location: {}\r\n", target.url()), "")).await;
        let expected = Outcome::failed(ProviderError::Protocol(ProtocolProblem::Redirect));
        assert_eq!(
            (ask(&server.client()).await, server.connections()),
            (expected, 1),
            "{line}"
        );
    }
    assert_eq!(
        target.connections(),
        0,
        "neither key nor prompt reaches another address"
    );
}

#[tokio::test]
async fn refused_parameters_are_left_out_at_once_and_remembered() {
    let server = Server::start(|mut conn| async move {
        let refuse = |param: &str, code: &str| {
            let body = format!(r#"{{"error":{{"message":"no {param}","param":"{param}","code":"{code}"}}}}"#);
            status("400 Bad Request", "Content-Type: application/json\r\n", &body)
        };
        let has = |text: &str| conn.request.contains(text);
        let answer = if has("stream_options") {
            status(
                "422 Unprocessable Entity",
                "",
                r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"]}]}"#,
            )
        } else if has("\"max_tokens\"") {
            refuse("max_tokens", "unsupported_parameter")
        } else if has("temperature") {
            refuse("temperature", "unsupported_value")
        } else {
            ok()
        };
        conn.send(answer.as_bytes()).await;
    })
    .await;
    let client = server.client();
    let mut asked = request();
    (asked.temperature, asked.max_tokens) = (Some(0.2), Some(9));
    for connections in [4, 5] {
        let outcome = collect(&client, asked.clone(), CancellationToken::new()).await;
        assert_eq!((outcome, server.connections()), (Outcome::answered("ok"), connections));
    }
    let last = server.requests().pop().unwrap();
    assert!(last.ends_with(r#""stream":true,"max_completion_tokens":9}"#), "{last}");

    asked.model = Some("other".into());
    collect(&client, asked, CancellationToken::new()).await;
    assert_eq!(
        server.connections(),
        8,
        "another model is found out anew, the endpoint is not"
    );
}

#[tokio::test]
async fn a_refusal_that_stays_is_not_asked_forever() {
    let server = Server::answering(status("400 Bad Request", "", "stream_options are wrong")).await;
    assert_eq!(
        (ask(&server.client()).await, server.connections()),
        (Outcome::failed(rejected(400)), 2)
    );
}

#[tokio::test]
async fn models_are_listed_and_a_test_has_one_answer() {
    let server = Server::start(|mut conn| async move {
        let list = r#"{"data":[{"id":"z"},{"id":"m"}]}"#;
        let answer = if conn.request.starts_with("GET /v1/models ") {
            status("200 OK", "", list)
        } else {
            ok()
        };
        conn.send(answer.as_bytes()).await;
    })
    .await;
    let client = server.client();
    let listed = vec!["m".to_owned(), "z".to_owned()];
    assert_eq!(client.models().await, Ok(listed.clone()));
    let TestReport { models, answered, .. } = client.test().await.unwrap();
    assert_eq!((models, answered), (Some(listed), Some("m".into())));
    let asked = server.requests().pop().unwrap();
    assert!(asked.contains(r#""max_tokens":1"#), "a test costs one token: {asked}");
}

#[tokio::test]
async fn an_endpoint_without_a_list_passes_if_its_model_answers_and_a_refused_key_fails() {
    let server = Server::start(|mut conn| async move {
        let answer = if conn.request.starts_with("GET") {
            status("404 Not Found", "", "")
        } else {
            ok()
        };
        conn.send(answer.as_bytes()).await;
    })
    .await;
    let TestReport { models, answered, .. } = server.client().test().await.unwrap();
    assert_eq!((models, answered), (None, Some("m".into())));
    let without_model = OpenAiCompatible::new(OpenAiConfig::new("test", server.url())).unwrap();
    assert_eq!(without_model.test().await.err(), Some(rejected(404)));

    let server = Server::start(|mut conn| async move {
        let answer = if conn.request.starts_with("GET") {
            status("200 OK", "", "[\"m\"]")
        } else {
            status("401 No", "", "")
        };
        conn.send(answer.as_bytes()).await;
    })
    .await;
    assert_eq!(
        server.client().test().await.err(),
        Some(ProviderError::Auth),
        "a public list proves no key"
    );

    let silent = Server::start(|mut conn| async move { conn.closed().await }).await;
    assert_eq!(
        silent.client().models().await,
        Err(ProviderError::TimedOut(Waited::FirstByte))
    );
}
