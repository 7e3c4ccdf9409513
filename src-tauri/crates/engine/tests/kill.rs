//! kill -9 while turns are stored: a child appends and says what was acknowledged, the parent kills it at a random
//! moment and looks whether everything acknowledged is there, whole and in its chain.
//!
//! It shows that nothing acknowledged waits in the process. It says nothing of power loss: the system keeps what a dead
//! process handed to it. `CCC_KILLS` sets how often (200 when it is not set).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod place;

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    env,
    hash::BuildHasher,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use ccc_engine::{
    Engine, MemoryService, RecoveryKey,
    audit::ChainReport,
    domain::{Conversation, ConversationId, SessionId, TurnId},
    memory::SessionFilter,
};
use tempfile::TempDir;

use crate::place::{conversation, create, reopen, session, turn, turn_of};

const TEST: &str = "every_acknowledged_turn_survives_the_kills";
const DIRECTORY: &str = "CCC_KILL_DIRECTORY";
const RECOVERY: &str = "CCC_KILL_RECOVERY";
/// How many threads write in the child, so that batches of several are killed too.
const WRITERS: usize = 4;

/// What a turn says follows from its id, so that the parent knows it. Long enough for several pages now and then.
fn content_of(id: TurnId) -> String {
    let words = id.to_bytes().map(usize::from);
    let repeat = 1 + words[15] * if words[14] < 16 { 20 } else { 1 };
    format!("{id} said {words:?}\n").repeat(repeat)
}

/// Makes a session with one conversation for each writer and appends until it is killed.
fn write_until_killed(directory: &Path) {
    let recovery = RecoveryKey::parse(&env::var(RECOVERY).unwrap()).unwrap();
    let engine = reopen(directory, &recovery).unwrap();
    let session = session(&engine, "Killed");
    // A line begins with a newline, because the harness has printed something before.
    let say = |line: String| io::stdout().lock().write_all(format!("\n{line}\n").as_bytes());
    say(format!("session {}", session.id)).unwrap();
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let conversation = conversation(&engine, session.id);
                loop {
                    let id = engine.memory.new_id();
                    let turn = turn_of(id, session.id, conversation.id, &content_of(id));
                    engine.memory.store_conversation_turn(turn).unwrap();
                    if say(format!("turn {id} {}", conversation.id)).is_err() {
                        break;
                    }
                }
            });
        }
    });
}

/// What a child said is durable.
#[derive(Default)]
struct Acknowledged {
    session: Option<SessionId>,
    turns: BTreeMap<TurnId, ConversationId>,
}

impl Acknowledged {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["session", id] => self.session = Some(id.parse().unwrap()),
            ["turn", id, conversation] => {
                self.turns.insert(id.parse().unwrap(), conversation.parse().unwrap());
            }
            _ => {}
        }
    }
}

fn spawn(directory: &Path, recovery: &RecoveryKey) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(RECOVERY, recovery.reveal().as_str())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets the child acknowledge `after` turns, kills it `moment` later, and returns all it acknowledged.
fn kill_after(directory: &Path, recovery: &RecoveryKey, after: usize, moment: Duration) -> Acknowledged {
    let mut process = spawn(directory, recovery);
    let mut said = BufReader::new(process.stdout.take().unwrap());
    let (mut acknowledged, mut line) = (Acknowledged::default(), String::new());
    let mut killed = after == 0;
    if killed {
        thread::sleep(moment);
        process.kill().unwrap();
    }
    while said.read_line(&mut line).unwrap() > 0 {
        // A line cut in two by the kill was not said.
        if line.ends_with('\n') {
            acknowledged.hear(line.trim_end());
        }
        line.clear();
        if !killed && acknowledged.turns.len() >= after {
            thread::sleep(moment);
            process.kill().unwrap();
            killed = true;
        }
    }
    let status = process.wait().unwrap();
    assert_eq!(status.code(), None, "the child ended by itself");
    acknowledged
}

/// What is wrong with an acknowledged turn.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// It is not in the history of its conversation.
    Missing(TurnId),
    /// It says something else.
    Different(TurnId),
}

