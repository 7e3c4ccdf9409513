//! A process that makes backups and restores them dies by SIGKILL at moments nobody chose: every backup that is listed
//! verifies, and the profile is wholly the old one or wholly the restored one.
//!
//! `CCC_KILLS` sets how many kills.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod place;

use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use ccc_engine::{
    Engine, Error, RecoveryKey,
    backup::unwatched,
    domain::{ConversationId, SessionId},
    memory::SessionFilter,
};
use tempfile::TempDir;

use crate::place::{conversation, create, reopen, session, turn};

const DATA: &str = "CCC_BACKUP_KILL_DATA";
const RECOVERY: &str = "CCC_BACKUP_KILL_RECOVERY";
/// The backups that a child restores in turn.
const NAMES: &str = "CCC_BACKUP_KILL_NAMES";

fn child() -> Option<(PathBuf, RecoveryKey)> {
    let data = env::var_os(DATA)?;
    Some((data.into(), RecoveryKey::parse(&env::var(RECOVERY).unwrap()).unwrap()))
}

/// Opens the profile in a child. The parent has closed it, but where its other thread is just starting a child of its own,
/// that one holds a copy of the lock's file until it runs.
fn reopen_in_child(data: &Path, recovery: &RecoveryKey) -> Engine {
    for _ in 0..500 {
        match reopen(data, recovery) {
            Err(Error::ProfileInUse) => thread::sleep(Duration::from_millis(10)),
            opened => return opened.unwrap(),
        }
    }
    panic!("the profile stays in use")
}

/// Says a line to the parent; it begins with a newline, because the harness has printed something before.
fn say(line: &str) {
    let _ = io::stdout().lock().write_all(format!("\n{line}\n").as_bytes());
}

/// Starts `test` again as a child, kills it `moment` after it said its first word, and returns what it said.
fn killed(test: &str, data: &Path, recovery: &RecoveryKey, names: &str, moment: Duration) -> Vec<String> {
    let mut process = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(DATA, data)
        .env(RECOVERY, recovery.reveal().as_str())
        .env(NAMES, names)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut said: Vec<String> = Vec::new();
    for line in lines.by_ref().map_while(Result::ok) {
        let begun = line == "begun";
        said.push(line);
        if begun {
            break;
        }
    }
    thread::sleep(moment);
    process.kill().unwrap();
    said.extend(lines.map_while(Result::ok));
    assert_eq!(process.wait().unwrap().code(), None, "the child ended by itself");
    said
}

fn moment(n: u64, longest_us: u64) -> Duration {
    Duration::from_micros(RandomState::new().hash_one(n) % longest_us)
}

fn kills() -> u64 {
    env::var("CCC_KILLS").map_or(60, |text| text.parse().unwrap())
}

/// A profile with a session of `turns` turns.
fn profile(data: &Path, turns: usize) -> (RecoveryKey, SessionId, ConversationId) {
    let (engine, recovery) = create(data);
    let session = session(&engine, "Killed").id;
    let conversation = conversation(&engine, session);
    for _ in 0..turns {
        let turn = turn(&engine, &conversation, &"word ".repeat(400));
        engine.memory.store_conversation_turn(turn).unwrap();
    }
    (recovery, session, conversation.id)
}

fn turns(engine: &Engine) -> usize {
    let sessions = engine.memory.list_sessions(SessionFilter::All).unwrap();
    let conversations = sessions
        .iter()
        .flat_map(|s| engine.memory.list_conversations(s.id).unwrap());
    conversations
        .map(|c| engine.memory.get_conversation_history(c.id).unwrap().len())
        .sum()
}

