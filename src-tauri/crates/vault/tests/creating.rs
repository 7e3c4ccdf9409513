//! Making the keys of a profile, and changing the ways in afterwards.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod nasty;
mod profile;

use std::{fs, path::Path, sync::Arc};

use ccc_vault::{Error, KeychainError, NewWays, Passphrase, RecoveryKey, SecretFault, Ways};
use nasty::{Mood, Store};
use profile::{PROFILE, Profile, files, manager, passphrase, word};

#[test]
fn a_key_is_made_only_where_there_is_neither_key_nor_data() {
    let secret = passphrase("correct horse");
    let ways = NewWays {
        keychain: true,
        passphrase: Some(&secret),
    };
    let refused = |dir: &Path, store: &Arc<Store>, data| {
        let error = manager(dir, store.keychain()).create(PROFILE, ways, data).err();
        assert_eq!(error, Some(Error::AlreadyExists));
        assert_eq!(store.calls().sets, 0, "the keychain was not touched");
    };
    let (dir, store) = (tempfile::tempdir().unwrap(), Store::new());
    refused(dir.path(), &store, true);
    assert_eq!(files(dir.path()).len(), 0);
    for name in ["keys-a.ccc", "keys-b.ccc"] {
        for content in [&b""[..], b"junk"] {
            fs::write(dir.path().join(name), content).unwrap();
            refused(dir.path(), &store, false);
            assert_eq!(fs::read(dir.path().join(name)).unwrap(), content);
            fs::remove_file(dir.path().join(name)).unwrap();
        }
    }
    // What an interrupted write left behind is no keys file.
    fs::write(dir.path().join("keys-a.ccc.tmp"), b"junk").unwrap();
    assert!(
        manager(dir.path(), store.keychain())
            .create(PROFILE, ways, false)
            .is_ok()
    );
}

#[test]
fn a_keychain_that_fails_at_creation_stops_it_only_where_it_was_the_only_way() {
    let secret = passphrase("correct horse");
    let cases = [
        (Mood::Absent, KeychainError::Unavailable),
        (Mood::Locked, KeychainError::Locked),
        (Mood::Answers(vec![9; 32]), KeychainError::VerifyFailed),
        (Mood::Forgets, KeychainError::VerifyFailed),
        (Mood::SetsButFails, KeychainError::Unavailable),
    ];
    for (mood, error) in cases {
        let (dir, store) = (tempfile::tempdir().unwrap(), Store::new());
        store.set_mood(mood.clone());
        let manager_alone = manager(dir.path(), store.keychain());
        let alone = manager_alone.create(
            PROFILE,
            NewWays {
                keychain: true,
                passphrase: None,
            },
            false,
        );
        assert_eq!(alone.err(), Some(Error::KeychainFailed(error)), "{mood:?}");
        assert_eq!(files(dir.path()).len(), 0, "{mood:?}: no keys file without a way in");
        let store = Store::new();
        store.set_mood(mood.clone());
        let manager = manager(dir.path(), store.keychain());
        let ways = NewWays {
            keychain: true,
            passphrase: Some(&secret),
        };
        let (service, _) = manager.create(PROFILE, ways, false).unwrap();
        let expected = Ways {
            keychain: false,
            passphrase: true,
            recovery: true,
        };
        assert_eq!(service.ways(), Ok(expected), "{mood:?}");
        assert_eq!(word(manager.open(true)), "passphrase, KeychainNotUsed");
    }
}

#[test]
fn an_entry_that_is_there_is_used_and_never_replaced() {
    let (dir, store) = (tempfile::tempdir().unwrap(), Store::new());
    let ways = NewWays {
        keychain: true,
        passphrase: None,
    };
    store.put(&PROFILE.to_string(), b"someone else's");
    let manager = manager(dir.path(), store.keychain());
    let refused = manager.create(PROFILE, ways, false);
    assert_eq!(refused.err(), Some(Error::KeychainFailed(KeychainError::Occupied)));
    store.put(&PROFILE.to_string(), &[5; 32]);
    manager.create(PROFILE, ways, false).unwrap();
    assert_eq!(store.entries()[&PROFILE.to_string()], [5; 32]);
    assert_eq!(word(manager.open(true)), "unlocked");
}

