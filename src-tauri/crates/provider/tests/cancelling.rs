//! Stopping an answer: at once, in every phase, with nothing after it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod common;

use std::time::{Duration, Instant};

use ccc_domain::ErrorCode;
use ccc_provider::{ChatEvent, ChatProvider as _, ProviderError};
use common::*;
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

async fn closed_at(seen: &mut tokio::sync::mpsc::Receiver<Instant>) -> Instant {
    let closed = tokio::time::timeout(Duration::from_secs(5), seen.recv()).await;
    closed.expect("the socket stays open").unwrap()
}

#[tokio::test]
async fn cancelling_closes_the_socket_at_once_in_every_phase() {
    for phase in ["before the head", "within the answer"] {
        let (closed, mut seen) = tokio::sync::mpsc::channel(1);
        let server = Server::start(move |mut conn| {
            let closed = closed.clone();
            async move {
                if phase == "within the answer" {
                    conn.send(format!("{HEAD}{}", chunk("half")).as_bytes()).await;
                }
                conn.closed().await;
                closed.send(Instant::now()).await.unwrap();
            }
        })
        .await;
        let client = server.client();
        let cancel = CancellationToken::new();
        let (outcome, cancelled) = tokio::join!(collect(&client, request(), cancel.clone()), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            cancel.cancel();
            Instant::now()
        });
        assert_eq!(outcome.error, Some(ProviderError::Cancelled), "{phase}");
        let took = closed_at(&mut seen).await.saturating_duration_since(cancelled);
        assert!(
            took < Duration::from_millis(100),
            "{phase}: the server saw it after {took:?}"
        );
    }
}

#[tokio::test]
async fn dropping_the_stream_closes_the_socket() {
    let (closed, mut seen) = tokio::sync::mpsc::channel(1);
    let server = Server::start(move |mut conn| {
        let closed = closed.clone();
        async move {
            conn.send(format!("{HEAD}{}", chunk("half")).as_bytes()).await;
            conn.closed().await;
            closed.send(Instant::now()).await.unwrap();
        }
    })
    .await;
    let mut stream = server.client().stream(request(), CancellationToken::new());
    assert!(stream.next().await.is_some_and(|event| event.is_ok()));
    let dropped = Instant::now();
    drop(stream);
    let took = closed_at(&mut seen).await.saturating_duration_since(dropped);
    assert!(took < Duration::from_millis(100), "the server saw it after {took:?}");
}

#[tokio::test]
async fn a_wait_before_a_repetition_can_be_cancelled() {
    let server = Server::answering(status("503 Busy", "Retry-After: 30\r\n", "")).await;
    let cancel = CancellationToken::new();
    let client = server.client();
    let mut stream = client.stream(request(), cancel.clone());
    let (attempt, wait_ms, code) = (1, 30_000, ErrorCode::ProviderRejected);
    assert_eq!(
        stream.next().await,
        Some(Ok(ChatEvent::Retrying { attempt, wait_ms, code }))
    );
    let (item, ()) = tokio::join!(stream.next(), async { cancel.cancel() });
    assert_eq!(item, Some(Err(ProviderError::Cancelled)));
    assert_eq!((stream.next().await, server.connections()), (None, 1));
}

#[tokio::test]
async fn a_cancelled_request_is_never_sent() {
    let server = Server::answering(ok()).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let outcome = collect(&server.client(), request(), cancel).await;
    assert_eq!(
        (outcome, server.connections()),
        (Outcome::failed(ProviderError::Cancelled), 0)
    );
}
