use std::ops::Range;

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn each_part_of_a_query_comes_to_its_place() {
    let text = r#"area "unit circle" -draft -"old plan" session:"release plans" session:0189 agent:me agent:codey
        after:2026-05 before:2027 status:archived status:interrupted"#;
    assert_eq!(
        SearchQuery::typed(text),
        SearchQuery {
            words: vec!["area".to_owned()],
            phrases: vec!["unit circle".to_owned()],
            without: vec!["draft".to_owned(), "old plan".to_owned()],
            sessions: vec!["release plans".to_owned(), "0189".to_owned()],
            agents: vec![Agent::Wykeve, Agent::Codey],
            after: Some(at("2026-05-01T00:00:00Z")),
            before: Some(at("2027-01-01T00:00:00Z")),
            session_statuses: vec![SessionStatus::Archived],
            turn_statuses: vec![TurnStatus::Interrupted],
            unfinished: None,
        }
    );
}

#[test]
fn what_looks_like_a_filter_and_is_none_is_a_word() {
    for text in [
        "http://example.com",
        "agent:",
        "agent:nobody",
        "before:soon",
        "after:2026-13",
        "after:2026-5-3",
        "after:2026-05-03-04",
        "after:+2026",
        "status:done",
        "session:",
        "topic:area",
        ":",
        "-",
    ] {
        let query = SearchQuery::typed(text);
        assert_eq!(
            (query.words.as_slice(), query.unfinished),
            ([text.to_owned()].as_slice(), Some(Unfinished::Word))
        );
    }
}

#[test]
fn a_query_tells_what_it_ends_in_the_middle_of() {
    let unfinished = |text: &str| SearchQuery::typed(text).unfinished;
    assert_eq!(unfinished("recta"), Some(Unfinished::Word));
    assert_eq!(unfinished("recta "), None, "a space ends the word");
    assert_eq!(unfinished("recta agent:codey"), None, "a filter is no word");
    assert_eq!(unfinished("\"unit cir"), Some(Unfinished::Phrase));
    assert_eq!(
        unfinished("\"unit cir "),
        Some(Unfinished::Phrase),
        "its quotes are open"
    );
    assert_eq!(
        unfinished("“unit circle”"),
        None,
        "quotes of writing aids close as well"
    );
    assert_eq!(unfinished("area -recta"), None, "what must not be there is not guessed");
    assert_eq!(SearchQuery::finished("recta").unfinished, None);
    assert!(SearchQuery::typed(" \t\n").is_empty());
}

#[test]
fn a_day_is_admitted_from_its_beginning_and_kept_out_from_it() {
    let query = SearchQuery::typed("after:2026-05-03 before:2026-05-04 agent:beatrice");
    let admits = |text: &str| query.admits(Agent::Beatrice, at(text));
    assert!(!admits("2026-05-02T23:59:59.999Z"));
    assert!(admits("2026-05-03T00:00:00Z"));
    assert!(admits("2026-05-03T23:59:59.999Z"));
    assert!(!admits("2026-05-04T00:00:00Z"));
    assert!(!query.admits(Agent::Codey, at("2026-05-03T12:00:00Z")));
}

/// The marked pieces, as JavaScript would cut them.
fn marked(snippet: &Snippet) -> Vec<String> {
    let units: Vec<u16> = snippet.text.encode_utf16().collect();
    let cut = |mark: &Mark| String::from_utf16(&units[mark.start as usize..mark.end as usize]).unwrap();
    snippet.marks.iter().map(cut).collect()
}

fn finds(text: &str, word: &str) -> Vec<Range<usize>> {
    text.match_indices(word)
        .map(|(at, found)| at..at + found.len())
        .collect()
}

#[test]
fn a_snippet_shows_where_the_most_was_found_and_counts_as_javascript_does() {
    let text = format!(
        "alone here. {} 😀 the area\n\n of  an area 😀 ends. {}",
        "word ".repeat(80),
        "tail ".repeat(80)
    );
    let found: Vec<_> = finds(&text, "alone").into_iter().chain(finds(&text, "area")).collect();
    let snippet = Snippet::of(&text, &found);
    assert_eq!(marked(&snippet), ["area", "area"]);
    assert!(
        snippet.text.contains("😀 the area of an area 😀 ends."),
        "one line: {}",
        snippet.text
    );
    assert!(
        snippet.text.starts_with("…word") && snippet.text.ends_with("tail…"),
        "{}",
        snippet.text
    );
    assert!(snippet.text.chars().count() <= SNIPPET_CHARS + 2, "{}", snippet.text);
}