#[test]
fn creation_asks_for_a_way_in_and_a_decent_passphrase() {
    let dir = tempfile::tempdir().unwrap();
    let manager = manager(dir.path(), Store::new().keychain());
    let none = manager.create(
        PROFILE,
        NewWays {
            keychain: false,
            passphrase: None,
        },
        false,
    );
    assert_eq!(none.err(), Some(Error::NoWayIn));
    let short = passphrase("1234567");
    let short = manager.create(
        PROFILE,
        NewWays {
            keychain: true,
            passphrase: Some(&short),
        },
        false,
    );
    assert_eq!(short.err(), Some(Error::InvalidSecret(SecretFault::TooShort)));
    assert_eq!(
        Passphrase::new(" \t\n".into()).err(),
        Some(Error::InvalidSecret(SecretFault::Blank))
    );
    assert_eq!(files(dir.path()).len(), 0);
}

#[test]
fn a_changed_way_in_replaces_the_old_one() {
    let profile = Profile::new(true, Some("correct horse"));
    let manager = profile.manager();
    let service = manager.unlock_with_recovery(&profile.recovery).unwrap();
    manager.set_passphrase(&service, &passphrase("battery staple")).unwrap();
    let old = manager.unlock_with_passphrase(&passphrase("correct horse"));
    assert_eq!(old.err(), Some(Error::WrongSecret));
    profile.assert_opens(&manager.unlock_with_passphrase(&passphrase("battery staple")).unwrap());

    let renewed = manager.renew_recovery(&service).unwrap();
    assert_eq!(
        manager.unlock_with_recovery(&profile.recovery).err(),
        Some(Error::WrongSecret)
    );
    let renewed = RecoveryKey::parse(&renewed.reveal()).unwrap();
    profile.assert_opens(&manager.unlock_with_recovery(&renewed).unwrap());

    profile.store.remove(&PROFILE.to_string());
    assert_eq!(word(manager.open(true)), "passphrase, KeychainEmpty");
    manager.enrol_keychain(&service).unwrap();
    assert_eq!(word(manager.open(true)), "unlocked");

    manager.remove_passphrase(&service).unwrap();
    let gone = manager.unlock_with_passphrase(&passphrase("battery staple"));
    assert_eq!(gone.err(), Some(Error::WrongSecret));
    let bare = Profile::new(false, Some("correct horse"));
    let service = bare.manager().unlock_with_recovery(&bare.recovery).unwrap();
    assert_eq!(bare.manager().remove_passphrase(&service).err(), Some(Error::NoWayIn));
    assert!(
        bare.manager()
            .unlock_with_passphrase(&passphrase("correct horse"))
            .is_ok()
    );
}

#[test]
fn a_change_of_the_passphrase_cut_between_the_files_opens_with_either() {
    let profile = Profile::new(false, Some("correct horse"));
    let (manager, before) = (profile.manager(), files(profile.dir.path()));
    let service = manager.unlock_with_recovery(&profile.recovery).unwrap();
    manager.set_passphrase(&service, &passphrase("battery staple")).unwrap();
    let after = files(profile.dir.path());
    for behind in ["keys-a.ccc", "keys-b.ccc"] {
        for secret in ["correct horse", "battery staple"] {
            for (name, bytes) in &after {
                let bytes = if name == behind { &before[name] } else { bytes };
                fs::write(profile.dir.path().join(name), bytes).unwrap();
            }
            profile.assert_opens(&manager.unlock_with_passphrase(&passphrase(secret)).unwrap());
            profile.assert_opens(&manager.unlock_with_passphrase(&passphrase(secret)).unwrap());
        }
    }
}
