//! The same store, settings, directive and day give the same context, byte for byte: in another process, from an index
//! that was stored, made anew, damaged or cut off by a kill, after other sessions are gone, in any order of loading.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use ccc_domain::{Scope, SessionId};
use ccc_engine::Engine;

use crate::{
    echo::{ALL, fill},
    stores::{self, Store, clock_at, context, open, tell},
};

const DIRECTORY: &str = "CCC_CONTEXT_DIRECTORY";
const NOW: &str = "CCC_CONTEXT_NOW";
const SESSION: &str = "CCC_CONTEXT_SESSION";
/// What is asked: words of every session, one with a slip, and a date.
const ASKED: &str = "Modify the rectangel area function for several Formen, as on 8 May, and the office plants";

/// A context as bytes: items, scores, reasons and the printed block.
fn bytes(engine: &Engine, session: SessionId) -> String {
    let found = context(engine, session, ASKED);
    assert!(found.items.len() > 3, "there is something to compare");
    serde_json::to_string(&found).unwrap()
}

/// A store of three sessions in three languages, the first with memory of all of them.
fn filled() -> (Store, Vec<SessionId>) {
    let (store, engine) = Store::new();
    let scopes = [Scope::All, Scope::Session, Scope::Session];
    let sessions = scopes.into_iter().zip(&ALL).map(|(scope, texts)| {
        let id = stores::session(&engine, scope).id;
        fill(&store, &engine, id, texts, true);
        id
    });
    let sessions = sessions.collect();
    engine.memory.save_index().unwrap();
    (store, sessions)
}

/// Does `change` to the database behind the engine's back.
fn behind(store: &Store, change: impl FnOnce(&rusqlite::Connection)) {
    change(
        &rusqlite::Connection::open_with_flags(store.directory.path().join("data.ccc"), rusqlite::OpenFlags::default())
            .unwrap(),
    );
}

