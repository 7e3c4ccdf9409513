use std::time::Instant;

use proptest::prelude::*;

use super::*;

/// Every oddity in one stream: BOM, three line ends, comments, empty data, unknown fields, fields without a colon,
/// several data lines, invalid and multi-byte UTF-8, colons in values, a second BOM, an unterminated end.
const NASTY: &[u8] = b"\xef\xbb\xbfdata: first\r\n\r\n: comment\rdata:no space\r\rdata:  two spaces\n\ndata\n\n\
data: a\ndata: b\r\ndata:\rdata: d\n\nid: 7\nretry: 10\nevent: error\ndata: {\"x\":\"\xe6\xa4\x9c\xe7\xb4\xa2 \xf0\x9f\xa6\x80\"}\n\n\
event: lost\n\n\r\n\ndata: bad \xff\xc3( end \xe6\xa4\n\ndata: \xef\xbb\xbf:x: y\n\r\ndatum: no\n data: no\n\n\n\
data: \xc3\xa9\r\n\r\ndata: [DONE]\n\ndata: cut \xf0\x9f\xa6";

fn parse(pieces: &[&[u8]], caps: SseCaps) -> (Vec<SseEvent>, Result<(), SseLimit>) {
    let (mut parser, mut out) = (SseParser::new(caps), Vec::new());
    for piece in pieces {
        if let Err(limit) = parser.feed(piece, &mut out) {
            assert_eq!(parser.feed(b"data: x\n\n", &mut out), Err(limit), "an error is final");
            return (out, Err(limit));
        }
    }
    out.extend(parser.finish());
    (out, Ok(()))
}

fn event(name: &str, data: &str) -> SseEvent {
    SseEvent {
        name: name.into(),
        data: data.into(),
    }
}

fn nasty_events() -> Vec<SseEvent> {
    vec![
        event("", "first"),
        event("", "no space"),
        event("", " two spaces"),
        event("", ""),
        event("", "a\nb\n\nd"),
        event("error", "{\"x\":\"検索 🦀\"}"),
        event("", "bad \u{fffd}\u{fffd}( end \u{fffd}"),
        event("", "\u{feff}:x: y"),
        event("", "é"),
        event("", "[DONE]"),
        event("", "cut \u{fffd}"),
    ]
}

#[test]
fn every_oddity_is_read_as_the_standard_says() {
    assert_eq!(parse(&[NASTY], SseCaps::default()), (nasty_events(), Ok(())));
}

#[test]
fn byte_by_byte_gives_the_same_events() {
    let bytes: Vec<&[u8]> = NASTY.chunks(1).collect();
    assert_eq!(parse(&bytes, SseCaps::default()), (nasty_events(), Ok(())));
}

#[test]
fn a_cut_at_any_two_places_gives_the_same_events() {
    for first in 0..=NASTY.len() {
        let (head, rest) = NASTY.split_at(first);
        for second in 0..=rest.len() {
            let (middle, tail) = rest.split_at(second);
            assert_eq!(
                parse(&[head, middle, tail], SseCaps::default()),
                (nasty_events(), Ok(())),
                "cut at {first} and {second} more"
            );
        }
    }
}

#[test]
fn each_cap_is_exact_and_typed() {
    let caps = SseCaps {
        line: 12,
        event: 9,
        stream: 60,
        events: 3,
    };
    let ok = |bytes: &[u8]| parse(&[bytes], caps).1;
    assert_eq!(ok(b": 345678901\n"), Ok(()), "a line may be as long as its cap");
    assert_eq!(ok(b": 34567890123\n"), Err(SseLimit::Line));
    assert_eq!(
        ok(b": 34567890123"),
        Err(SseLimit::Line),
        "a line need not end to be too long"
    );
    assert_eq!(
        ok(b"data:1234\ndata:6789\n\n"),
        Ok(()),
        "the line feed between data lines counts"
    );
    assert_eq!(ok(b"data:1234\ndata:67890\n\n"), Err(SseLimit::Event));
    assert_eq!(ok(b"data:1\n\ndata:2\n\ndata:3\n\n"), Ok(()));
    assert_eq!(ok(b"data:1\n\ndata:2\n\ndata:3\n\ndata:4\n\n"), Err(SseLimit::Events));
    assert_eq!(ok(&[b'\n'; 60]), Ok(()));
    assert_eq!(ok(&[b'\n'; 61]), Err(SseLimit::Stream));
}

/// How much longer `work` takes for eight times as much: about 8 where its cost is linear, about 64 where it is quadratic.
/// The least of three tries on each side, so that other work on the machine does not show.
fn growth(mut work: impl FnMut(usize)) -> f64 {
    let mut least = |size| {
        let tries = (0..3).map(|_| {
            let start = Instant::now();
            work(size);
            start.elapsed()
        });
        tries.min().unwrap_or_default().as_secs_f64()
    };
    let once = least(1);
    least(8) / once
}

#[test]
fn a_hostile_line_is_refused_in_linear_time() {
    let line = vec![b'x'; 4 << 20];
    for size in [1, 7, 1_024, line.len()] {
        let pieces: Vec<&[u8]> = line.chunks(size).collect();
        assert_eq!(parse(&pieces, SseCaps::default()), (vec![], Err(SseLimit::Line)));
    }
    let grown = growth(|times| {
        let line = vec![b'x'; times * 40_000];
        let pieces: Vec<&[u8]> = line.chunks(1).collect();
        assert_eq!(parse(&pieces, SseCaps::default()), (vec![], Ok(())));
    });
    assert!(grown < 30.0, "eight times as long a line took {grown} times as long");
}

#[test]
fn many_short_lines_of_one_event_take_linear_time() {
    let grown = growth(|times| {
        let stream = b"data: 0123456789\n".repeat(times * 5_000);
        let (events, result) = parse(&stream.chunks(3).collect::<Vec<_>>(), SseCaps::default());
        assert_eq!((events.len(), result), (1, Ok(())));
    });
    assert!(grown < 30.0, "eight times as many lines took {grown} times as long");
}

/// Bytes that are likely to mean something, mixed with any bytes.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "data: ", "data:", "\n", "\r", "\r\n", "\n\n", ":", "event: error", "{\"a\":1}", "検索", "é", "\u{feff}", " ",
        ]).prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_split_of_any_stream_gives_the_same_events_and_error(
        stream in streams(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let caps = SseCaps { line: 40, event: 60, stream: 200, events: 10 };
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.sort_unstable();
        let (mut pieces, mut from) = (Vec::new(), 0);
        for to in at {
            pieces.push(&stream[from..to]);
            from = to;
        }
        pieces.push(&stream[from..]);
        let whole = parse(&[&stream], caps);
        prop_assert_eq!(parse(&pieces, caps), whole.clone());
        prop_assert_eq!(parse(&stream.chunks(1).collect::<Vec<_>>(), caps), whole);
    }
}
