//! The two keys files: torn, missing, behind, destroyed in, copied.

use std::{collections::BTreeMap, fs};

use ccc_domain::SessionId;

use super::{
    PROFILE, SESSION,
    fixture::{A, B, Fixture, manager, passphrase, read_all},
};
use crate::{Error, Generations, NewWays, keys_file::written_again};

#[test]
fn a_torn_file_falls_back_to_the_other_at_every_length() {
    let fixture = Fixture::new();
    for (name, bytes) in &fixture.files {
        for length in 0..bytes.len() {
            let service = fixture.with(&[(name, bytes[..length].to_vec())]).unwrap();
            fixture.assert_right(&service, Generations::OneDamaged, &format!("{length} bytes of {name}"));
        }
    }
}

#[test]
fn what_is_damaged_missing_or_behind_is_put_right_at_opening() {
    let fixture = Fixture::new();
    for name in [A, B] {
        fixture.with(&[(name, vec![])]).unwrap();
        fixture.assert_right(&fixture.open().unwrap(), Generations::Whole, "after damage");
        fixture.with(&[]).unwrap();
        fs::remove_file(fixture.dir.path().join(name)).unwrap();
        fixture.assert_right(&fixture.open().unwrap(), Generations::OneMissing, "one alone");
        fixture.assert_right(&fixture.open().unwrap(), Generations::Whole, "after a loss");
    }
}

#[test]
fn what_a_file_says_is_written_again_byte_for_byte_and_a_torn_one_says_nothing() {
    let fixture = Fixture::new();
    for bytes in fixture.files.values() {
        let (content, _hash_and_mac) = bytes.split_at(bytes.len() - 64);
        assert_eq!(written_again(bytes).as_deref(), Some(content));
        assert_eq!(written_again(content), None);
    }
}

#[test]
fn opening_whole_files_writes_nothing() {
    let fixture = Fixture::new();
    fixture.assert_right(&fixture.open().unwrap(), Generations::Whole, "as written");
    assert!(read_all(fixture.dir.path()) == fixture.files, "not a byte moved");
}

#[test]
fn a_kill_between_the_two_writes_loses_no_session_key() {
    let fixture = Fixture::new();
    let other = SessionId::from_bytes([1; 16]);
    fixture.open().unwrap().create_session_key(other).unwrap();
    let after = read_all(fixture.dir.path());
    for behind in [A, B] {
        for (name, bytes) in &after {
            let bytes = if name == behind { &fixture.files[name] } else { bytes };
            fs::write(fixture.dir.path().join(name), bytes).unwrap();
        }
        fs::write(fixture.dir.path().join(format!("{behind}.tmp")), b"half").unwrap();
        let service = fixture.open().unwrap();
        assert_eq!(service.generations(), Generations::OneBehind);
        assert_eq!(service.session_keys(), [other, SESSION], "the newer file counts");
        assert_eq!(read_all(fixture.dir.path()).len(), 2, "the half-written file is gone");
        assert_eq!(fixture.open().unwrap().generations(), Generations::Whole);
    }
}

#[test]
fn a_destroyed_session_key_is_in_no_file() {
    let fixture = Fixture::new();
    let (before, at) = (&fixture.files[A], fixture.files[A].len() - 64 - 64);
    // The session's record without its id: epoch, nonce and wrapped key.
    let record = before[at + 4..at + 64].to_vec();
    let holds = |files: &BTreeMap<String, Vec<u8>>| {
        let windows = files
            .values()
            .filter(|bytes| bytes.windows(60).any(|window| window == record));
        windows.count()
    };
    assert_eq!(holds(&fixture.files), 2, "both files held it");
    let service = fixture.open().unwrap();
    service.destroy_session_key(SESSION).unwrap();
    assert_eq!(holds(&read_all(fixture.dir.path())), 0, "and neither does now");
    assert!(!service.has_session_key(SESSION));

    // Killed between the two writes: one file still has it until the next opening.
    fs::write(fixture.dir.path().join(A), before).unwrap();
    let service = fixture.open().unwrap();
    assert_eq!(
        (service.session_keys(), holds(&read_all(fixture.dir.path()))),
        (vec![], 0)
    );
}

#[test]
fn a_failed_write_changes_nothing_and_can_be_repeated() {
    let fixture = Fixture::new();
    let service = fixture.open().unwrap();
    let other = SessionId::from_bytes([1; 16]);
    for name in [A, B] {
        // A directory in the way of the temporary file fails the write whatever the user's rights.
        let blocker = fixture.dir.path().join(format!("{name}.tmp"));
        fs::create_dir(&blocker).unwrap();
        assert!(
            matches!(service.create_session_key(other), Err(Error::NotWritable(_))),
            "{name} is blocked"
        );
        fs::remove_dir(&blocker).unwrap();
        service.create_session_key(other).unwrap();
        let reopened = fixture.open().unwrap();
        assert_eq!(
            reopened.generations(),
            Generations::Whole,
            "repeating made both files agree"
        );
        assert_eq!(reopened.session_keys(), [other, SESSION]);
        service.destroy_session_key(other).unwrap();
    }
}