#[test]
fn every_backup_that_is_listed_after_a_kill_verifies_and_none_is_half() {
    const TEST: &str = "every_backup_that_is_listed_after_a_kill_verifies_and_none_is_half";
    if let Some((data, recovery)) = child() {
        let engine = reopen_in_child(&data, &recovery);
        say("begun");
        loop {
            let made = engine.backups.make(&unwatched).unwrap();
            say(&format!("made {}", made.name));
        }
    }
    let room = TempDir::new().unwrap();
    let data = room.path().join("data");
    let (recovery, ..) = profile(&data, 300);
    let (mut acknowledged, mut unfinished) = (0, 0);
    for kill in 0..kills() {
        let said = killed(TEST, &data, &recovery, "", moment(kill, 120_000));
        let made: Vec<&str> = said.iter().filter_map(|line| line.strip_prefix("made ")).collect();
        acknowledged += made.len();
        let left = std::fs::read_dir(room.path().join("data-backups"))
            .into_iter()
            .flatten();
        let partial = |e: io::Result<std::fs::DirEntry>| e.unwrap().file_name().to_string_lossy().starts_with('.');
        unfinished += left
            .filter(|e| e.as_ref().is_ok())
            .map(partial)
            .filter(|is| *is)
            .count();
        let engine = reopen(&data, &recovery).unwrap();
        let listed = engine.backups.list().unwrap();
        if let Some(last) = made.last() {
            // It may have gone since, for a newer one that the child had no time to tell of.
            let newest = listed.first().map(|info| info.name.as_str());
            assert!(
                newest >= Some(*last),
                "kill {kill}: {last} was said to be there: {newest:?}"
            );
        }
        for info in listed {
            let read = engine.backups.verify(&info.name, &unwatched).unwrap();
            assert_eq!(read, 300, "kill {kill}: {}", info.name);
        }
    }
    assert!(
        acknowledged > 0 && unfinished > 0,
        "{acknowledged} made, {unfinished} cut off"
    );
    eprintln!("{} kills, {acknowledged} backups made, {unfinished} cut off", kills());
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_state_or_the_restored_one() {
    const TEST: &str = "a_restore_that_is_killed_leaves_the_old_state_or_the_restored_one";
    if let Some((data, recovery)) = child() {
        say("begun");
        // Back and forth between two states, each by a whole restore and the opening that follows.
        loop {
            let engine = reopen_in_child(&data, &recovery);
            let names: Vec<String> = env::var(NAMES).unwrap().split(' ').map(str::to_owned).collect();
            let to = &names[usize::from(turns(&engine) == 300)];
            engine.prepare_restore(to, &unwatched).unwrap();
            say("prepared");
        }
    }
    let room = TempDir::new().unwrap();
    let data = room.path().join("data");
    let (recovery, session, conversation) = profile(&data, 300);
    let engine = reopen(&data, &recovery).unwrap();
    let older = engine.backups.make(&unwatched).unwrap().name;
    let keep = room.path().join("keep");
    std::fs::rename(room.path().join("data-backups").join(&older), &keep).unwrap();
    let more = place::turn_of(engine.memory.new_id(), session, conversation, "one more");
    engine.memory.store_conversation_turn(more).unwrap();
    let newer = engine.backups.make(&unwatched).unwrap().name;
    std::fs::rename(&keep, room.path().join("data-backups").join(&older)).unwrap();
    drop(engine);
    // The child learns their names; they are not pruned, as restoring prunes none.
    let names = format!("{older} {newer}");
    let (mut seen, mut prepared) = ([0, 0], 0);
    for kill in 0..kills() {
        let said = killed(TEST, &data, &recovery, &names, moment(kill, 250_000));
        prepared += said.iter().filter(|line| *line == "prepared").count();
        let engine = reopen(&data, &recovery).unwrap();
        let count = turns(&engine);
        assert!(count == 300 || count == 301, "kill {kill}: {count} turns");
        assert_eq!(engine.audit.verify().unwrap().broken_at, None);
        let left = std::fs::read_dir(&data)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap());
        let left: Vec<String> = left
            .filter(|name| name.starts_with('.') || name.starts_with("aside"))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "kill {kill}");
        seen[count - 300] += 1;
    }
    assert!(
        prepared > 0 && seen[0] > 0 && seen[1] > 0,
        "{prepared} prepared, {seen:?} seen"
    );
    eprintln!(
        "{} kills, {prepared} restores, {seen:?} found in the older and the newer state",
        kills()
    );
}
