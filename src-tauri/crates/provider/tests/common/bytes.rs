//! The bytes a provider sends.

use ccc_domain::Usage;

pub const REPORTED: Usage = Usage {
    prompt_tokens: 7,
    completion_tokens: 2,
    estimated: false,
};

/// One chunk of a stream that says `text`.
pub fn chunk(text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    format!("data: {{\"model\":\"m-1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{text}}}}}]}}\n\n")
}

pub const STOP: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
pub const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n";
pub const DONE: &str = "data: [DONE]\n\n";
pub const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// The body of a whole stream that says `words`.
pub fn stream_of(words: &[&str]) -> String {
    let chunks: String = words.iter().map(|word| chunk(word)).collect();
    format!("{chunks}{STOP}{USAGE}{DONE}")
}

/// A whole answer that says `ok`.
pub fn ok() -> String {
    format!("{HEAD}{}", stream_of(&["ok"]))
}

/// An answer with this status line, these further headers and this body.
pub fn status(line: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {line}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// The body in chunked transfer coding, `size` bytes a chunk.
pub fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in body.chunks(size) {
        out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}
