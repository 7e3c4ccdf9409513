//! Many writers at once, with readers among them: nothing is lost, numbered twice or left out of its chain.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod place;

use std::{
    collections::BTreeSet,
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use ccc_engine::{
    Engine, Error,
    domain::{Conversation, NewTurn, Turn},
    memory::{ContextRequest, NewSession, SessionFilter},
};
use tempfile::TempDir;

use crate::place::{conversation, create, reopen, session, turn};

/// Runs `writers` threads at once, each with its number, while two others read until all are done. Returns what the
/// writers returned, by number, and how often the readers looked.
fn at_once<T: Send>(writers: usize, write: impl Fn(usize) -> T + Sync, read: impl Fn() + Sync) -> (Vec<T>, usize) {
    let (start, done, reads) = (Barrier::new(writers + 2), AtomicBool::new(false), AtomicUsize::new(0));
    let results = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                start.wait();
                while !done.load(Ordering::Relaxed) {
                    read();
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let (start, write) = (&start, &write);
        let threads: Vec<_> = (0..writers)
            .map(|n| {
                scope.spawn(move || {
                    start.wait();
                    write(n)
                })
            })
            .collect();
        let results: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
        // Readers end before a writer's panic goes on, or it would wait for them for ever.
        done.store(true, Ordering::Relaxed);
        results
    });
    let results = results.into_iter().map(Result::unwrap).collect();
    (results, reads.into_inner())
}

/// A verified history: what it says, by number from 1 without gaps.
fn contents(engine: &Engine, conversation: &Conversation) -> Vec<String> {
    let turns = engine.memory.get_conversation_history(conversation.id).unwrap();
    let numbers: Vec<u32> = turns.iter().map(|turn| turn.number).collect();
    assert_eq!(numbers, (1..=turns.len() as u32).collect::<Vec<_>>());
    turns.into_iter().map(|turn| turn.content).collect()
}

fn assert_audit_holds(engine: &Engine, stored: usize) {
    let report = engine.audit.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    let trail = engine.audit.list(0, u32::MAX).unwrap();
    let of_turns = trail.iter().filter(|e| (&*e.action, &*e.entity) == ("store", "turn"));
    assert_eq!(
        of_turns.count(),
        stored,
        "each stored turn has one entry, and no other has"
    );
}

#[test]
fn fifty_sessions_are_written_by_ten_threads_while_others_read() {
    const THREADS: usize = 10;
    let directory = TempDir::new().unwrap();
    let (engine, recovery) = create(directory.path());
    let conversations: Vec<Conversation> = (0..50)
        .map(|n| conversation(&engine, session(&engine, &format!("Session {n}")).id))
        .collect();
    let say = |thread: usize, at: usize| format!("thread {thread} speaks of retention in session {at}");
    let (_, reads) = at_once(
        THREADS,
        |thread| {
            // Each begins elsewhere, so that sessions meet different writers at once.
            for at in (0..50).map(|n| (n + thread * 5) % 50) {
                let turn = turn(&engine, &conversations[at], &say(thread, at));
                engine.memory.store_conversation_turn(turn).unwrap();
            }
        },
        || {
            let some = &conversations[engine.memory.turn_count().unwrap() as usize % 50];
            contents(&engine, some);
            let request = ContextRequest::default();
            let context = engine
                .memory
                .get_relevant_context(some.session_id, "retention", &request);
            assert!(context.unwrap().considered <= 10);
        },
    );
    assert!(reads > 0, "nobody read meanwhile");
    let expected = |at: usize| (0..THREADS).map(|thread| say(thread, at)).collect::<BTreeSet<_>>();
    for (at, conversation) in conversations.iter().enumerate() {
        assert_eq!(BTreeSet::from_iter(contents(&engine, conversation)), expected(at));
        let context =
            engine
                .memory
                .get_relevant_context(conversation.session_id, "retention", &ContextRequest::default());
        assert_eq!(
            context.unwrap().considered,
            10,
            "every turn is found the moment it is stored"
        );
    }
    assert_audit_holds(&engine, 500);
    drop(engine);
    let engine = reopen(directory.path(), &recovery).unwrap();
    for (at, conversation) in conversations.iter().enumerate() {
        assert_eq!(BTreeSet::from_iter(contents(&engine, conversation)), expected(at));
    }
    assert_eq!(engine.memory.list_sessions(SessionFilter::All).unwrap().len(), 50);
    assert_audit_holds(&engine, 500);
}

