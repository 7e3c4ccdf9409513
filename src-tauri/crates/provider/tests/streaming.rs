//! Answers that arrive: whole, in pieces, cut, or not answers at all.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod common;

use std::time::Duration;

use ccc_domain::{ErrorCode, FinishReason, Usage, tokens};
use ccc_provider::{ProtocolProblem, ProviderError, Why};
use common::*;

const SSE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

fn estimated(text: &str) -> Usage {
    Usage {
        prompt_tokens: tokens::estimate(PROMPT),
        completion_tokens: tokens::estimate(text),
        estimated: true,
    }
}

fn truncated(text: &str) -> Outcome {
    Outcome {
        finished: Some((FinishReason::Eof, estimated(text))),
        ..Outcome::answered(text)
    }
}

#[tokio::test]
async fn a_whole_answer_is_streamed_and_the_request_is_exact() {
    let server = Server::answering(format!("{HEAD}{}", stream_of(&["Hello", ", ", "检索 🦀"]))).await;
    assert_eq!(ask(&server.client()).await, Outcome::answered("Hello, 检索 🦀"));

    let requests = server.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{head}");
    assert!(
        head.to_lowercase()
            .contains(&format!("\r\nauthorization: bearer {KEY}")),
        "{head}"
    );
    for absent in ["cookie", "referer"] {
        assert!(!head.to_lowercase().contains(absent), "no {absent} header in {head}");
    }
    let expected = r#"{"model":"m","messages":[{"role":"user","content":"canary-prompt two three"}],"stream":true,"stream_options":{"include_usage":true}}"#;
    assert_eq!((body, requests.len()), (expected, 1));
}

#[tokio::test]
async fn any_split_of_head_chunks_and_characters_gives_the_same_answer() {
    let body = stream_of(&["検索", "é🦀", "end"]);
    for (chunk_size, packet) in [(1, 1), (3, 7), (5, 1_000), (100_000, 1), (2, 2)] {
        let mut wire = format!("{SSE}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n").into_bytes();
        wire.extend(chunked(body.as_bytes(), chunk_size));
        let server = Server::start(move |mut conn| {
            let wire = wire.clone();
            async move { conn.drip(&wire, packet).await }
        })
        .await;
        assert_eq!(
            ask(&server.client()).await,
            Outcome::answered("検索é🦀end"),
            "{chunk_size} {packet}"
        );
    }
}

#[tokio::test]
async fn an_error_event_after_the_first_token_is_an_error_and_never_tried_again() {
    let quota = ProviderError::RateLimited {
        retry_after_ms: None,
        quota: true,
    };
    for (code, expected) in [(402, quota), (502, ProviderError::Rejected { status: 502 })] {
        let error = format!("data: {{\"error\":{{\"code\":{code},\"message\":\"canary-body\"}}}}\n\n");
        let server = Server::answering(format!("{HEAD}{}{error}{STOP}{DONE}", chunk("half"))).await;
        let held = Server::answering(format!("{HEAD}{}{error}", chunk("<think>hm </thi"))).await;
        assert_eq!(
            ask(&server.client()).await,
            Outcome::cut("half", expected.clone()),
            "{code}"
        );
        let thoughtful = Outcome {
            reasoning: "hm </thi".into(),
            ..Outcome::cut("", expected)
        };
        assert_eq!(ask(&held.client()).await, thoughtful, "{code}");
        assert_eq!((server.connections(), held.connections()), (1, 1), "{code}");
    }
}

#[tokio::test]
async fn an_error_event_before_the_first_token_is_tried_again() {
    let error = format!("{HEAD}data: {{\"choices\":[]}}\n\ndata: {{\"error\":{{\"code\":502}}}}\n\n");
    let server = Server::answering_in_turn(vec![error, ok()]).await;
    let expected = Outcome {
        retries: vec![ErrorCode::ProviderRejected],
        ..Outcome::answered("ok")
    };
    assert_eq!((ask(&server.client()).await, server.connections()), (expected, 2));
}

#[tokio::test]
async fn an_end_without_a_finish_reason_is_never_complete() {
    for end in ["", DONE, "data: {\"choices\":[{\"delta\":{\"content\":\"lo"] {
        let server = Server::answering(format!("{HEAD}{}{end}", chunk("hal"))).await;
        assert_eq!(ask(&server.client()).await, truncated("hal"), "ending in {end:?}");
    }
}

