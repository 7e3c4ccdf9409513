//! Server-sent events, parsed byte by byte.
//!
//! A pure push parser: the same bytes give the same events and the same error, however they are cut into pieces.
//! It follows the event stream format of the HTML standard, with two differences for the sake of answers that are cut:
//! [`SseParser::finish`] hands out what an unterminated last event held, and everything is capped. Each byte is looked
//! at a bounded number of times, so that hostile input costs no more than its length.

use std::mem;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// The `event` field; empty when there was none.
    pub name: String,
    /// The `data` fields, joined by line feeds. Invalid UTF-8 is replaced, line by line.
    pub data: String,
}

/// The caps of a stream. Bytes are counted as handed in, that is after decompression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseCaps {
    /// Bytes of one line.
    pub line: usize,
    /// Bytes of one event's data.
    pub event: usize,
    /// Bytes of the whole stream.
    pub stream: usize,
    /// Events of the whole stream.
    pub events: usize,
}

/// The cap that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseLimit {
    /// A line is too long.
    #[error("a line is too long")]
    Line,
    /// An event is too long.
    #[error("an event is too long")]
    Event,
    /// The stream is too long.
    #[error("the stream is too long")]
    Stream,
    /// There are too many events.
    #[error("there are too many events")]
    Events,
}

/// The parser. After an error it stays in that error.
#[derive(Debug)]
pub struct SseParser {
    caps: SseCaps,
    line: Vec<u8>,
    first_line: bool,
    after_cr: bool,
    name: String,
    data: Option<String>,
    received: usize,
    events: usize,
    failed: Option<SseLimit>,
}

impl Default for SseCaps {
    /// Far above any honest answer, far below what harms the app: 1 MiB, 4 MiB, 32 MiB, a million.
    fn default() -> Self {
        Self {
            line: 1 << 20,
            event: 4 << 20,
            stream: 32 << 20,
            events: 1_000_000,
        }
    }
}

impl Default for SseParser {
    fn default() -> Self {
        Self::new(SseCaps::default())
    }
}

impl SseParser {
    /// A parser at the start of a stream.
    pub const fn new(caps: SseCaps) -> Self {
        Self {
            caps,
            line: Vec::new(),
            first_line: true,
            after_cr: false,
            name: String::new(),
            data: None,
            received: 0,
            events: 0,
            failed: None,
        }
    }

    /// Takes the next bytes and appends the events they complete to `out`.
    ///
    /// # Errors
    /// The cap that was exceeded; events completed before it are in `out`.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<SseEvent>) -> Result<(), SseLimit> {
        if let Some(limit) = self.failed {
            return Err(limit);
        }
        let fed = self.feed_capped(bytes, out);
        self.failed = fed.err();
        fed
    }

    /// The event the stream ended in, without the blank line that would have completed it.
    pub fn finish(mut self) -> Option<SseEvent> {
        if self.failed.is_some() {
            return None;
        }
        let mut out = Vec::new();
        self.end_line(&mut out).and_then(|()| self.end_line(&mut out)).ok()?;
        out.pop()
    }

    fn feed_capped(&mut self, bytes: &[u8], out: &mut Vec<SseEvent>) -> Result<(), SseLimit> {
        let room = self.caps.stream - self.received;
        let (mut rest, surplus) = bytes.split_at(bytes.len().min(room));
        self.received += rest.len();
        while let Some((&first, tail)) = rest.split_first() {
            if mem::take(&mut self.after_cr) && first == b'\n' {
                rest = tail;
                continue;
            }
            let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let (piece, tail) = rest.split_at(end.unwrap_or(rest.len()));
            if self.line.len() + piece.len() > self.caps.line {
                return Err(SseLimit::Line);
            }
            self.line.extend_from_slice(piece);
            rest = tail;
            if let Some((end, tail)) = tail.split_first() {
                self.after_cr = *end == b'\r';
                rest = tail;
                self.end_line(out)?;
            }
        }
        if surplus.is_empty() {
            Ok(())
        } else {
            Err(SseLimit::Stream)
        }
    }

    fn end_line(&mut self, out: &mut Vec<SseEvent>) -> Result<(), SseLimit> {
        let line = mem::take(&mut self.line);
        let mut text = line.as_slice();
        if mem::take(&mut self.first_line) {
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        let ended = if text.is_empty() {
            self.end_event(out)
        } else {
            self.field(text)
        };
        // The buffer goes round, so that a stream of many lines does not allocate for each.
        self.line = line;
        self.line.clear();
        ended
    }

    fn end_event(&mut self, out: &mut Vec<SseEvent>) -> Result<(), SseLimit> {
        let name = mem::take(&mut self.name);
        let Some(data) = self.data.take() else { return Ok(()) };
        if self.events == self.caps.events {
            return Err(SseLimit::Events);
        }
        self.events += 1;
        out.push(SseEvent { name, data });
        Ok(())
    }

    fn field(&mut self, line: &[u8]) -> Result<(), SseLimit> {
        let colon = line.iter().position(|b| *b == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => self.append(&String::from_utf8_lossy(value)),
            b"event" => {
                self.name = String::from_utf8_lossy(value).into_owned();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, value: &str) -> Result<(), SseLimit> {
        let before = self.data.as_ref().map_or(0, |data| data.len() + 1);
        if before + value.len() > self.caps.event {
            return Err(SseLimit::Event);
        }
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(value);
            }
            None => self.data = Some(value.to_owned()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
