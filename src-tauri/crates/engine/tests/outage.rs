//! A disk that is full while cycles run, and then is not: nothing that was said is lost or doubled. Linux.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;
mod scripted;

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, id},
    sync::Arc,
};

use ccc_engine::{
    Engine,
    cycle::{CycleReport, CycleUpdate, Order, live::CycleBatch},
    domain::{ErrorCode, Outcome, Phase, SessionId},
    export::{ExportFormat, WaitingExport},
};
use scripted::{Ear, Scripted};
use tempfile::TempDir;

/// Tells a child the part it plays and the directory it plays in.
const ROLE: &str = "CCC_OUTAGE_ROLE";
/// A shell in a mount namespace of its own, with a small empty file system over the directory `$0`.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=3m,mode=700 none "$0" && exec "$@""#;
/// A shell in which writing past the file size limit is an error and not a signal.
const SIZE_LIMIT: &str = "trap '' XFSZ; exec \"$@\"";

/// Runs what follows where it may mount.
fn small_disk(directory: &Path) -> Vec<String> {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let namespace = if root { "-m" } else { "-rm" };
    let directory = directory.to_str().unwrap();
    ["unshare", namespace, "--", "sh", "-c", SMALL_DISK, directory]
        .map(str::to_owned)
        .to_vec()
}

/// Runs `test` again as a child: on a disk of 3 MiB or, where that cannot be had, under a file size limit.
fn run_confined(test: &str) {
    let place = TempDir::new().unwrap();
    let probe = small_disk(place.path());
    let can_mount = Command::new(&probe[0])
        .args(&probe[1..])
        .arg("true")
        .status()
        .is_ok_and(|s| s.success());
    let (part, shell) = match can_mount {
        true => ("disk", small_disk(place.path())),
        false => ("limit", ["sh", "-c", SIZE_LIMIT, "sh"].map(str::to_owned).to_vec()),
    };
    let child = Command::new(&shell[0])
        .args(&shell[1..])
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, format!("{part}={}", place.path().display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&child.stderr)
    );
    assert!(said.contains("1 passed"), "the child ran its test: {said}");
}

/// Takes all room from the disk, or gives it back.
struct Room<'a>(&'a str, &'a Path);

impl Room<'_> {
    fn take(&self) {
        if self.0 == "limit" {
            return limit_file_size("65536");
        }
        let mut ballast = fs::File::create(self.1.join("ballast")).unwrap();
        while ballast.write_all(&[1; 4_096]).is_ok() {}
    }

    fn give(&self) {
        match self.0 {
            "limit" => limit_file_size("unlimited"),
            _ => fs::remove_file(self.1.join("ballast")).unwrap(),
        }
    }
}

fn limit_file_size(to: &str) {
    let set = [format!("--pid={}", id()), format!("--fsize={to}:")];
    assert!(Command::new("prlimit").args(set).status().unwrap().success());
}

async fn cycle(engine: &Engine, session: SessionId, directive: &str) -> (CycleReport, Vec<CycleBatch>) {
    let model: Arc<Scripted> = Arc::default();
    let [analyse, execute, review] = model.mouths();
    analyse.answer(&format!("the plan of {directive}"));
    execute.answer(&format!("the work of {directive}"));
    review.answer("Fine.\n\naccept");
    let (mut ear, listener) = Ear::new();
    let order = Order::run(session, directive);
    engine.cycle.start(order, model.options(), listener).await.unwrap();
    let (heard, report) = ear.rest().await;
    (report.unwrap(), heard)
}

fn contents(engine: &Engine, report: &CycleReport) -> Vec<String> {
    let turns = engine.memory.get_conversation_history(report.conversation_id).unwrap();
    turns.into_iter().map(|turn| turn.content).collect()
}

#[test]
fn what_is_said_while_the_disk_is_full_waits_and_is_stored_once_there_is_room() {
    const TEST: &str = "what_is_said_while_the_disk_is_full_waits_and_is_stored_once_there_is_room";
    let Ok(role) = env::var(ROLE) else {
        return run_confined(TEST);
    };
    let (part, directory) = role.split_once('=').unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(while_full(part, PathBuf::from(directory)));
}

