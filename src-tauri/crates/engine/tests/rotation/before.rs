//! Backups from before the master key was replaced.

use std::{fs, path::PathBuf};

use ccc_engine::{
    Engine, Profile, RecoveryKey,
    backup::{BackupFault, BackupSettings, restore::BackupSecret, unwatched},
    domain::ErrorCode,
};

use crate::desk::{Desk, everything};

struct Before {
    desk: Desk,
    engine: Engine,
    recovery: RecoveryKey,
    name: String,
    /// The backup's directories, the profile's own first.
    directories: [PathBuf; 2],
    said: Vec<serde_json::Value>,
}

/// A profile whose master key was replaced after a backup was made, into a chosen folder too.
fn rotated() -> Before {
    let desk = Desk::new();
    let engine = desk.open();
    let stick = desk.room.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let settings = BackupSettings {
        folder: Some(stick.display().to_string()),
        ..BackupSettings::default()
    };
    engine.backups.set(&settings).unwrap();
    let (said, name) = (everything(&engine), engine.backups.make(&unwatched).unwrap().name);
    let recovery = engine.prepare_rotation(&desk.passphrases(), &unwatched).unwrap();
    drop(engine);
    let directories = [desk.room.path().join("data-backups"), stick.join("ccc-backups")].map(|all| all.join(&name));
    let engine = desk.open_with(&recovery).unwrap();
    Before {
        desk,
        engine,
        recovery,
        name,
        directories,
        said,
    }
}

#[test]
fn they_open_with_the_secrets_of_their_day_and_come_back_beside_and_in_place() {
    let before = rotated();
    let listed = before.engine.backups.list().unwrap();
    assert_eq!(
        listed[0].copies[0].fault,
        Some(BackupFault::OtherKeys),
        "it is listed as what it is"
    );
    let refused = before.engine.prepare_restore_from(&before.directories[0], &unwatched);
    assert_eq!(refused.err().map(|e| e.code()), Some(ErrorCode::KeysMismatch));
    drop(before.engine);

    let profile = before.desk.acquire();
    let new = profile.unlock_backup(&before.directories[0], &BackupSecret::Recovery(&before.recovery));
    assert_eq!(
        new.err().map(|e| e.code()),
        Some(ErrorCode::WrongSecret),
        "not with today's"
    );
    let secrets = [
        BackupSecret::Recovery(&before.desk.recovery),
        BackupSecret::Passphrase(&before.desk.passphrase),
        BackupSecret::Keychain,
    ];
    for secret in &secrets {
        profile.unlock_backup(&before.directories[0], secret).unwrap();
    }
    let keys = profile.unlock_backup(&before.directories[1], &secrets[0]).unwrap();
    let beside = before.desk.room.path().join("beside");
    profile
        .restore_beside(&before.directories[1], &keys, &beside, &unwatched)
        .unwrap();
    let copy = Profile::acquire(&beside, ccc_engine::Keychain::none()).unwrap();
    let opened = copy.unlock_with_recovery(&before.desk.recovery).unwrap();
    assert_eq!(everything(&copy.open(opened).unwrap()), before.said);

    let keys = profile.unlock_backup(&before.directories[0], &secrets[0]).unwrap();
    profile.restore(&before.directories[0], &keys, &unwatched).unwrap();
    drop((profile, keys));
    let engine = before.desk.open();
    assert_eq!(everything(&engine), before.said, "in place, with the keys of its day");
}

#[test]
fn a_session_that_is_deleted_after_the_replacement_is_unreadable_in_them_too() {
    let before = rotated();
    let [gone, stays] = before.desk.sessions;
    before.engine.memory.delete_session(gone).unwrap();
    assert_eq!(before.engine.backups.state().unwrap().unreached, []);
    let profile = before.engine.profile().clone();
    for directory in &before.directories {
        let keys = profile
            .unlock_backup(directory, &BackupSecret::Recovery(&before.desk.recovery))
            .unwrap();
        assert_eq!(keys.session_keys(), [stays], "{}", directory.display());
    }
    drop(before.engine);
    let keys = profile
        .unlock_backup(&before.directories[0], &BackupSecret::Keychain)
        .unwrap();
    let restored = profile.restore(&before.directories[0], &keys, &unwatched).unwrap();
    assert_eq!((restored.sessions, restored.deleted_since), (1, 1));
}

#[test]
fn they_are_pruned_by_the_rules_once_there_are_newer_ones() {
    let before = rotated();
    let settings = before.engine.backups.settings().unwrap();
    let small = BackupSettings {
        max_bytes: 1,
        ..settings
    };
    before.engine.backups.set(&small).unwrap();
    let newer = before.engine.backups.make(&unwatched).unwrap().name;
    let left: Vec<String> = before
        .engine
        .backups
        .list()
        .unwrap()
        .into_iter()
        .map(|info| info.name)
        .collect();
    assert_eq!(left, [newer], "{} went from both folders", before.name);
    assert!(before.directories.iter().all(|directory| !directory.exists()));
}