#[test]
fn eight_threads_append_to_one_conversation_without_a_gap() {
    let directory = TempDir::new().unwrap();
    let (engine, _recovery) = create(directory.path());
    let one = conversation(&engine, session(&engine, "One").id);
    let say = |thread: usize, n: usize| format!("thread {thread}, turn {n}");
    let (stored, _) = at_once(
        8,
        |thread| {
            let store = |n| {
                engine
                    .memory
                    .store_conversation_turn(turn(&engine, &one, &say(thread, n)))
            };
            (0..25).map(|n| store(n).unwrap()).collect::<Vec<Turn>>()
        },
        || drop(contents(&engine, &one)),
    );
    let mut answered: Vec<Turn> = stored.iter().flatten().cloned().collect();
    answered.sort_unstable_by_key(|turn| turn.number);
    assert_eq!(
        engine.memory.get_conversation_history(one.id).unwrap(),
        answered,
        "what each call returned is what is stored"
    );
    assert_eq!(contents(&engine, &one).len(), 200);
    for (thread, turns) in stored.iter().enumerate() {
        let numbers: Vec<u32> = turns.iter().map(|turn| turn.number).collect();
        assert!(numbers.is_sorted(), "thread {thread} was answered in its order");
    }
    assert_audit_holds(&engine, 200);
}

#[test]
fn one_id_stored_at_once_by_eight_is_one_turn() {
    let directory = TempDir::new().unwrap();
    let (engine, _recovery) = create(directory.path());
    let one = conversation(&engine, session(&engine, "One").id);
    let same = turn(&engine, &one, "said once");
    let (answers, _) = at_once(
        8,
        |_| engine.memory.store_conversation_turn(same.clone()).unwrap(),
        || drop(contents(&engine, &one)),
    );
    assert_eq!(answers, vec![same.numbered(1); 8]);
    assert_eq!(contents(&engine, &one), ["said once"]);
    assert_audit_holds(&engine, 1);
}

#[test]
fn one_id_with_eight_contents_belongs_to_the_first() {
    let directory = TempDir::new().unwrap();
    let (engine, _recovery) = create(directory.path());
    let session = session(&engine, "One");
    let (one, other) = (conversation(&engine, session.id), conversation(&engine, session.id));
    let first = turn(&engine, &one, "version 0");
    let versions: Vec<NewTurn> = (0..8)
        .map(|n| NewTurn {
            content: format!("version {n}"),
            // Whichever conversation it is for, the id is taken.
            conversation_id: if n % 2 == 0 { one.id } else { other.id },
            ..first.clone()
        })
        .collect();
    let (answers, _) = at_once(
        8,
        |n| engine.memory.store_conversation_turn(versions[n].clone()),
        || drop((contents(&engine, &one), contents(&engine, &other))),
    );
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((taken.len(), refused.len()), (1, 7));
    assert!(
        refused.iter().all(|answer| matches!(answer, Err(Error::IdConflict))),
        "{refused:?}"
    );
    let kept: Vec<String> = [&one, &other].iter().flat_map(|c| contents(&engine, c)).collect();
    assert_eq!(kept, [taken.into_iter().next().unwrap().unwrap().content]);
    assert_audit_holds(&engine, 1);
}

#[test]
fn one_session_made_at_once_by_eight_is_one_session() {
    let directory = TempDir::new().unwrap();
    let (engine, _recovery) = create(directory.path());
    let new = NewSession {
        id: Some(engine.memory.new_id()),
        title: "One".to_owned(),
        ..NewSession::default()
    };
    let list = || engine.memory.list_sessions(SessionFilter::All).unwrap();
    let (made, _) = at_once(
        8,
        |_| engine.memory.initialize_session(new.clone()).unwrap(),
        || drop(list()),
    );
    assert_eq!(list().len(), 1);
    assert_eq!(
        made,
        vec![list()[0].clone(); 8],
        "everybody was given the one that is stored"
    );
}
