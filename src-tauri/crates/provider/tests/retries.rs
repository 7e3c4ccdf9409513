//! Failures that are tried again, and servers that are given a rest.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod common;

use std::time::{Duration, Instant};

use ccc_domain::ErrorCode;
use ccc_provider::{ChatEvent, ChatProvider as _, ProviderError};
use common::*;
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

const fn rejected(status: u16) -> ProviderError {
    ProviderError::Rejected { status }
}

const fn limited(retry_after_ms: Option<u64>, quota: bool) -> ProviderError {
    ProviderError::RateLimited { retry_after_ms, quota }
}

#[tokio::test]
async fn transient_failures_are_tried_again_until_an_answer() {
    for line in [
        "408 Request Timeout",
        "429 Too Many",
        "500 Oops",
        "502 Bad Gateway",
        "503 Busy",
        "504 Late",
        "529 Full",
    ] {
        let code = if line.starts_with("429") {
            ErrorCode::ProviderRateLimited
        } else {
            ErrorCode::ProviderRejected
        };
        let failure = status(line, "Content-Type: text/html\r\n", "<html>");
        let server = Server::answering_in_turn(vec![failure.clone(), failure, ok()]).await;
        let expected = Outcome {
            retries: vec![code; 2],
            ..Outcome::answered("ok")
        };
        assert_eq!(
            (ask(&server.client()).await, server.connections()),
            (expected, 3),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_request_is_sent_four_times_at_most() {
    let server = Server::answering(status("500 Oops", "", "")).await;
    let expected = Outcome {
        retries: vec![ErrorCode::ProviderRejected; 3],
        ..Outcome::failed(rejected(500))
    };
    assert_eq!((ask(&server.client()).await, server.connections()), (expected, 4));
}

#[tokio::test]
async fn a_connection_cut_before_the_first_token_is_tried_again() {
    let server = Server::start(|mut conn| async move {
        match conn.index {
            0 => conn.stream.set_zero_linger().unwrap(),
            1 => conn.send(format!("{HEAD}: hold on\n\ndata: {{\"choi").as_bytes()).await,
            2 => conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").await,
            _ => conn.send(ok().as_bytes()).await,
        }
    })
    .await;
    let expected = Outcome {
        retries: vec![ErrorCode::ProviderUnreachable; 3],
        ..Outcome::answered("ok")
    };
    assert_eq!((ask(&server.client()).await, server.connections()), (expected, 4));
}

#[tokio::test]
async fn retry_after_is_obeyed_in_both_forms() {
    let seconds = "Retry-After: 1\r\n".to_owned();
    let date = "Date: Fri, 31 Dec 1999 23:59:59 GMT\r\nRetry-After: Sat, 01 Jan 2000 00:00:00 GMT\r\n".to_owned();
    for headers in [seconds, date] {
        let server = Server::answering_in_turn(vec![status("429 Too Many Requests", &headers, ""), ok()]).await;
        let start = Instant::now();
        let mut stream = server.client().stream(request(), CancellationToken::new());
        let first = stream.next().await.unwrap().unwrap();
        let (attempt, wait_ms, code) = (1, 1_000, ErrorCode::ProviderRateLimited);
        assert_eq!(first, ChatEvent::Retrying { attempt, wait_ms, code });
        assert_eq!(
            stream.next().await,
            Some(Ok(ChatEvent::Started { model: "m-1".into() }))
        );
        assert!(
            start.elapsed() >= Duration::from_secs(1),
            "asked again after {:?}",
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn a_server_that_asks_for_more_than_a_minute_is_not_waited_for() {
    let server = Server::answering(status("429 Too Many Requests", "Retry-After: 61\r\n", "")).await;
    assert_eq!(
        ask(&server.client()).await,
        Outcome::failed(limited(Some(61_000), false))
    );
}

#[tokio::test]
async fn five_failures_in_a_row_open_the_breaker_until_a_probe_succeeds() {
    let server = Server::start(|mut conn| async move {
        let answer = if conn.index < 6 {
            status("503 Busy", "", "")
        } else {
            ok()
        };
        conn.send(answer.as_bytes()).await;
    })
    .await;
    let client = server.client();
    assert_eq!(ask(&client).await.retries.len(), 3);
    assert_eq!(
        ask(&client).await,
        Outcome::failed(rejected(503)),
        "the fifth failure opens it and is reported as it is"
    );
    let refused = ask(&client).await.error;
    assert!(
        matches!(
            refused,
            Some(ProviderError::BreakerOpen {
                retry_after_ms: 1..=1_000
            })
        ),
        "an open breaker says how long it rests, but got {refused:?}"
    );
    assert_eq!(server.connections(), 5, "an open breaker sends nothing");
    tokio::time::sleep(Duration::from_millis(1_020)).await;
    assert_eq!(
        ask(&client).await,
        Outcome::failed(rejected(503)),
        "one probe goes through, and fails"
    );
    let refused = ask(&client).await.error.map(|error| error.code());
    assert_eq!(
        (refused, server.connections()),
        (Some(ErrorCode::ProviderUnreachable), 6),
        "a failed probe opens it again"
    );
    tokio::time::sleep(Duration::from_millis(1_020)).await;
    assert_eq!(
        ask(&client).await,
        Outcome::answered("ok"),
        "a probe that succeeds closes it"
    );
    assert_eq!(ask(&client).await, Outcome::answered("ok"));
}

#[tokio::test]
async fn a_cancelled_probe_leaves_its_place_to_the_next() {
    let server = Server::start(|mut conn| async move {
        match conn.index {
            0..5 => conn.send(status("503 Busy", "", "").as_bytes()).await,
            5 => conn.closed().await,
            _ => conn.send(ok().as_bytes()).await,
        }
    })
    .await;
    let client = server.client();
    ask(&client).await;
    ask(&client).await;
    tokio::time::sleep(Duration::from_millis(1_020)).await;
    let cancel = CancellationToken::new();
    let (probe, ()) = tokio::join!(collect(&client, request(), cancel.clone()), async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        cancel.cancel();
    });
    assert_eq!(probe, Outcome::failed(ProviderError::Cancelled));
    assert_eq!(ask(&client).await, Outcome::answered("ok"));
}
