//! A server that speaks HTTP byte by byte, as each test scripts it.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use ccc_provider::OpenAiCompatible;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::client;

/// One accepted connection, its request read.
pub struct Conn {
    pub stream: TcpStream,
    /// 0 for the first connection.
    pub index: usize,
    /// The head and the body of the request.
    pub request: String,
}

pub struct Server {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves every connection with `script`.
    pub async fn start<F, Fut>(script: F) -> Self
    where
        F: Fn(Conn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (Arc::clone(&server.connections), Arc::clone(&server.requests));
        let script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let index = connections.fetch_add(1, Ordering::SeqCst);
                let (requests, script) = (Arc::clone(&requests), Arc::clone(&script));
                tokio::spawn(async move {
                    let Some(request) = read_request(&mut stream).await else {
                        return;
                    };
                    requests.lock().unwrap().push(request.clone());
                    script(Conn { stream, index, request }).await;
                });
            }
        });
        server
    }

    /// Answers every request with these bytes and closes.
    pub async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |mut conn| {
            let bytes = bytes.clone();
            async move { conn.send(&bytes).await }
        })
        .await
    }

    /// Answers the n-th request with the n-th of these, the last one from then on.
    pub async fn answering_in_turn(answers: Vec<String>) -> Self {
        Self::start(move |mut conn| {
            let answer = answers[conn.index.min(answers.len() - 1)].clone();
            async move { conn.send(answer.as_bytes()).await }
        })
        .await
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// A client with short waits.
    pub fn client(&self) -> OpenAiCompatible {
        client(&self.url())
    }
}

impl Conn {
    /// Sends at once; a client that is gone is no failure.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Sends in pieces of `size` bytes, each in a packet of its own where the system lets it.
    pub async fn drip(&mut self, bytes: &[u8], size: usize) {
        self.stream.set_nodelay(true).unwrap();
        for piece in bytes.chunks(size) {
            self.send(piece).await;
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the client closes.
    pub async fn closed(&mut self) {
        let mut rest = [0u8; 64];
        while matches!(self.stream.read(&mut rest).await, Ok(1..)) {}
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0u8; 4_096];
        let n = stream.read(&mut piece).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            return Some(text.into_owned());
        }
    }
}