/// The sealed segments by the sessions and numbers they are stored under.
fn stored_partitions(connection: &rusqlite::Connection) -> Vec<([u8; 16], u32, Vec<u8>)> {
    let mut statement = connection
        .prepare("SELECT session_id, segment, partition_sealed FROM index_partitions ORDER BY session_id, segment")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// This test again, in a process of its own, for what it does where [`DIRECTORY`] is set.
fn child(test: &str, store: &Store, session: SessionId) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture"])
        .env(DIRECTORY, store.directory.path())
        .env(NOW, store.now().to_string())
        .env(SESSION, session.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// What a child was told, where this process is one.
fn told() -> Option<(Engine, SessionId)> {
    let directory = env::var_os(DIRECTORY)?;
    let now = env::var(NOW).unwrap().parse().unwrap();
    let session = env::var(SESSION).unwrap().parse().unwrap();
    Some((open(Path::new(&directory), &clock_at(now)), session))
}

/// A line begins with a newline, because the harness has printed something before.
fn say(what: &str, text: &str) {
    std::io::stdout()
        .lock()
        .write_all(format!("\n{what} {text}\n").as_bytes())
        .unwrap();
}

#[test]
fn another_process_gives_the_same_context() {
    if let Some((engine, session)) = told() {
        return say("context", &bytes(&engine, session));
    }
    let (store, sessions) = filled();
    for session in [sessions[0], sessions[1]] {
        let said: Vec<String> = (0..2)
            .map(|_| {
                let output = child("determinism::another_process_gives_the_same_context", &store, session)
                    .output()
                    .unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                let line = text.lines().find_map(|line| line.strip_prefix("context "));
                line.expect("the child says its context").to_owned()
            })
            .collect();
        let own = bytes(&store.reopen(), session);
        assert_eq!([&said[0], &said[1]], [&own, &own]);
    }
}

#[test]
fn an_index_that_is_gone_or_damaged_is_made_anew_with_the_same_answers() {
    let (store, sessions) = filled();
    let expected: Vec<String> = {
        let engine = store.reopen();
        sessions.iter().map(|id| bytes(&engine, *id)).collect()
    };
    let again = |why: &str| {
        let engine = store.reopen();
        let found: Vec<String> = sessions.iter().map(|id| bytes(&engine, *id)).collect();
        assert_eq!(found, expected, "{why}");
        engine.memory.save_index().unwrap();
    };
    again("from what was stored");
    behind(&store, |c| {
        let gone = c.execute("DELETE FROM index_partitions", []).unwrap();
        assert!(gone >= 3, "there was an index to lose");
    });
    again("gone");
    for (place, bit) in [(0, 0), (1, 7), (30, 3), (usize::MAX / 2, 4), (usize::MAX, 1)] {
        behind(&store, |c| {
            for (session, segment, mut sealed) in stored_partitions(c) {
                let at = (sealed.len() - 1).min(if place == usize::MAX / 2 {
                    sealed.len() / 2
                } else {
                    place
                });
                sealed[at] ^= 1 << bit;
                c.execute(
                    "UPDATE index_partitions SET partition_sealed = ?1 WHERE session_id = ?2 AND segment = ?3",
                    (sealed, session, segment),
                )
                .unwrap();
            }
        });
        again(&format!("bit {bit} of byte {place}"));
    }
    behind(&store, |c| {
        c.execute("UPDATE index_partitions SET partition_sealed = x''", [])
            .unwrap();
    });
    again("emptied");
}

#[test]
fn the_order_of_loading_and_sessions_that_are_gone_do_not_show() {
    let (store, sessions) = filled();
    let mut found = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let engine = store.reopen();
        let mut contexts: Vec<(usize, String)> = order.map(|n| (n, bytes(&engine, sessions[n]))).into();
        contexts.sort();
        found.push(contexts);
    }
    assert_eq!([&found[0], &found[0]], [&found[1], &found[2]]);

    let engine = store.reopen();
    let alone = [1, 2].map(|n| bytes(&engine, sessions[n]));
    engine.memory.delete_session(sessions[0]).unwrap();
    assert_eq!(
        [1, 2].map(|n| bytes(&engine, sessions[n])),
        alone,
        "in the same process"
    );
    drop(engine);
    let engine = store.reopen();
    assert_eq!(bytes(&engine, sessions[1]), alone[0], "and in the next");
    assert_eq!(bytes(&engine, sessions[2]), alone[1]);
}

#[test]
fn a_kill_between_turns_and_the_storing_of_the_index_costs_nothing() {
    const TEST: &str = "determinism::a_kill_between_turns_and_the_storing_of_the_index_costs_nothing";
    if let Some((engine, session)) = told() {
        for n in 0..12 {
            let directive = format!("Which office plants and which function {n}?");
            tell(
                &engine,
                session,
                &directive,
                &["Ask the supplier.", "The area of a rectangle is kept."],
            );
            if n == 5 {
                engine.memory.save_index().unwrap();
            }
        }
        say("context", &bytes(&engine, session));
        // Until it is killed, with six conversations that no stored index holds.
        loop {
            std::thread::park();
        }
    }
    let (store, sessions) = filled();
    let mut process = child(TEST, &store, sessions[0]).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let said = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("context ").map(str::to_owned));
    process.kill().unwrap();
    let status = process.wait().unwrap();
    assert_eq!(status.code(), None, "it was killed");

    let mut stored = 0;
    behind(&store, |c| stored = stored_partitions(c).len());
    assert!(stored >= 3, "an index is stored, and is behind");
    let replayed = bytes(&store.reopen(), sessions[0]);
    assert_eq!(
        said.as_ref(),
        Some(&replayed),
        "what was said after the index was stored is there"
    );
    behind(&store, |c| {
        c.execute("DELETE FROM index_partitions", []).unwrap();
    });
    assert_eq!(
        bytes(&store.reopen(), sessions[0]),
        replayed,
        "as from an index made anew"
    );
}