#[test]
fn a_short_text_is_shown_whole_and_one_without_finds_from_its_beginning() {
    let whole = Snippet::of("the area", &finds("the area", "area"));
    assert_eq!(
        (whole.text.as_str(), marked(&whole)),
        ("the area", vec!["area".to_owned()])
    );
    let long = "word ".repeat(100);
    let start = Snippet::of(&long, &[]);
    assert!(
        start.text.starts_with("word word") && start.text.ends_with("word…"),
        "{}",
        start.text
    );
    assert_eq!(start.marks, []);
}

/// A query's parts that are written in one way only.
fn parts() -> impl Strategy<Value = SearchQuery> {
    let word = "[a-zäж検][a-zäж検0-9]{0,8}";
    let phrase = "[a-z]{1,6}( [a-z:]{1,6}){1,3}";
    let agents = prop::collection::vec(prop::sample::select(Agent::ALL.to_vec()), 0..3);
    let day = prop::option::of((1i64..20_000).prop_map(|day| Timestamp::from_ms(day * 86_400_000)));
    (
        prop::collection::vec(word, 0..4),
        prop::collection::vec(phrase, 0..3),
        prop::collection::vec(word, 0..3),
        prop::collection::vec(phrase, 0..2),
        agents,
        day.clone(),
        day,
    )
        .prop_map(
            |(words, phrases, without, sessions, agents, after, before)| SearchQuery {
                words,
                phrases,
                without,
                sessions,
                agents,
                after,
                before,
                ..SearchQuery::default()
            },
        )
}

fn written(query: &SearchQuery) -> String {
    let day = |name: &str, at: &Option<Timestamp>| at.map(|at| format!("{name}:{}", at.to_string().split_at(10).0));
    let mut parts: Vec<String> = query.words.clone();
    parts.extend(query.without.iter().map(|word| format!("-{word}")));
    parts.extend(query.phrases.iter().map(|phrase| format!("\"{phrase}\"")));
    parts.extend(query.sessions.iter().map(|title| format!("session:\"{title}\"")));
    parts.extend(query.agents.iter().map(|agent| format!("agent:{agent}")));
    parts.extend(day("after", &query.after));
    parts.extend(day("before", &query.before));
    parts.join("  ") + " "
}

proptest! {
    #[test]
    fn every_part_that_was_written_comes_back(query in parts()) {
        prop_assert_eq!(SearchQuery::typed(&written(&query)), query);
    }

    #[test]
    fn any_text_is_a_query_that_loses_no_word(text in r#"([a-z"“:\- \n]|agent:|session:|after:|status:|é|検|😀){0,40}"#) {
        let query = SearchQuery::typed(&text);
        let kept = |c: &char| c.is_alphanumeric();
        let parts = query.words.iter().chain(&query.phrases).chain(&query.without).chain(&query.sessions);
        let inside: usize = parts.map(|part| part.chars().filter(kept).count()).sum();
        let filters = "session".len() * query.sessions.len() + "agent".len() * 10 * query.agents.len()
            + "status".len() * 10 * (query.session_statuses.len() + query.turn_statuses.len());
        let all = text.chars().filter(kept).count();
        prop_assert!(inside <= all && all <= inside + filters, "{} of {} in {:?}", inside, all, query);
    }

    #[test]
    fn a_snippet_of_any_text_marks_what_was_found(text in r"([a-z \n]|é|検|😀|áb){0,400}", every in 1usize..9) {
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let found: Vec<Range<usize>> = starts.windows(2).step_by(every).map(|pair| pair[0]..pair[1]).collect();
        let snippet = Snippet::of(&text, &found);
        let units = snippet.text.encode_utf16().count() as u32;
        prop_assert!(snippet.marks.iter().all(|mark| mark.start <= mark.end && mark.end <= units));
        prop_assert!(snippet.marks.windows(2).all(|pair| pair[0].end <= pair[1].start));
        prop_assert!(snippet.text.chars().count() <= SNIPPET_CHARS + 2);
        for piece in marked(&snippet) {
            prop_assert!(piece.trim().is_empty() || text.contains(piece.trim()), "{:?}", piece);
        }
    }
}
