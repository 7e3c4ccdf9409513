//! The master key replaced: everything is there afterwards, nothing of the old keys opens it, and backups of before still
//! have theirs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

#[path = "rotation/before.rs"]
mod before;
#[path = "rotation/desk.rs"]
mod desk;
#[path = "rotation/refusals.rs"]
mod refusals;

mod place;
mod scripted;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use ccc_engine::{
    Error, Keychain, Opening, Passphrases, Profile,
    audit::{AnchorState, AuditFilter},
    backup::{Job, unwatched},
    domain::ErrorCode,
};

use crate::desk::{Desk, app_settings, everything, passphrase, sealed};

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_read_as_before_under_new_keys_and_no_sealed_byte_of_before_is_left() {
    let desk = Desk::new();
    let engine = desk.open();
    desk.work(&engine).await;
    let (said, ways) = (everything(&engine), engine.ways().unwrap());
    let found = desk.hits(&engine);
    assert!(found > 0, "there is something to find");
    engine.close();
    drop(engine);
    let before = sealed(&desk.data());

    let engine = desk.open();
    let recovery = engine.prepare_rotation(&desk.passphrases(), &unwatched).unwrap();
    let refused = engine.memory.list_sessions(ccc_engine::memory::SessionFilter::All);
    assert_eq!(
        refused.err().map(|e| e.code()),
        Some(ErrorCode::Locked),
        "it is locked from then on"
    );
    drop(engine);

    let engine = desk.open_with(&recovery).unwrap();
    let after = sealed(&desk.data());
    for (column, values) in &before {
        assert!(!values.is_empty(), "the test has something in {column}");
        let left = values.iter().filter(|value| after[column].contains(*value)).count();
        assert_eq!(left, 0, "{column}: sealed or authenticated by the old keys");
    }
    assert_eq!(everything(&engine), said);
    assert_eq!(desk.hits(&engine), found);
    assert_eq!(engine.ways().unwrap(), ways);
    assert_eq!(engine.settings.app().unwrap(), app_settings());
    let check = engine.full_check(&unwatched).unwrap();
    assert_eq!(check.faults, [], "every row opens");
    let trail = engine.audit.verify().unwrap();
    assert_eq!(
        (trail.broken_at, trail.anchor),
        (None, AnchorState::Missing),
        "not anchored yet"
    );
    let of_keys = AuditFilter {
        entity: Some("keys".to_owned()),
        ..AuditFilter::default()
    };
    let noted = engine.audit.find(&of_keys, 1).unwrap();
    assert_eq!(noted[0].detail.as_deref(), Some("master-key"));
    assert!(
        !engine.recovery_was_shown().unwrap(),
        "the new recovery key is still to be shown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_in_of_before_open_nothing_and_those_that_were_kept_still_do() {
    let desk = Desk::new();
    let other = passphrase("battery staple horse");
    let both = Passphrases {
        current: Some(&desk.passphrase),
        new: Some(&other),
    };
    let recovery = desk.open().prepare_rotation(&both, &unwatched).unwrap();
    let profile = desk.acquire();
    let wrong = |error: Option<Error>| error.map(|error| error.code()) == Some(ErrorCode::WrongSecret);
    assert!(
        wrong(profile.unlock_with_recovery(&desk.recovery).err()),
        "the old recovery key"
    );
    assert!(
        wrong(profile.unlock_with_passphrase(&desk.passphrase).err()),
        "the old passphrase"
    );
    profile.unlock_with_passphrase(&other).unwrap();
    profile.unlock_with_recovery(&recovery).unwrap();
    assert!(
        matches!(profile.opening().unwrap(), Opening::Unlocked(_)),
        "the keychain"
    );
    drop(profile);

    // Once more, keeping the passphrase, and with the keychain out of reach: it stays behind.
    let profile = Profile::acquire(&desk.data(), Keychain::none()).unwrap();
    let keys = profile.unlock_with_recovery(&recovery).unwrap();
    let kept = Passphrases {
        current: Some(&other),
        new: None,
    };
    let engine = profile.open(keys).unwrap();
    engine.prepare_rotation(&kept, &unwatched).unwrap();
    drop(engine);
    let profile = desk.acquire();
    profile.unlock_with_passphrase(&other).unwrap();
    assert!(
        wrong(profile.unlock_with_recovery(&recovery).err()),
        "each has its own recovery key"
    );
    assert!(matches!(profile.opening().unwrap(), Opening::NeedsPassphrase { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_due_at_once_afterwards_and_verifies() {
    let desk = Desk::new();
    let engine = desk.open();
    desk.work(&engine).await;
    engine.backups.make(&unwatched).unwrap();
    assert_eq!(
        engine.do_due_backup(&unwatched).unwrap(),
        Some(Job::Drill),
        "no backup is due"
    );
    let recovery = engine.prepare_rotation(&desk.passphrases(), &unwatched).unwrap();
    drop(engine);
    let engine = desk.open_with(&recovery).unwrap();
    assert_eq!(engine.do_due_backup(&unwatched).unwrap(), Some(Job::Backup));
    let newest = engine.backups.list().unwrap().remove(0);
    assert!(engine.backups.verify(&newest.name, &unwatched).unwrap() > 0);
    assert_eq!(newest.copies[0].fault, None);
}

#[test]
fn what_is_said_until_the_engine_locks_is_there_afterwards() {
    let desk = Desk::new();
    let engine = desk.open();
    let conversation = place::conversation(&engine, desk.sessions[0]);
    let first = engine
        .memory
        .store_conversation_turn(place::turn(&engine, &conversation, "said 0"));
    first.unwrap();
    let prepared = AtomicBool::new(false);
    let (acknowledged, recovery) = thread::scope(|scope| {
        let speaking = scope.spawn(|| {
            let say = |n: usize| {
                let turn = place::turn(&engine, &conversation, &format!("said {n}"));
                !prepared.load(Ordering::Relaxed) && engine.memory.store_conversation_turn(turn).is_ok()
            };
            (1..).take_while(|n| say(*n)).count()
        });
        let recovery = engine.prepare_rotation(&desk.passphrases(), &unwatched);
        prepared.store(true, Ordering::Relaxed);
        (speaking.join().unwrap(), recovery.unwrap())
    });
    drop(engine);
    let engine = desk.open_with(&recovery).unwrap();
    let turns = engine.memory.get_conversation_history(conversation.id).unwrap();
    let said: Vec<String> = turns.into_iter().map(|turn| turn.content).collect();
    assert!(acknowledged > 0, "it was said while the passphrase was looked at");
    let expected: Vec<String> = (0..=acknowledged).map(|n| format!("said {n}")).collect();
    assert_eq!(said, expected);
}
