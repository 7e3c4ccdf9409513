//! Search over everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;

use std::cell::Cell;

use ccc_engine::{
    Engine,
    domain::{Agent, ErrorCode, NewTurn, Session, SessionId, Timestamp, Turn, TurnStatus},
    memory::{NewSession, SearchHit, SearchRequest, SearchResults},
};
use tempfile::TempDir;

const DAY: i64 = 86_400_000;

fn ask(query: &str, limit: u32, offset: u32) -> SearchRequest {
    SearchRequest {
        query: query.to_owned(),
        limit,
        offset,
    }
}

fn search(engine: &Engine, query: &str) -> Vec<SearchHit> {
    engine.search(&ask(query, 50, 0), &|| false).unwrap().hits
}

/// The snippets of what is found, with what was found between brackets.
fn found(engine: &Engine, query: &str) -> Vec<String> {
    search(engine, query).iter().map(marked).collect()
}

fn marked(hit: &SearchHit) -> String {
    let units: Vec<u16> = hit.snippet.text.encode_utf16().collect();
    let text = |from: usize, to: usize| String::from_utf16(&units[from..to]).unwrap();
    let (mut line, mut at) = (String::new(), 0);
    for mark in &hit.snippet.marks {
        let (start, end) = (mark.start as usize, mark.end as usize);
        line += &format!("{}[{}]", text(at, start), text(start, end));
        at = end;
    }
    line + &text(at, units.len())
}

/// What is said on day `day` after the beginning of 2026 by `agent`.
fn say(engine: &Engine, session: &Session, agent: Agent, day: i64, text: &str) -> Turn {
    let conversation = place::conversation(engine, session.id);
    let said = NewTurn {
        agent,
        created_at: Timestamp::from_ms("2026-01-01T12:00:00Z".parse::<Timestamp>().unwrap().ms() + day * DAY),
        ..place::turn(engine, &conversation, text)
    };
    engine.memory.store_conversation_turn(said).unwrap()
}

fn with_engine(test: impl FnOnce(&Engine)) {
    let directory = TempDir::new().unwrap();
    let (engine, _) = place::create(directory.path());
    test(&engine);
}

#[test]
fn a_turn_is_found_with_all_that_is_shown_of_it() {
    with_engine(|engine| {
        let plans = place::session(engine, "Garden plans");
        let turn = say(engine, &plans, Agent::Codey, 3, "Dig the 😀 raised beds\nin March.");
        say(engine, &plans, Agent::Codey, 3, "Nothing of the kind.");
        engine.memory.archive_session(plans.id).unwrap();
        let hits = search(engine, "raising bed ");
        let [hit] = hits.as_slice() else {
            panic!("one turn holds the words, in other forms: {hits:?}")
        };
        assert_eq!(marked(hit), "Dig the 😀 [raised] [beds] in March.");
        assert_eq!(
            (
                hit.turn_id,
                hit.conversation_id,
                hit.session_id,
                hit.number,
                hit.agent,
                hit.created_at,
                hit.status
            ),
            (
                turn.id,
                turn.conversation_id,
                plans.id,
                1,
                Agent::Codey,
                turn.created_at,
                TurnStatus::Complete
            )
        );
        assert_eq!(
            (hit.session_title.as_str(), hit.session_status.as_str(), hit.temporary),
            ("Garden plans", "archived", false)
        );
    });
}

#[test]
fn a_phrase_is_words_in_their_order_whatever_stands_between_them() {
    with_engine(|engine| {
        let session = place::session(engine, "Shapes");
        say(engine, &session, Agent::Codey, 1, "The area of the Unit-Circle is pi.");
        say(
            engine,
            &session,
            Agent::Codey,
            2,
            "A circle is a unit of nothing. Units circle.",
        );
        say(engine, &session, Agent::Codey, 3, "To be or not to be.");
        say(engine, &session, Agent::Codey, 4, "検索結果を表示する。結果の検索。");
        assert_eq!(
            found(engine, "\"unit circle\""),
            ["The area of the [Unit-Circle] is pi."]
        );
        assert_eq!(found(engine, "\"circle unit\""), Vec::<String>::new());
        assert_eq!(
            found(engine, "area \"is pi\""),
            ["The [area] of the Unit-Circle [is pi]."]
        );
        assert_eq!(
            found(engine, "\"not to be\""),
            ["To be or [not to be]."],
            "words that say nothing too"
        );
        assert_eq!(
            found(engine, "\"unit cir"),
            ["The area of the [Unit-Circle] is pi."],
            "a phrase that goes on"
        );
        assert_eq!(found(engine, "\"検索結果\""), ["[検索結果]を表示する。結果の検索。"]);
        assert_eq!(found(engine, "\"結果検索\""), Vec::<String>::new());
    });
}

