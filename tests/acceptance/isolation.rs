//! Sessions are apart: what is said in one is in no other's context, and of one that is deleted nothing is left.

use ccc_domain::{Scope, SessionId};
use ccc_engine::Engine;
use proptest::prelude::*;

use crate::stores::{Store, context, session, tell};

const SESSIONS: usize = 50;
/// Words that every session uses, so that each is a good match for what is asked in any other.
const SHARED: [&str; 12] = [
    "vault", "keeper", "ledger", "harbour", "lantern", "orchard", "signal", "quarry", "bridge", "meadow", "anchor",
    "cinder",
];

/// A word that one session alone has.
fn secret(n: usize) -> String {
    let letters = ["bra", "cle", "dri", "flo", "gru", "pla", "sko"];
    let of = |n: usize| letters[n % letters.len()];
    format!("zq{}{}{}x", of(n), of(n / 7), of(n / 49))
}

/// Fifty sessions, each with conversations of some of the shared words and its own secret.
fn fill(engine: &Engine, said: &[Vec<Vec<usize>>]) -> Vec<SessionId> {
    let one = |(n, conversations): (usize, &Vec<Vec<usize>>)| {
        let id = session(engine, Scope::Session).id;
        for words in conversations {
            let words: Vec<&str> = words.iter().map(|word| SHARED[*word]).collect();
            let directive = format!("The {} of {}", words.join(" and the "), secret(n));
            tell(
                engine,
                id,
                &directive,
                &[&format!("{} opens the {}.", secret(n), words[0])],
            );
        }
        id
    };
    said.iter().enumerate().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_context_holds_no_line_of_another_session(
        said in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec(0..SHARED.len(), 1..6), 1..4),
            SESSIONS,
        ),
        asked in proptest::collection::vec((0..SESSIONS, 0..SESSIONS, 0..SHARED.len()), 30),
    ) {
        let (_store, engine) = Store::new();
        let ids = fill(&engine, &said);
        let mut found = 0;
        for (own, other, word) in asked {
            let directive = format!("Tell me of the {} and of {}", SHARED[word], secret(other));
            let given = context(&engine, ids[own], &directive);
            found += given.items.len();
            for item in &given.items {
                prop_assert_eq!(item.session_id, ids[own]);
            }
            for n in (0..SESSIONS).filter(|n| *n != own) {
                prop_assert!(!given.block.contains(&secret(n)), "a line of session {} in session {}", n, own);
                let told = given.items.iter().any(|item| item.reason.contains(&secret(n)));
                prop_assert!(!told, "nor in a reason");
            }
        }
        prop_assert!(found > 0, "contexts were given at all");
    }
}

/// How many turns of all sessions are found for a text.
fn found(engine: &Engine, text: &str) -> usize {
    engine.memory.rank(None, text, 10).unwrap().turns.len()
}

/// A store with a session that looks everywhere, and another that alone knows the word of the vault.
fn two_vaults() -> (Store, Engine, SessionId, SessionId) {
    let (store, engine) = Store::new();
    let (kept, gone) = (session(&engine, Scope::All).id, session(&engine, Scope::Session).id);
    tell(&engine, kept, "The vault of the harbour", &["The keeper opens it."]);
    let answer = "zqbraclex is the word of the vault.";
    tell(&engine, gone, "The vault of zqbraclex", &[answer]);
    (store, engine, kept, gone)
}

#[test]
fn of_a_deleted_session_nothing_is_found_kept_or_stored() {
    let (store, engine, kept, gone) = two_vaults();
    engine.memory.save_index().unwrap();
    let of_gone = || {
        let connection = rusqlite::Connection::open_with_flags(
            store.directory.path().join("data.ccc"),
            rusqlite::OpenFlags::default(),
        )
        .unwrap();
        let count = "SELECT count(*) FROM index_partitions WHERE session_id = ?1";
        connection
            .query_row(count, [gone.to_bytes()], |row| row.get::<_, u32>(0))
            .unwrap()
    };
    let asked = "What is the word of the vault, zqbraclex?";
    let before = context(&engine, kept, asked);
    assert!(
        before.block.contains("zqbraclex"),
        "the session is in the scope of the other"
    );
    assert!(found(&engine, "zqbraclex") >= 2, "it is found");
    assert!(found(&engine, "zqbrablex") >= 2, "also with a slip");
    assert_eq!(of_gone(), 1);
    let bytes = |engine: &Engine| engine.memory.index_state().unwrap().bytes;
    let size = bytes(&engine);

    engine.memory.delete_session(gone).unwrap();
    assert!(bytes(&engine) < size, "its part of the index is gone from memory");
    let after = context(&engine, kept, asked);
    assert!(
        !after.block.contains("zqbraclex"),
        "nor is it in a context that was kept"
    );
    assert_eq!(
        (found(&engine, "zqbraclex"), found(&engine, "zqbrablex")),
        (0, 0),
        "no slip leads to a word that is gone"
    );
    assert_eq!(of_gone(), 0);
    engine.memory.save_index().unwrap();
    drop(engine);
    let engine = store.reopen();
    assert_eq!((found(&engine, "zqbraclex"), of_gone()), (0, 0), "nor after a restart");
    assert_eq!(context(&engine, kept, asked), after);
}

#[test]
fn a_session_about_to_be_deleted_is_out_of_every_context_at_once() {
    let (_store, engine, kept, gone) = two_vaults();
    let asked = "What is the word of the vault?";
    let before = context(&engine, kept, asked);
    assert!(before.block.contains("zqbraclex"));
    engine.memory.delete_session_later(gone).unwrap();
    assert!(!context(&engine, kept, asked).block.contains("zqbraclex"));
    engine.memory.undo_deletion(gone).unwrap();
    assert_eq!(context(&engine, kept, asked), before, "taken back, it is as it was");
}