#[test]
fn a_failed_creation_leaves_nothing_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("keys-a.ccc.tmp")).unwrap();
    let secret = passphrase();
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&secret),
    };
    assert!(matches!(
        manager(dir.path()).create(PROFILE, ways, false),
        Err(Error::NotWritable(_))
    ));
    fs::remove_dir(dir.path().join("keys-a.ccc.tmp")).unwrap();
    assert!(
        manager(dir.path()).create(PROFILE, ways, false).is_ok(),
        "the next attempt is a first one"
    );
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    for name in [A, B] {
        let mode = fs::metadata(fixture.dir.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let inner = fixture.dir.path().join("deep/vault");
    let (secret, id) = (passphrase(), ccc_domain::ProfileId::from_bytes([1; 16]));
    let ways = NewWays {
        keychain: false,
        passphrase: Some(&secret),
    };
    manager(&inner).create(id, ways, false).unwrap();
    assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn copies_beside_backups_open_and_follow_a_destruction() {
    let (fixture, backup) = (Fixture::new(), tempfile::tempdir().unwrap());
    let service = fixture.open().unwrap();
    let other = SessionId::from_bytes([1; 16]);
    service.create_session_key(other).unwrap();
    service.copy_keys_to(backup.path()).unwrap();
    assert_eq!(service.copy_keys_to(backup.path()).err(), Some(Error::AlreadyExists));
    let restored = || manager(backup.path()).unlock_with_recovery(&fixture.recovery).unwrap();
    assert_eq!(restored().session_keys(), [other, SESSION]);
    service.destroy_session_key(SESSION).unwrap();
    service.destroy_session_key_in(backup.path(), SESSION).unwrap();
    assert_eq!(
        (restored().session_keys(), restored().generations()),
        (vec![other], Generations::Whole)
    );
    service.destroy_session_key_in(backup.path(), SESSION).unwrap();

    let stranger = Fixture::new();
    let refused = service.destroy_session_key_in(stranger.dir.path(), SESSION);
    assert_eq!(
        refused.err(),
        Some(Error::KeysMismatch),
        "another master key's file is left alone"
    );
    assert!(read_all(stranger.dir.path()) == stranger.files);
    let nowhere = service.destroy_session_key_in(&backup.path().join("none"), SESSION);
    assert_eq!(nowhere, Ok(()));
}

#[test]
fn keys_of_the_same_master_key_open_without_a_secret_and_join() {
    let (fixture, older, joined) = (
        Fixture::new(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let service = fixture.open().unwrap();
    service.copy_keys_to(older.path()).unwrap();
    let (only_here, place) = (SessionId::from_bytes([1; 16]), fixture.dir.path());
    service.create_session_key(only_here).unwrap();
    service.destroy_session_key(SESSION).unwrap();

    let before = read_all(older.path());
    let opened = service.open_keys_in(older.path()).unwrap();
    assert_eq!(opened.session_keys(), [SESSION], "as they were copied");
    assert!(read_all(older.path()) == before, "nothing was written");
    service.copy_keys_joined_to(joined.path(), &opened).unwrap();
    let found = manager(joined.path()).unlock_with_recovery(&fixture.recovery).unwrap();
    assert_eq!(found.session_keys(), [only_here, SESSION], "those of both");
    let again = service.copy_keys_joined_to(joined.path(), &opened);
    assert_eq!(again.err(), Some(Error::AlreadyExists));

    let stranger = Fixture::new();
    assert_eq!(
        service.open_keys_in(stranger.dir.path()).err(),
        Some(Error::KeysMismatch)
    );
    let refused = service.copy_keys_joined_to(&place.join("no"), &stranger.open().unwrap());
    assert_eq!(refused.err(), Some(Error::KeysMismatch));
    assert_eq!(service.open_keys_in(&place.join("no")).err(), Some(Error::KeysMissing));
    service.lock();
    assert_eq!(service.open_keys_in(older.path()).err(), Some(Error::Locked));
}

#[test]
fn destroying_a_key_leaves_no_damaged_copy_that_may_still_hold_it() {
    for damaged in [A, B] {
        let (fixture, backup) = (Fixture::new(), tempfile::tempdir().unwrap());
        let service = fixture.open().unwrap();
        service.copy_keys_to(backup.path()).unwrap();
        let mut bytes = fs::read(backup.path().join(damaged)).unwrap();
        bytes[100] ^= 1;
        fs::write(backup.path().join(damaged), bytes).unwrap();
        service.destroy_session_key_in(backup.path(), SESSION).unwrap();
        let files = read_all(backup.path());
        assert!(files[A] == files[B], "both are written anew");
        assert_eq!(service.open_keys_in(backup.path()).unwrap().session_keys(), []);
    }
}
