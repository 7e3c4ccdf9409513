//! A server that speaks the OpenAI wire over raw sockets, for tests: it counts what it is asked, remembers every
//! request byte for byte, and answers as it is told, well or badly.
//!
//! It reads HTTP/1.1 requests with a Content-Length and writes chunked server-sent events by hand, so nothing stands
//! between a test and the bytes on the wire. Each connection is served by a thread of its own.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its place among all requests, from 0.
    pub index: usize,
    /// `METHOD /path`.
    pub line: String,
    /// All headers, as sent.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

/// A piece of an answer.
pub enum Part {
    /// These bytes as they are.
    Bytes(Vec<u8>),
    /// Wait this long.
    Pause(Duration),
    /// Wait until the test opens this gate.
    Until(Gate),
    /// Send nothing more until the client closes the connection or the server is dropped.
    Hold,
}

/// What a test holds an answer back with. Clones are one; it stays open once opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Lets go what waits, and all that comes.
    pub fn open(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let shut = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_while(shut, |open| !*open));
    }
}

/// Everything one request is answered with; afterwards the connection is closed.
pub type Reply = Vec<Part>;

/// What answers: called once per request, in the order they arrive.
type Script = dyn Fn(&Recorded) -> Reply + Send + Sync;

#[derive(Default)]
struct Log {
    requests: Mutex<Vec<Recorded>>,
    changed: Condvar,
}

/// A running server; it stops when dropped.
pub struct Server {
    address: SocketAddr,
    log: Arc<Log>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server on a free loopback port that answers by `script`.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(script: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (log, stopped, script) = (
            Arc::new(Log::default()),
            Arc::new(AtomicBool::new(false)),
            Arc::new(script),
        );
        let server = Self {
            address,
            log: log.clone(),
            stopped: stopped.clone(),
        };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Acquire) {
                    break;
                }
                let (log, stopped, script) = (log.clone(), stopped.clone(), script.clone());
                thread::spawn(move || serve(stream, &log, &stopped, &*script));
            }
        });
        Ok(server)
    }

    /// The base URL to give to CCC.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.log.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `count` requests came in, at most ten seconds; whether they did.
    pub fn wait_for(&self, count: usize) -> bool {
        let requests = self.log.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .log
            .changed
            .wait_timeout_while(requests, Duration::from_secs(10), |requests| requests.len() < count);
        waited.unwrap_or_else(PoisonError::into_inner).0.len() >= count
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // Wakes the accepting thread so that it sees it should stop.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, log: &Log, stopped: &AtomicBool, script: &Script) {
    let Some(request) = read_request(&stream, log) else {
        return;
    };
    for part in script(&request) {
        let going = match part {
            Part::Bytes(bytes) => stream.write_all(&bytes).and_then(|()| stream.flush()).is_ok(),
            Part::Pause(time) => {
                thread::sleep(time);
                true
            }
            Part::Until(gate) => {
                gate.wait();
                true
            }
            Part::Hold => {
                hold(&mut stream, stopped);
                false
            }
        };
        if !going {
            return;
        }
    }
}

fn read_request(stream: &TcpStream, log: &Log) -> Option<Recorded> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let line = line
        .rsplit_once(' ')
        .map_or(line.clone(), |(head, _version)| head.to_owned());
    let (mut headers, mut length) = (Vec::new(), 0usize);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_owned();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        headers.push(header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut requests = log.requests.lock().unwrap_or_else(PoisonError::into_inner);
    let index = requests.len();
    let request = Recorded {
        index,
        line,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    requests.push(request.clone());
    log.changed.notify_all();
    Some(request)
}

fn hold(stream: &mut TcpStream, stopped: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
    let mut byte = [0];
    while !stopped.load(Ordering::Acquire) {
        match stream.read(&mut byte) {
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) => {}
            _ => return,
        }
    }
}

/// The head of a streamed answer.
pub fn stream_head() -> Part {
    bytes(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
    )
}

/// One event, in one HTTP chunk.
pub fn event(json: &str) -> Part {
    let event = format!("data: {json}\n\n");
    bytes(&format!("{:x}\r\n{event}\r\n", event.len()))
}

/// A piece of the answer's text, as one event.
pub fn delta(text: &str) -> Part {
    event(&format!(
        r#"{{"model":"loop-1","choices":[{{"index":0,"delta":{{"content":{}}}}}]}}"#,
        json_string(text)
    ))
}

/// The end of the body.
pub fn end() -> Part {
    bytes("0\r\n\r\n")
}

/// A whole answer, a few characters per event, with finish reason, usage and `[DONE]`.
pub fn answer(text: &str) -> Reply {
    let mut reply = vec![stream_head()];
    let characters: Vec<char> = text.chars().collect();
    reply.extend(
        characters
            .chunks(7)
            .map(|piece| delta(&piece.iter().collect::<String>())),
    );
    reply.extend(well_ended());
    reply
}

/// `first`, then nothing until `gate` is opened, then `rest` and a good end.
pub fn held_back(first: &str, gate: &Gate, rest: &str) -> Reply {
    let mut reply = vec![stream_head(), delta(first), Part::Until(gate.clone()), delta(rest)];
    reply.extend(well_ended());
    reply
}

/// Finish reason, usage, `[DONE]`, and the end of the body.
fn well_ended() -> Reply {
    vec![
        event(r#"{"model":"loop-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#),
        event(r#"{"model":"loop-1","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}}"#),
        event("[DONE]"),
        end(),
    ]
}

/// An answer that says `text` and then neither goes on nor ends.
pub fn stalled(text: &str) -> Reply {
    vec![stream_head(), delta(text), Part::Hold]
}

/// An answer whose connection closes after `text`, with no word on how it ended.
pub fn cut(text: &str) -> Reply {
    vec![stream_head(), delta(text), end()]
}

/// A plain answer with this status.
pub fn status(code: u16, extra_headers: &str, content_type: &str, body: &str) -> Reply {
    let length = body.len();
    vec![bytes(&format!(
        "HTTP/1.1 {code} X\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n{extra_headers}connection: close\r\n\r\n{body}"
    ))]
}

fn bytes(text: &str) -> Part {
    Part::Bytes(text.as_bytes().to_vec())
}

fn json_string(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}
