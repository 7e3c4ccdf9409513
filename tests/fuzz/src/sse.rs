//! Streams of events, in pieces.
//!
//! An input is one byte that chooses the caps, one that says how many cuts there are, so many bytes that say where, and the
//! stream. However it is cut, the events and the error are the same; with caps far above it they are those of the standard; and what is kept never exceeds the caps.
//!
//! Guard down: line ends are made alike piece by piece, so that one that is cut in two counts twice.

use ccc_provider::sse::{SseCaps, SseEvent, SseLimit, SseParser};

use crate::{Broken, Guard, promise};

/// So small that a fuzzer reaches them.
const SMALL: SseCaps = SseCaps {
    line: 40,
    event: 60,
    stream: 400,
    events: 6,
};

type Parsed = (Vec<SseEvent>, Result<(), SseLimit>);

/// Parses a stream whole, cut, and byte by byte.
///
/// # Errors
/// [`Broken::Promise`].
pub fn hold(bytes: &[u8], guard: Guard) -> Result<(), Broken> {
    let [choice, count, rest @ ..] = bytes else {
        return Ok(());
    };
    let (cuts, stream) = rest.split_at(usize::from(count % 8).min(rest.len()));
    let caps = if choice % 2 == 0 { SseCaps::default() } else { SMALL };
    let whole = parse(&[stream], caps, guard);
    let pieces = cut(stream, cuts);
    promise(parse(&pieces, caps, guard) == whole, || {
        format!("cut at {cuts:?} it is read otherwise: {whole:?}")
    })?;
    let single: Vec<&[u8]> = stream.chunks(1).collect();
    promise(parse(&single, caps, guard) == whole, || {
        format!("byte by byte it is read otherwise: {whole:?}")
    })?;
    bounded(&whole, caps)?;
    // Small caps may also be reached by what the stream ends in, which is then left out.
    if caps == SseCaps::default() {
        let expected = by_the_standard(stream);
        promise(whole.0 == expected, || format!("{:?} instead of {expected:?}", whole.0))?;
    }
    Ok(())
}

/// The stream, each cut so many 256ths of what is left.
fn cut<'a>(stream: &'a [u8], cuts: &[u8]) -> Vec<&'a [u8]> {
    let (mut pieces, mut rest) = (Vec::new(), stream);
    for at in cuts {
        let (piece, tail) = rest.split_at(rest.len() * usize::from(*at) / 256);
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(rest);
    pieces
}

fn parse(pieces: &[&[u8]], caps: SseCaps, guard: Guard) -> Parsed {
    let (mut parser, mut out) = (SseParser::new(caps), Vec::new());
    for piece in pieces {
        let fed = match guard {
            Guard::Up => parser.feed(piece, &mut out),
            Guard::Down => parser.feed(&with_line_feeds(piece), &mut out),
        };
        if let Err(limit) = fed {
            return (out, Err(limit));
        }
    }
    out.extend(parser.finish());
    (out, Ok(()))
}

fn with_line_feeds(piece: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(piece.len());
    let mut after_cr = false;
    for byte in piece {
        match byte {
            b'\n' if after_cr => {}
            b'\r' => out.push(b'\n'),
            other => out.push(*other),
        }
        after_cr = *byte == b'\r';
    }
    out
}

fn bounded((events, _): &Parsed, caps: SseCaps) -> Result<(), Broken> {
    promise(events.len() <= caps.events, || format!("{} events", events.len()))?;
    for event in events {
        let (name, data) = (event.name.len(), event.data.len());
        promise(data <= caps.event, || format!("{data} bytes of data"))?;
        // What is no UTF-8 is replaced by three bytes for one.
        promise(name <= 3 * caps.line, || format!("a name of {name} bytes"))?;
        let lines = event.data.contains('\r') || event.name.contains(['\r', '\n']);
        promise(!lines, || format!("a line end in {event:?}"))?;
    }
    Ok(())
}

/// The events of a stream as the HTML standard has them, read all at once, and the one it ends in.
fn by_the_standard(stream: &[u8]) -> Vec<SseEvent> {
    let stream = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let stream = with_line_feeds(stream);
    let (mut events, mut name, mut data) = (Vec::new(), String::new(), Vec::new());
    // The end of the stream ends the line and the event.
    for line in stream.split(|byte| *byte == b'\n').chain([&b""[..]]) {
        if line.is_empty() {
            let name = std::mem::take(&mut name);
            let lines: Vec<String> = std::mem::take(&mut data);
            if !lines.is_empty() {
                let data = lines.join("\n");
                events.push(SseEvent { name, data });
            }
            continue;
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &b""[..]),
        };
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value)).into_owned();
        match field {
            b"data" => data.push(value),
            b"event" => name = value,
            _ => {}
        }
    }
    events
}
