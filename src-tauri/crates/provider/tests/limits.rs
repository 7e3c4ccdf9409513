//! Answers that are too slow, too silent or too large.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod common;

use std::{io::Write as _, time::Duration};

use ccc_provider::{OpenAiCompatible, OpenAiConfig, ProtocolProblem, ProviderError, Timing, Waited};
use common::*;
use flate2::{Compression, write::GzEncoder};

const SSE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_server_that_keeps_the_connection_open_after_the_end_is_not_waited_for() {
    for end in [format!("{STOP}{USAGE}"), format!("{STOP}{USAGE}{DONE}")] {
        let server = Server::start(move |mut conn| {
            let wire = format!("{HEAD}{}{end}", chunk("done"));
            async move {
                conn.send(wire.as_bytes()).await;
                conn.closed().await;
            }
        })
        .await;
        let start = std::time::Instant::now();
        assert_eq!(ask(&server.client()).await, Outcome::answered("done"));
        assert!(
            start.elapsed() < Duration::from_millis(900),
            "sooner than the idle time-out"
        );
    }
}

#[tokio::test]
async fn silence_before_or_within_an_answer_times_out() {
    let silent = Server::start(|mut conn| async move { conn.closed().await }).await;
    let waited = ProviderError::TimedOut(Waited::FirstByte);
    assert_eq!(
        (ask(&silent.client()).await, silent.connections()),
        (Outcome::failed(waited), 1)
    );

    let stalling = Server::start(|mut conn| async move {
        conn.send(format!("{HEAD}{}", chunk("half")).as_bytes()).await;
        conn.closed().await;
    })
    .await;
    assert_eq!(
        ask(&stalling.client()).await,
        Outcome::cut("half", ProviderError::TimedOut(Waited::Idle))
    );
}

#[tokio::test]
async fn a_slow_drip_is_no_silence() {
    let server = Server::start(|mut conn| async move {
        let wire = format!("{HEAD}{}", stream_of(&["ok"]));
        let (head, body) = wire.split_at(HEAD.len() + 30);
        conn.drip(head.as_bytes(), 1).await;
        // Twelve bytes at 120 ms take longer than the idle time-out of a second; none of them ends an event.
        let (slow, rest) = body.split_at(12);
        for byte in slow.as_bytes() {
            conn.drip(&[*byte], 1).await;
            tokio::time::sleep(Duration::from_millis(120)).await;
        }
        conn.send(rest.as_bytes()).await;
    })
    .await;
    let start = std::time::Instant::now();
    assert_eq!(ask(&server.client()).await, Outcome::answered("ok"));
    assert!(
        start.elapsed() > Duration::from_millis(1_200),
        "the whole took longer than any time-out"
    );
}

#[tokio::test]
async fn signs_of_life_alone_time_out_in_the_end() {
    let server = Server::start(|mut conn| async move {
        conn.send(format!("{HEAD}{}", chunk("half")).as_bytes()).await;
        while conn.stream.writable().await.is_ok() && conn.stream.try_write(b": ping\n\n").is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let mut config = OpenAiConfig::new("test", server.url());
    config.timing = Timing {
        event: Duration::from_millis(400),
        ..short()
    };
    let client = OpenAiCompatible::new(config).unwrap();
    assert_eq!(
        ask(&client).await,
        Outcome::cut("half", ProviderError::TimedOut(Waited::Event))
    );
}

#[tokio::test]
async fn gzip_is_read_and_a_bomb_is_capped() {
    let head = format!("{SSE}Content-Encoding: gzip\r\nConnection: close\r\n\r\n");
    let small = [head.as_bytes(), &gzip(stream_of(&["ok"]).as_bytes())].concat();
    let server = Server::answering(small).await;
    assert_eq!(ask(&server.client()).await, Outcome::answered("ok"));

    // Short comment lines, so that no cap but the one on the whole stream can be hit.
    let bomb = gzip(&b": 3456789012345678901234567890\n".repeat((40 << 20) / 31));
    assert!(bomb.len() < 1 << 20, "{} bytes on the wire", bomb.len());
    let server = Server::answering([head.as_bytes(), &bomb].concat()).await;
    assert_eq!(ask(&server.client()).await, Outcome::failed(ProviderError::TooLarge));

    let server = Server::answering(format!("{head}this is not gzip at all")).await;
    let damaged = ProviderError::Protocol(ProtocolProblem::Encoding);
    assert_eq!(ask(&server.client()).await, Outcome::failed(damaged));
}

#[tokio::test]
async fn an_endless_answer_is_cut_at_its_cap() {
    let server = Server::start(|mut conn| async move {
        conn.send(format!("{HEAD}{}", chunk("half")).as_bytes()).await;
        let pings = b": 3456789012345678901234567890\n".repeat(2_000);
        while conn.stream.writable().await.is_ok() && conn.stream.peer_addr().is_ok() {
            if tokio::io::AsyncWriteExt::write_all(&mut conn.stream, &pings)
                .await
                .is_err()
            {
                return;
            }
        }
    })
    .await;
    assert_eq!(
        ask(&server.client()).await,
        Outcome::cut("half", ProviderError::TooLarge)
    );

    let line = format!("{HEAD}data: {}", "x".repeat(4 << 20));
    let server = Server::answering(line).await;
    assert_eq!(ask(&server.client()).await, Outcome::failed(ProviderError::TooLarge));
}
