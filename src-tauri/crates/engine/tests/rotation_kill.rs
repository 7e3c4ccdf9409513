//! A process that replaces the master key dies by SIGKILL at moments nobody chose: the profile opens, wholly old or wholly
//! new, and only one recovery key fits it.
//!
//! `CCC_KILLS` sets how many kills. Alone in its program: a child that is just starting holds the locks of other tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

#[path = "rotation/desk.rs"]
mod desk;
mod place;
mod scripted;

use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use ccc_engine::{Engine, Keychain, Opening, Passphrases, Profile, RecoveryKey, Ways, backup::unwatched};
use tempfile::TempDir;

use crate::desk::{everything, names};

const TEST: &str = "a_replacement_that_is_killed_leaves_the_old_profile_or_the_new_one";
const DATA: &str = "CCC_ROTATION_KILL_DATA";
const SECRET: &str = "CCC_ROTATION_KILL_SECRET";
/// What the keychain calls the profile.
const ACCOUNT: &str = "CCC_ROTATION_KILL_ACCOUNT";

/// A keychain with one entry, which a child has too.
fn keychain(account: &str, secret: &[u8]) -> Keychain {
    let keychain = place::keychain();
    keychain.set(account, secret).unwrap();
    keychain
}

/// Opens by the keychain, as the person's next start does.
fn open(data: &Path, keychain: &Keychain) -> Engine {
    let profile = Profile::acquire(data, keychain.clone()).unwrap();
    let Opening::Unlocked(keys) = profile.opening().unwrap() else {
        panic!("the keychain does not open it")
    };
    profile.open(keys).unwrap()
}

/// Says a line to the parent; it begins with a newline, because the harness has printed something before.
fn say(line: &str) {
    let _ = io::stdout().lock().write_all(format!("\n{line}\n").as_bytes());
}

fn rotate_until_killed(data: &Path) {
    let secret = hex_bytes(&env::var(SECRET).unwrap());
    let keychain = keychain(&env::var(ACCOUNT).unwrap(), &secret);
    say("begun");
    loop {
        let recovery = open(data, &keychain)
            .prepare_rotation(&Passphrases::default(), &unwatched)
            .unwrap();
        say(&format!("prepared {}", recovery.reveal().as_str()));
    }
}

/// Starts this test again as a child, kills it `moment` after it began, and returns the recovery keys it told of.
fn killed(data: &Path, account: &str, secret: &[u8], moment: Duration) -> Vec<RecoveryKey> {
    let mut process = Command::new(env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(DATA, data)
        .env(ACCOUNT, account)
        .env(SECRET, hex(secret))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    assert!(lines.any(|line| line == "begun"));
    thread::sleep(moment);
    process.kill().unwrap();
    let said: Vec<String> = lines.collect();
    assert_eq!(process.wait().unwrap().code(), None, "the child ended by itself");
    let keys = said.iter().filter_map(|line| line.strip_prefix("prepared "));
    // One that was cut in two by the kill was not told.
    keys.filter_map(|key| RecoveryKey::parse(key).ok()).collect()
}

#[test]
fn a_replacement_that_is_killed_leaves_the_old_profile_or_the_new_one() {
    if let Some(data) = env::var_os(DATA) {
        rotate_until_killed(&PathBuf::from(data));
    }
    let room = TempDir::new().unwrap();
    let data = room.path().join("data");
    let ways = Ways {
        keychain: true,
        passphrase: None,
    };
    let profile = Profile::acquire(&data, place::keychain()).unwrap();
    let (engine, first) = profile.create(&ways).unwrap();
    let conversation = place::conversation(&engine, place::session(&engine, "Killed").id);
    for _ in 0..200 {
        let turn = place::turn(&engine, &conversation, &"word ".repeat(400));
        engine.memory.store_conversation_turn(turn).unwrap();
    }
    let said = everything(&engine);
    let account = engine.profile_id().to_string();
    let secret = engine.profile().keychain().get(&account).unwrap().unwrap();
    drop(engine);

    let keychain = keychain(&account, &secret);
    let (mut told, mut seen) = (vec![first], [0, 0, 0]);
    let kills = env::var("CCC_KILLS").map_or(60, |text| text.parse().unwrap());
    for kill in 0..kills {
        let moment = Duration::from_micros(RandomState::new().hash_one(kill) % 500_000);
        let new = killed(&data, &account, &secret, moment);
        seen[0] += new.len();
        told.extend(new);
        let engine = open(&data, &keychain);
        assert_eq!(everything(&engine), said, "kill {kill}");
        let trail = engine.audit.verify().unwrap();
        assert_eq!(trail.broken_at, None, "kill {kill}");
        if kill % 10 == 0 {
            assert_eq!(engine.full_check(&unwatched).unwrap().faults, [], "kill {kill}");
        }
        let left = names(&data)
            .into_iter()
            .filter(|name| name.starts_with('.') || name.starts_with("aside"));
        assert_eq!(left.collect::<Vec<_>>(), Vec::<String>::new(), "kill {kill}");
        drop(engine);
        let fitting: Vec<bool> = told.iter().map(|key| place::reopen(&data, key).is_ok()).collect();
        let last = fitting.len() - 1;
        assert!(
            !fitting[..last].contains(&true),
            "kill {kill}: a recovery key of before opens it"
        );
        // None fits where the kill came after the rename that decides and before the child could tell.
        seen[if fitting[last] { 1 } else { 2 }] += 1;
        told.drain(..told.len().saturating_sub(4));
    }
    assert!(seen[0] > 0 && seen[1] > 0, "some were prepared, some cut off: {seen:?}");
    eprintln!(
        "{kills} kills, {} replacements told of, {} not told of",
        seen[0], seen[2]
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex_bytes(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
