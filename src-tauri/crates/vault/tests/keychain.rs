//! The keychain at arm's length, over a store that misbehaves.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod nasty;

use std::time::{Duration, Instant};

use ccc_vault::{Keychain, KeychainError};
use nasty::{Calls, Mood, Store};

const ACCOUNT: &str = "someone";

#[test]
fn each_failure_has_its_own_name() {
    let store = Store::new();
    let keychain = store.keychain();
    store.put(ACCOUNT, b"secret");
    let cases = [
        (Mood::Absent, KeychainError::Unavailable),
        (Mood::Locked, KeychainError::Locked),
        (Mood::Denied, KeychainError::Denied),
        (Mood::Ambiguous, KeychainError::Ambiguous),
        (Mood::SetsButFails, KeychainError::Unavailable),
        (Mood::Panics, KeychainError::Unavailable),
    ];
    for (mood, expected) in cases {
        store.set_mood(mood.clone());
        assert_eq!(keychain.get(ACCOUNT), Err(expected), "{mood:?}");
        store.set_mood(Mood::Honest);
        let found = keychain.get(ACCOUNT).unwrap().unwrap();
        assert_eq!(found.as_slice(), b"secret", "after {mood:?} it works again");
    }
    assert_eq!(Keychain::none().get(ACCOUNT), Err(KeychainError::Unavailable));
    assert_eq!(Keychain::none().set(ACCOUNT, b"x"), Err(KeychainError::Unavailable));
}

#[test]
fn what_is_set_is_read_back_and_compared() {
    let store = Store::new();
    let keychain = store.keychain();
    keychain.set(ACCOUNT, b"secret").unwrap();
    assert_eq!(
        store.calls(),
        Calls {
            gets: 1,
            sets: 1,
            deletes: 0
        }
    );
    for mood in [
        Mood::Answers(b"secreT".to_vec()),
        Mood::Answers(b"secre".to_vec()),
        Mood::Forgets,
    ] {
        store.set_mood(mood.clone());
        assert_eq!(
            keychain.set(ACCOUNT, b"secret"),
            Err(KeychainError::VerifyFailed),
            "{mood:?}"
        );
    }
    store.set_mood(Mood::SetsButFails);
    assert_eq!(keychain.set(ACCOUNT, b"secret"), Err(KeychainError::Unavailable));
}

#[test]
fn a_missing_entry_is_none_and_deleting_it_is_fine() {
    let store = Store::new();
    let keychain = store.keychain();
    assert_eq!(keychain.get(ACCOUNT), Ok(None));
    assert_eq!(keychain.delete(ACCOUNT), Ok(()));
    keychain.set(ACCOUNT, b"secret").unwrap();
    assert_eq!(keychain.delete(ACCOUNT), Ok(()));
    assert_eq!(store.entries().len(), 0);
}

#[test]
fn a_hanging_call_times_out_and_its_late_answer_is_taken() {
    let store = Store::new();
    store.put(ACCOUNT, b"secret");
    store.set_mood(Mood::Hangs);
    let patient = store.keychain();
    let hasty = patient
        .clone()
        .with_limits(Duration::from_millis(50), Duration::from_millis(50));
    let began = Instant::now();
    assert_eq!(hasty.get(ACCOUNT), Err(KeychainError::TimedOut));
    assert_eq!(
        hasty.get(ACCOUNT),
        Err(KeychainError::TimedOut),
        "the line is still taken"
    );
    assert_eq!(hasty.set(ACCOUNT, b"other"), Err(KeychainError::TimedOut));
    assert_eq!(hasty.get("another"), Err(KeychainError::TimedOut));
    assert!(began.elapsed() < Duration::from_secs(5), "four limits of 50 ms");
    assert_eq!(
        store.calls(),
        Calls {
            gets: 1,
            sets: 0,
            deletes: 0
        },
        "one outstanding call"
    );
    store.release();
    assert_eq!(patient.get(ACCOUNT).unwrap().unwrap().as_slice(), b"secret");
    assert_eq!(
        store.calls().gets,
        1,
        "the late answer was taken, the store not asked again"
    );
    assert_eq!(patient.get(ACCOUNT).unwrap().unwrap().as_slice(), b"secret");
    assert_eq!(store.calls().gets, 2, "and it is taken once");
}

#[test]
fn a_late_answer_is_for_the_same_question_alone() {
    let store = Store::new();
    store.put(ACCOUNT, b"secret");
    store.set_mood(Mood::Hangs);
    let patient = store.keychain();
    let hasty = patient
        .clone()
        .with_limits(Duration::from_millis(50), Duration::from_millis(50));
    assert_eq!(hasty.get(ACCOUNT), Err(KeychainError::TimedOut));
    store.release();
    assert_eq!(patient.get("another"), Ok(None), "not someone else's secret");
    patient.set(ACCOUNT, b"changed").unwrap();
    assert_eq!(
        patient.get(ACCOUNT).unwrap().unwrap().as_slice(),
        b"changed",
        "nor one from before a change"
    );
}

#[test]
fn many_askers_get_their_own_answers() {
    let store = Store::new();
    let keychain = store.keychain();
    std::thread::scope(|scope| {
        for n in 0..8u8 {
            let keychain = keychain.clone();
            scope.spawn(move || {
                let account = n.to_string();
                for round in 0..20 {
                    keychain.set(&account, &[n, round]).unwrap();
                    assert_eq!(keychain.get(&account).unwrap().unwrap().as_slice(), [n, round]);
                }
            });
        }
    });
    assert_eq!(store.entries().len(), 8);
}