#[test]
fn what_must_not_be_there_is_not_and_words_alone_are_left_out_in_any_form() {
    with_engine(|engine| {
        let session = place::session(engine, "Shapes");
        say(engine, &session, Agent::Codey, 1, "An area of circles.");
        say(engine, &session, Agent::Codey, 2, "An area of squares.");
        say(engine, &session, Agent::Codey, 3, "The area.");
        assert_eq!(found(engine, "area -circle -the "), ["An [area] of squares."]);
        assert_eq!(found(engine, "area -\"area of\" "), ["The [area]."]);
        assert_eq!(
            found(engine, "-square"),
            ["The area.", "An area of circles."],
            "alone: the newest others"
        );
    });
}

#[test]
fn the_word_being_typed_finds_what_it_begins_unless_it_is_a_word() {
    with_engine(|engine| {
        let session = place::session(engine, "Words");
        say(engine, &session, Agent::Codey, 1, "Our conversations about planets.");
        say(engine, &session, Agent::Codey, 2, "A plan for retention.");
        assert_eq!(found(engine, "plane"), ["Our conversations about [planets]."]);
        assert_eq!(
            found(engine, "plan"),
            ["A [plan] for retention."],
            "a whole word is that word"
        );
        assert_eq!(
            found(engine, "conversatio"),
            ["Our [conversations] about planets."],
            "longer than its stem"
        );
        assert_eq!(found(engine, "reten"), ["A plan for [retention]."]);
        assert_eq!(found(engine, "zzz"), Vec::<String>::new());
        assert_eq!(
            found(engine, "retantion "),
            ["A plan for [retention]."],
            "a slip of the finger"
        );
    });
}

#[test]
fn filters_narrow_and_alone_they_list_the_newest() {
    with_engine(|engine| {
        let (plans, notes) = (
            place::session(engine, "Release plans 2026"),
            place::session(engine, "Notes"),
        );
        say(engine, &plans, Agent::Wykeve, 0, "one area");
        say(engine, &plans, Agent::Beatrice, 40, "two area");
        say(engine, &notes, Agent::Codey, 70, "three area");
        let conversation = place::conversation(engine, notes.id);
        let cut = NewTurn {
            status: TurnStatus::Interrupted,
            created_at: Timestamp::from_ms(1_900_000_000_000),
            ..place::turn(engine, &conversation, "four area")
        };
        engine.memory.store_conversation_turn(cut).unwrap();
        engine.memory.archive_session(plans.id).unwrap();
        let texts = |query: &str| -> Vec<String> {
            let mut texts: Vec<String> = search(engine, query)
                .iter()
                .map(|hit| hit.snippet.text.clone())
                .collect();
            if query.contains("area") {
                texts.sort();
            }
            texts
        };
        for (query, expected) in [
            ("agent:codey", vec!["four area", "three area"]),
            ("agent:me area", vec!["one area"]),
            ("after:2026-02 before:2026-03", vec!["two area"]),
            ("after:2026-03-12 before:2027", vec!["three area"]),
            ("area before:2026-02-10", vec!["one area"]),
            ("session:\"plans release\"", vec!["two area", "one area"]),
            ("session:note area", vec!["four area", "three area"]),
            ("status:archived", vec!["two area", "one area"]),
            ("status:active status:complete", vec!["three area"]),
            ("status:interrupted", vec!["four area"]),
            ("status:truncated area", vec![]),
            ("session:nowhere area", vec![]),
        ] {
            assert_eq!(texts(query), expected, "{query}");
        }
        let id = plans.id.to_string();
        assert_eq!(texts(&format!("session:{id}")), ["two area", "one area"], "by its id");
    });
}

#[test]
fn what_is_about_to_be_deleted_is_not_found_and_comes_back() {
    with_engine(|engine| {
        let (kept, going) = (place::session(engine, "Kept"), place::session(engine, "Going"));
        say(engine, &kept, Agent::Codey, 1, "quince kept");
        say(engine, &going, Agent::Codey, 2, "quince going");
        assert_eq!(found(engine, "quince ").len(), 2);
        engine.memory.delete_session_later(going.id).unwrap();
        assert_eq!(found(engine, "quince "), ["[quince] kept"]);
        assert_eq!(found(engine, "agent:codey"), ["quince kept"], "nor by filters alone");
        engine.memory.undo_deletion(going.id).unwrap();
        assert_eq!(found(engine, "quince ").len(), 2);
        engine.memory.delete_session(going.id).unwrap();
        assert_eq!(found(engine, "quince "), ["[quince] kept"]);
    });
}

#[test]
fn temporary_sessions_are_searched_in_their_own_space() {
    with_engine(|engine| {
        let lasting = place::session(engine, "Lasting");
        say(engine, &lasting, Agent::Codey, 1, "quince lasting");
        let view = engine.new_session(NewSession::default(), true).unwrap();
        let space = engine.space_of(view.session.id).unwrap();
        let (_, turn) = space
            .memory
            .start_conversation(view.session.id, "quince passing", None)
            .unwrap();
        let hits = search(engine, "quince ");
        let mut seen: Vec<(String, bool)> = hits
            .iter()
            .map(|hit| (hit.snippet.text.clone(), hit.temporary))
            .collect();
        seen.sort();
        assert_eq!(
            seen,
            [
                ("quince lasting".to_owned(), false),
                ("quince passing".to_owned(), true)
            ]
        );
        assert!(hits.iter().any(|hit| hit.turn_id == turn.id));
        assert!(
            engine.memory.get_turn(turn.id).is_err(),
            "searching brings nothing of it into the data file"
        );
    });
}