async fn while_full(part: &str, directory: PathBuf) {
    let elsewhere = TempDir::new().unwrap();
    let (engine, recovery) = place::create(&directory.join("data"));
    let session = place::session(&engine, "Logs").id;
    let (before, _) = cycle(&engine, session, "before").await;
    assert_eq!(
        (before.phase.clone(), before.stateless),
        (Phase::Done(Outcome::Accepted), None)
    );

    let room = Room(part, &directory);
    room.take();
    let (first, heard) = cycle(&engine, session, "first").await;
    assert_eq!(
        (first.phase.clone(), first.turns.len()),
        (Phase::Done(Outcome::Accepted), 4)
    );
    assert_eq!(first.stateless, Some(ErrorCode::DiskFailed));
    let updates = heard.iter().flat_map(|batch| &batch.updates);
    assert!(
        !updates
            .clone()
            .any(|update| matches!(update, CycleUpdate::TurnStored { .. }))
    );
    let (second, _) = cycle(&engine, session, "second").await;
    let waiting = engine.memory.waiting().unwrap();
    let said: Vec<_> = first.turns.iter().chain(&second.turns).map(|turn| turn.id).collect();
    assert_eq!(
        (waiting.turns, waiting.code),
        (said, ErrorCode::DiskFailed),
        "in the order they were said"
    );
    let space = engine.lasting_space();
    assert_eq!(
        space.history(first.conversation_id).unwrap().turns,
        first.turns,
        "and are shown"
    );
    assert_eq!(space.conversations(session).unwrap().len(), 3);

    let file = elsewhere.path().join("waiting.json");
    engine.export_waiting(ExportFormat::Json, &file, false).unwrap();
    let export: WaitingExport = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let exported: Vec<_> = export.turns.iter().map(|exported| &exported.turn).collect();
    assert_eq!(exported, first.turns.iter().chain(&second.turns).collect::<Vec<_>>());
    assert!(export.turns[1].receipt.is_some());
    let file = elsewhere.path().join("waiting.md");
    engine.export_waiting(ExportFormat::Markdown, &file, false).unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains("> the work of second"));

    room.give();
    assert_eq!(engine.memory.write_waiting(), 8);
    assert_eq!(engine.memory.waiting(), None);
    let (after, _) = cycle(&engine, session, "after").await;
    assert_eq!(after.stateless, None);
    drop((space, engine));
    let engine = place::reopen(&directory.join("data"), &recovery).unwrap();
    for (report, directive) in [
        (&before, "before"),
        (&first, "first"),
        (&second, "second"),
        (&after, "after"),
    ] {
        let said = contents(&engine, report);
        let expected = [
            directive.to_owned(),
            format!("the plan of {directive}"),
            format!("the work of {directive}"),
        ];
        assert_eq!((said.len(), &said[..3]), (4, &expected[..]));
        assert_eq!(
            engine.memory.get_conversation_history(report.conversation_id).unwrap(),
            report.turns
        );
    }
    assert_eq!(engine.recovered, Default::default(), "no draft was left over");
}

/// Dropping what waits is told in numbers, and nothing of it is on the disk afterwards.
#[test]
fn locking_tries_once_more_and_says_how_many_turns_are_lost() {
    const TEST: &str = "locking_tries_once_more_and_says_how_many_turns_are_lost";
    let Ok(role) = env::var(ROLE) else {
        return run_confined(TEST);
    };
    let (part, directory) = role.split_once('=').unwrap();
    let directory = PathBuf::from(directory);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (engine, recovery) = place::create(&directory.join("data"));
        let session = place::session(&engine, "Logs").id;
        let room = Room(part, &directory);
        room.take();
        cycle(&engine, session, "lost").await;
        assert_eq!(engine.lock(), 4);
        assert_eq!(engine.memory.waiting(), None);
        drop(engine);
        room.give();

        let engine = place::reopen(&directory.join("data"), &recovery).unwrap();
        assert_eq!(engine.memory.turn_count().unwrap(), 0);
        room.take();
        cycle(&engine, session, "kept").await;
        room.give();
        assert_eq!(engine.lock(), 0, "there was room again");
        drop(engine);
        let engine = place::reopen(&directory.join("data"), &recovery).unwrap();
        assert_eq!(engine.memory.turn_count().unwrap(), 4);
    });
}
