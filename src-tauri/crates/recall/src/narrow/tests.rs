use ccc_domain::Timestamp;

use super::*;
use crate::{NewEntry, Request};

fn session(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

/// One session with a conversation of these turns, a day apart.
fn index(texts: &[(Agent, &str)]) -> Index {
    let mut index = Index::new();
    index.begin(session(1));
    for (n, (agent, text)) in (1..).zip(texts) {
        let entry = NewEntry {
            conversation: ConversationId::from_bytes([1; 16]),
            number: n,
            agent: *agent,
            speaker: None,
            at: Timestamp::from_ms(i64::from(n) * 86_400_000),
            whole: true,
            text,
        };
        index.append(session(1), &entry);
    }
    index
}

const TALK: &[(Agent, &str)] = &[
    (Agent::Wykeve, "The area of a circle"),
    (Agent::Codey, "Area: pi r squared, of every unit circle"),
    (Agent::Wykeve, "A circle has no units"),
    (Agent::Codey, "Retention of logs, to be or not to be"),
];

fn numbers(hits: &Hits) -> Vec<u32> {
    let mut numbers: Vec<u32> = hits.turns.iter().map(|hit| hit.number).collect();
    numbers.sort_unstable();
    numbers
}

fn find(index: &Index, text: &str, narrow: &Narrow<'_>) -> Vec<u32> {
    let request = Request {
        text,
        sessions: None,
        now: Timestamp::from_ms(0),
        limit: 10,
    };
    numbers(&index.find(&request, narrow))
}

#[test]
fn only_turns_that_hold_all_words_are_left_in_any_form() {
    let index = index(TALK);
    let holding = |text: &str| {
        let holding = [text.to_owned()];
        let narrow = Narrow {
            holding: &holding,
            ..Narrow::default()
        };
        (
            find(&index, "circle area", &narrow),
            numbers(&index.newest(&[session(1)], &narrow, 10)),
        )
    };
    assert_eq!(holding("units of circles"), (vec![2, 3], vec![2, 3]));
    assert_eq!(holding("area"), (vec![1, 2], vec![1, 2]));
    assert_eq!(holding("nowhere").1, Vec::<u32>::new());
    assert_eq!(
        holding("to be").1,
        [1, 2, 3, 4],
        "words that say nothing are not asked for"
    );
    assert_eq!(
        holding("codey").1,
        Vec::<u32>::new(),
        "who said it is no word of what was said"
    );
}

#[test]
fn a_filter_narrows_before_the_limit() {
    let index = index(TALK);
    let by_codey = |seen: &Seen| seen.agent == Agent::Codey;
    let narrow = Narrow {
        keep: Some(&by_codey),
        ..Narrow::default()
    };
    let newest = index.newest(&[session(1)], &narrow, 1);
    assert_eq!(numbers(&newest), [4]);
    let request = Request {
        text: "circle",
        sessions: None,
        now: Timestamp::from_ms(0),
        limit: 1,
    };
    assert_eq!(
        numbers(&index.find(&request, &narrow)),
        [2],
        "not the better ones of others"
    );
    assert_eq!(index.newest(&[session(2)], &Narrow::default(), 9), Hits::default());
}

#[test]
fn a_word_that_is_begun_becomes_what_begins_so() {
    let index = index(TALK);
    assert_eq!(index.completions("reten", 9), ["retent"]);
    assert_eq!(index.completions("retentio", 9), ["retent"], "longer than the stem");
    assert_eq!(index.completions("circle", 9), Vec::<String>::new(), "a whole word");
    assert_eq!(index.completions("circles", 9), Vec::<String>::new(), "in any form");
    assert_eq!(index.completions("xyz", 9), Vec::<String>::new());
    assert_eq!(
        index.completions("two reten", 9),
        Vec::<String>::new(),
        "one word alone"
    );
    assert_eq!(index.completions("", 9), Vec::<String>::new());
    let terms = ["retent".to_owned()];
    let narrow = Narrow {
        terms: &terms,
        ..Narrow::default()
    };
    let request = Request {
        text: "",
        sessions: None,
        now: Timestamp::from_ms(0),
        limit: 10,
    };
    let hits = index.find(&request, &narrow);
    let holding = hits.turns.iter().filter(|hit| !hit.matched.is_empty());
    assert_eq!(holding.map(|hit| hit.number).collect::<Vec<_>>(), [4]);
}

#[test]
fn without_narrowing_it_is_the_search_itself() {
    let index = index(TALK);
    let request = Request {
        text: "area of the circle",
        sessions: None,
        now: Timestamp::from_ms(0),
        limit: 10,
    };
    assert_eq!(index.find(&request, &Narrow::default()), index.search(&request));
}