#[test]
fn pages_follow_one_another_without_a_gap_and_nothing_is_written() {
    with_engine(|engine| {
        let session = place::session(engine, "Many");
        for n in 0..25 {
            say(engine, &session, Agent::Codey, n, &format!("quince {n}"));
        }
        let audited = engine.audit.verify().unwrap();
        let page = |limit, offset| engine.search(&ask("agent:codey", limit, offset), &|| false).unwrap();
        let whole: Vec<_> = page(50, 0).hits;
        let pages: Vec<SearchResults> = [page(10, 0), page(10, 10), page(10, 20)].into();
        assert_eq!(
            pages
                .iter()
                .map(|page| (page.hits.len(), page.more))
                .collect::<Vec<_>>(),
            [(10, true), (10, true), (5, false)]
        );
        assert_eq!(pages.into_iter().flat_map(|page| page.hits).collect::<Vec<_>>(), whole);
        assert_eq!(page(0, 0).hits, [], "none is none");
        assert_eq!(
            engine.audit.verify().unwrap(),
            audited,
            "no entry is written for a search"
        );
    });
}

#[test]
fn more_than_the_first_candidates_are_looked_at_where_those_are_left_out() {
    with_engine(|engine| {
        let session = place::session(engine, "Many");
        let conversation = place::conversation(engine, session.id);
        let text = |n: usize| {
            if n == 0 {
                "quince and a pear".to_owned()
            } else {
                "quince quince".to_owned()
            }
        };
        for n in 0..300 {
            engine
                .memory
                .store_conversation_turn(place::turn(engine, &conversation, &text(n)))
                .unwrap();
        }
        assert_eq!(found(engine, "quince -\"quince quince\" "), ["[quince] and a pear"]);
    });
}

#[test]
fn a_search_that_is_told_to_stop_stops() {
    with_engine(|engine| {
        let session = place::session(engine, "Many");
        for n in 0..20 {
            say(engine, &session, Agent::Codey, n, "quince");
        }
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > 5
        };
        let stopped = engine.search(&ask("quince ", 50, 0), &stop).unwrap_err();
        assert_eq!((stopped.code(), asked.get()), (ErrorCode::Cancelled, 6), "at once");
    });
}

#[test]
fn any_query_is_answered() {
    with_engine(|engine| {
        let session = place::session(engine, "Any");
        say(engine, &session, Agent::Codey, 1, "a => b, ½ ﬁles, क्या, 😀");
        for query in [
            "",
            " ",
            "\"",
            "\"\"",
            "-",
            "--",
            "-\"",
            ":",
            "session:",
            "agent:me",
            "\"=>\"",
            "-\"=>\"",
            "½",
            "ﬁl",
            "😀",
            "\"😀\"",
            "क्या",
        ] {
            engine.search(&ask(query, 50, 0), &|| false).unwrap();
        }
        assert_eq!(
            found(engine, "\"=>\""),
            ["a [=>] b, ½ ﬁles, क्या, 😀"],
            "signs alone are found as they are"
        );
        assert_eq!(found(engine, "-\"=>\""), Vec::<String>::new());
        assert_eq!(found(engine, "files"), ["a => b, ½ [ﬁles], क्या, 😀"]);
        let too_many = ask("files", u32::MAX, u32::MAX);
        assert_eq!(engine.search(&too_many, &|| false).unwrap(), SearchResults::default());
    });
}

#[test]
fn a_damaged_turn_is_left_out_and_counted() {
    let directory = TempDir::new().unwrap();
    let (engine, recovery) = place::create(directory.path());
    let session = place::session(&engine, "Damage");
    say(&engine, &session, Agent::Codey, 1, "quince sound");
    let broken = say(&engine, &session, Agent::Codey, 2, "quince broken");
    found(&engine, "quince ");
    engine.memory.save_index().unwrap();
    drop(engine);
    let file = directory.path().join("data.ccc");
    let connection = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::default()).unwrap();
    let changed = connection
        .execute(
            "UPDATE turns SET content_sealed = zeroblob(length(content_sealed)) WHERE turn_id = ?1",
            [broken.id.to_bytes()],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(connection);
    let engine = place::reopen(directory.path(), &recovery).unwrap();
    let results = engine.search(&ask("quince ", 50, 0), &|| false).unwrap();
    assert_eq!(results.hits.iter().map(marked).collect::<Vec<_>>(), ["[quince] sound"]);
    assert_eq!((results.damaged, results.more), (1, false));
}

#[test]
fn a_session_that_is_not_there_has_no_name() {
    with_engine(|engine| {
        let session = place::session(engine, "Here");
        say(engine, &session, Agent::Codey, 1, "quince");
        let other = SessionId::from_bytes([7; 16]);
        assert_eq!(found(engine, &format!("session:{other}")), Vec::<String>::new());
    });
}