/// Looks for every acknowledged turn in the verified histories of its conversations.
fn check(memory: &MemoryService, acknowledged: &BTreeMap<TurnId, ConversationId>) -> Vec<Fault> {
    let mut histories = BTreeMap::new();
    for &conversation in acknowledged.values() {
        histories.entry(conversation).or_insert_with(|| {
            let turns = memory.get_conversation_history(conversation).unwrap();
            let turns = turns.into_iter().map(|turn| (turn.id, turn.content));
            turns.collect::<BTreeMap<_, _>>()
        });
    }
    acknowledged
        .iter()
        .filter_map(|(&id, conversation)| match histories[conversation].get(&id) {
            None => Some(Fault::Missing(id)),
            Some(content) if *content != content_of(id) => Some(Fault::Different(id)),
            Some(_) => None,
        })
        .collect()
}

/// Every history of a session verifies and is numbered from 1 without gaps. Returns how many turns there are.
fn verify(engine: &Engine, session: SessionId) -> usize {
    let conversations = engine.memory.list_conversations(session).unwrap();
    let verified = conversations.iter().map(|conversation: &Conversation| {
        let turns = engine.memory.get_conversation_history(conversation.id).unwrap();
        let numbers: Vec<u32> = turns.iter().map(|turn| turn.number).collect();
        assert_eq!(numbers, (1..=conversation.turn_count).collect::<Vec<_>>());
        turns.len()
    });
    verified.sum()
}

fn verify_audit(engine: &Engine) -> u64 {
    let ChainReport { entries, broken_at, .. } = engine.audit.verify().unwrap();
    assert_eq!(broken_at, None, "the audit trail is whole");
    entries
}

#[test]
fn every_acknowledged_turn_survives_the_kills() {
    if let Some(directory) = env::var_os(DIRECTORY) {
        return write_until_killed(&PathBuf::from(directory));
    }
    let kills: u64 = env::var("CCC_KILLS").map_or(200, |text| text.parse().unwrap());
    let directory = TempDir::new().unwrap();
    let (engine, recovery) = create(directory.path());
    drop(engine);
    let (mut all, mut in_open) = (BTreeMap::new(), 0);
    for kill in 1..=kills {
        let random = RandomState::new().hash_one(kill);
        // One in eight dies while it opens, makes its session or begins; the others in the middle of appending.
        let (after, longest) = match random % 8 {
            0 => (0, 60_000),
            _ => (1 + usize::try_from(random >> 8).unwrap() % 40, 5_000),
        };
        let moment = Duration::from_micros((random >> 32) % longest);
        let acknowledged = kill_after(directory.path(), &recovery, after, moment);
        let engine = reopen(directory.path(), &recovery).unwrap();
        let faults = check(&engine.memory, &acknowledged.turns);
        assert_eq!(faults, [], "kill {kill} after {after} turns and {moment:?}");
        if let Some(session) = acknowledged.session {
            let stored = verify(&engine, session);
            assert!(stored >= acknowledged.turns.len(), "kill {kill} left {stored} turns");
        }
        verify_audit(&engine);
        in_open += usize::from(acknowledged.session.is_none());
        all.extend(acknowledged.turns);
    }
    let engine = reopen(directory.path(), &recovery).unwrap();
    assert_eq!(
        check(&engine.memory, &all),
        [],
        "a later kill took what an earlier one had left"
    );
    let sessions = engine.memory.list_sessions(SessionFilter::All).unwrap();
    let stored: usize = sessions.iter().map(|session| verify(&engine, session.id)).sum();
    assert_eq!(engine.memory.turn_count().unwrap(), stored as u64);
    assert!(verify_audit(&engine) >= stored as u64, "every turn has its entry");
    let at_stake = all.len() as u64;
    assert!(at_stake >= kills * 5, "only {at_stake} turns were at stake");
    eprintln!("{kills} kills, {at_stake} acknowledged turns, {stored} stored, {in_open} killed before their session");
}

#[test]
fn the_check_notices_a_turn_that_is_missing_or_says_something_else() {
    let directory = TempDir::new().unwrap();
    let (engine, _recovery) = create(directory.path());
    let conversation = conversation(&engine, session(&engine, "Checked").id);
    let good = turn_of(engine.memory.new_id(), conversation.session_id, conversation.id, "");
    let good = ccc_engine::domain::NewTurn {
        content: content_of(good.id),
        ..good
    };
    let other = turn(&engine, &conversation, "not what its id says");
    let (good_id, other_id, missing) = (good.id, other.id, engine.memory.new_id());
    engine.memory.store_conversation_turn(good).unwrap();
    engine.memory.store_conversation_turn(other).unwrap();
    let acknowledged = [good_id, other_id, missing].map(|id| (id, conversation.id));
    assert_eq!(
        check(&engine.memory, &acknowledged.into()),
        [Fault::Different(other_id), Fault::Missing(missing)]
    );
}
