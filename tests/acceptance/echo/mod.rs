//! The echo of recall: weeks later, among much that is unrelated and some that looks alike, a directive brings back the
//! work it speaks of, in five languages.

use ccc_domain::{Scope, Turn};
use ccc_engine::Engine;

use crate::stores::{DAY, MINUTE, Store, context, session, tell};

mod texts;

pub use texts::{ALL, Texts};

/// Among how many of the best-ranked turns the right one must be.
const FIRST: usize = 3;
const WEEKS: i64 = 3;

/// Says all of it, what is meant among the first, and lets weeks pass. The turns of what is meant.
pub fn fill(
    store: &Store,
    engine: &Engine,
    session: ccc_domain::SessionId,
    texts: &Texts,
    with_meant: bool,
) -> Vec<Turn> {
    let mut meant = Vec::new();
    let unrelated: Vec<[String; 2]> = texts
        .forms
        .iter()
        .flat_map(|form| texts.matters.map(|matter| form.map(|text| text.replace("{}", matter))))
        .collect();
    assert_eq!(unrelated.len(), 40);
    for (n, [directive, done]) in unrelated.iter().enumerate() {
        tell(engine, session, directive, &[directive, done]);
        store.pass(40 * MINUTE);
        if n == 5 && with_meant {
            let [directive, guidance, work] = texts.meant;
            meant = tell(engine, session, directive, &[guidance, work]);
        }
        if let (0, Some([directive, work])) = (n % 4, texts.like.get(n / 4)) {
            tell(engine, session, directive, &[texts.guidance, work]);
            store.pass(20 * MINUTE);
        }
    }
    store.pass(WEEKS * 7 * DAY);
    meant
}

/// The places in the ranking, from 1, of the turns of what is meant: directive, guidance, work.
fn places(engine: &Engine, session: ccc_domain::SessionId, asked: &str, meant: &[Turn]) -> Vec<Option<usize>> {
    let hits = engine.memory.rank(Some(&[session]), asked, 50).unwrap().turns;
    let place = |turn: &Turn| {
        let at = hits
            .iter()
            .position(|hit| (hit.conversation, hit.number) == (turn.conversation_id, turn.number));
        at.map(|at| at + 1)
    };
    meant.iter().map(place).collect()
}

#[test]
fn weeks_later_the_work_that_is_meant_is_among_the_first_three_in_five_languages() {
    let (store, engine) = Store::new();
    for texts in &ALL {
        let session = session(&engine, Scope::Session).id;
        let meant = fill(&store, &engine, session, texts, true);
        let places = places(&engine, session, texts.asked, &meant);
        let hits = engine.memory.rank(Some(&[session]), texts.asked, 8).unwrap().turns;
        for hit in &hits {
            let t = engine.memory.get_conversation_history(hit.conversation).unwrap();
            eprintln!(
                "   {:.3} {} {:?}",
                hit.score,
                t[hit.number as usize - 1].content.replace('\n', " "),
                hit.matched
            );
        }
        eprintln!("{}: directive, guidance, work at {places:?}", texts.language);
        let best = places.iter().flatten().min();
        assert!(
            best.is_some_and(|place| *place <= FIRST),
            "{}: directive, guidance and work are at {places:?}",
            texts.language
        );
        let given = context(&engine, session, texts.asked);
        let holds = |turn: &Turn| given.items.iter().any(|item| item.turn_id == turn.id);
        assert!(
            holds(&meant[0]) && holds(&meant[2]),
            "{}: both are given",
            texts.language
        );
        assert!(
            given.block.contains(texts.meant[2]),
            "{}: word for word",
            texts.language
        );
    }
}

#[test]
fn without_what_is_meant_something_that_looks_like_it_is_first() {
    let (store, engine) = Store::new();
    for texts in &ALL {
        let session = session(&engine, Scope::Session).id;
        fill(&store, &engine, session, texts, false);
        let hits = engine.memory.rank(Some(&[session]), texts.asked, FIRST).unwrap().turns;
        let first: Vec<String> = hits
            .iter()
            .map(|hit| {
                let turns = engine.memory.get_conversation_history(hit.conversation).unwrap();
                turns[hit.number as usize - 1].content.clone()
            })
            .collect();
        let alike = |text: &String| texts.like.iter().flatten().any(|like| like == text);
        assert!(
            first.iter().any(alike),
            "{}: the lures are near: {first:?}",
            texts.language
        );
    }
}