#[tokio::test]
async fn a_finish_reason_completes_whatever_follows() {
    for (end, usage) in [
        (STOP.to_owned(), estimated("done")),
        (format!("{STOP}{DONE}"), estimated("done")),
        (format!("{STOP}{USAGE}"), REPORTED),
        (format!("{STOP}data: {{broken\n\n"), estimated("done")),
    ] {
        let server = Server::answering(format!("{HEAD}{}{end}", chunk("done"))).await;
        let expected = Outcome {
            finished: Some((FinishReason::Stop, usage)),
            ..Outcome::answered("done")
        };
        assert_eq!(ask(&server.client()).await, expected, "ending in {end:?}");
    }
}

#[tokio::test]
async fn a_reset_in_the_middle_is_an_error_and_keeps_what_came() {
    let server = Server::start(|mut conn| async move {
        conn.send(format!("{HEAD}{}", chunk("half")).as_bytes()).await;
        // The client must have read the text before the reset discards it.
        tokio::time::sleep(Duration::from_millis(50)).await;
        conn.stream.set_zero_linger().unwrap();
    })
    .await;
    assert_eq!(
        ask(&server.client()).await,
        Outcome::cut("half", ProviderError::Unreachable(Why::Cut))
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_an_error() {
    for framing in ["Content-Length: 9999\r\n", "Transfer-Encoding: chunked\r\n"] {
        let text = chunk("half");
        let body = if framing.starts_with('C') {
            text
        } else {
            format!("{:x}\r\n{text}\r\n", text.len())
        };
        let server = Server::answering(format!("{SSE}{framing}\r\n{body}")).await;
        assert_eq!(
            ask(&server.client()).await,
            Outcome::cut("half", ProviderError::Unreachable(Why::Cut)),
            "{framing}"
        );
    }
}

#[tokio::test]
async fn a_plain_completion_is_an_answer() {
    let body = r#"{"model":"m-1","choices":[{"message":{"content":"<think>hm</think>\nok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#;
    let server = Server::answering(status("200 OK", "Content-Type: application/json\r\n", body)).await;
    let expected = Outcome {
        reasoning: "hm".into(),
        ..Outcome::answered("ok")
    };
    assert_eq!(ask(&server.client()).await, expected);
}

#[tokio::test]
async fn thoughts_are_kept_apart_from_text() {
    let field = "data: {\"model\":\"m-1\",\"choices\":[{\"delta\":{\"reasoning_content\":\"let me\"}}]}\n\n";
    let body = format!(
        "{field}{}{}{}{STOP}{USAGE}{DONE}",
        chunk("<th"),
        chunk("ink> see</th"),
        chunk("ink>\n\nok")
    );
    let server = Server::answering(format!("{HEAD}{body}")).await;
    let expected = Outcome {
        reasoning: "let me see".into(),
        ..Outcome::answered("ok")
    };
    assert_eq!(ask(&server.client()).await, expected);
}

#[tokio::test]
async fn what_is_no_answer_is_typed_and_not_tried_again() {
    let html = "Content-Type: text/html\r\n";
    for (wire, problem) in [
        (
            status("200 OK", html, "<html>canary-body</html>"),
            ProtocolProblem::Html,
        ),
        (status("200 OK", "", "<!DOCTYPE html>"), ProtocolProblem::Html),
        (
            status("200 OK", "Content-Type: image/png\r\n", "png"),
            ProtocolProblem::ContentType,
        ),
        (
            status("200 OK", "Content-Type: application/json\r\n", "{\"id\":1}"),
            ProtocolProblem::Shape,
        ),
        (
            format!("{HEAD}data: {{not json canary-body}}\n\n"),
            ProtocolProblem::Json,
        ),
        (HEAD.to_owned(), ProtocolProblem::Empty),
        ("SSH-2.0-OpenSSH_9.6\r\n".to_owned(), ProtocolProblem::NotHttp),
    ] {
        let server = Server::answering(wire.clone()).await;
        let expected = Outcome::failed(ProviderError::Protocol(problem));
        assert_eq!(
            (ask(&server.client()).await, server.connections()),
            (expected, 1),
            "{wire}"
        );
    }
}
