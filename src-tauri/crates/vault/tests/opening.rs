//! Opening a profile: which way in is asked for, and that no failure ever makes a new key.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod nasty;
mod profile;

use std::{sync::Arc, time::Duration};

use ccc_domain::ErrorCode;
use ccc_vault::{Error, Keychain, NewWays};
use nasty::{Mood, Store};
use profile::{PROFILE, Profile, files, manager, passphrase, word};

#[test]
fn whatever_the_keychain_does_another_way_in_is_offered_and_nothing_is_changed() {
    let account = PROFILE.to_string();
    for secret in [None, Some("correct horse")] {
        let profile = Profile::new(true, secret);
        let kept = profile.store.entries();
        let other = if secret.is_some() { "passphrase" } else { "recovery" };
        let offered = secret.is_some();
        let cases = [
            (Mood::Honest, "unlocked".to_owned()),
            (Mood::Forgets, format!("{other}, KeychainEmpty")),
            (Mood::Answers(vec![9; 32]), format!("{other}, KeychainWrong")),
            (
                Mood::Answers(kept[&account][..31].to_vec()),
                format!("{other}, KeychainWrong"),
            ),
            (Mood::Answers(vec![]), format!("{other}, KeychainWrong")),
            (
                Mood::Answers([kept[&account].clone(), vec![0]].concat()),
                format!("{other}, KeychainWrong"),
            ),
            (Mood::Absent, format!("Unavailable, passphrase {offered}")),
            (Mood::Locked, format!("Locked, passphrase {offered}")),
            (Mood::Denied, format!("Denied, passphrase {offered}")),
            (Mood::Ambiguous, format!("Ambiguous, passphrase {offered}")),
            (Mood::Panics, format!("Unavailable, passphrase {offered}")),
            (Mood::Honest, "unlocked".to_owned()),
        ];
        let (manager, before) = (profile.manager(), files(profile.dir.path()));
        for (mood, expected) in cases {
            profile.store.set_mood(mood.clone());
            for data_exists in [true, false] {
                assert_eq!(word(manager.open(data_exists)), expected, "{mood:?}");
            }
            assert_eq!(
                files(profile.dir.path()),
                before,
                "{mood:?}: not a byte of the keys files moved"
            );
            assert_eq!(profile.store.entries(), kept, "{mood:?}: nor of the keychain");
            profile.assert_opens(&manager.unlock_with_recovery(&profile.recovery).unwrap());
            if let Some(secret) = secret {
                profile.assert_opens(&manager.unlock_with_passphrase(&passphrase(secret)).unwrap());
            }
        }
        assert_eq!(
            profile.store.calls().sets,
            1,
            "only the creation ever wrote to the keychain"
        );
    }
}

#[test]
fn a_hanging_keychain_is_reported_in_time_and_opens_late() {
    let profile = Profile::new(true, Some("correct horse"));
    profile.store.set_mood(Mood::Hangs);
    let keychain = profile.store.keychain();
    let hasty = keychain
        .clone()
        .with_limits(Duration::from_millis(50), Duration::from_millis(50));
    let opened = manager(profile.dir.path(), hasty).open(true);
    assert_eq!(word(opened), "TimedOut, passphrase true");
    profile.store.release();
    let gets = profile.store.calls().gets;
    assert_eq!(word(manager(profile.dir.path(), keychain).open(true)), "unlocked");
    assert_eq!(profile.store.calls().gets, gets, "by the late answer");
}

#[test]
fn without_keys_only_an_empty_place_is_a_first_run() {
    let dir = tempfile::tempdir().unwrap();
    let manager = manager(&dir.path().join("vault"), Store::new().keychain());
    assert_eq!(word(manager.open(false)), "first run");
    assert_eq!(word(manager.open(true)), "KeysMissing");
    let missing = manager.unlock_with_passphrase(&passphrase("correct horse"));
    assert_eq!(missing.err(), Some(Error::KeysMissing));
}

#[test]
fn wrong_secrets_open_nothing() {
    let profile = Profile::new(false, Some("correct horse"));
    let manager = profile.manager();
    for wrong in ["correct hors", "correct horse ", "Correct horse", "x"] {
        let error = manager.unlock_with_passphrase(&passphrase(wrong)).err();
        assert_eq!(error, Some(Error::WrongSecret), "{wrong}");
    }
    let stranger = Profile::new(false, Some("correct horse"));
    let error = manager.unlock_with_recovery(&stranger.recovery).err();
    assert_eq!(error, Some(Error::WrongSecret), "another profile's recovery key");
    assert_eq!(error.unwrap().code(), ErrorCode::WrongSecret);
    let without = Profile::new(true, None)
        .manager()
        .unlock_with_passphrase(&passphrase("correct horse"));
    assert_eq!(
        without.err(),
        Some(Error::WrongSecret),
        "there is no passphrase to be right"
    );
}

#[test]
fn another_profiles_keychain_entry_opens_nothing() {
    let (profile, stranger) = (Profile::new(true, None), Profile::new(true, None));
    let account = PROFILE.to_string();
    profile.store.put(&account, &stranger.store.entries()[&account]);
    assert_eq!(word(profile.manager().open(true)), "recovery, KeychainWrong");
}

#[test]
fn the_lost_entry_of_the_keyring_projects_own_mock_makes_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let store: Arc<keyring_core::CredentialStore> = keyring_core::mock::Store::new().unwrap();
    let entry = store
        .build(ccc_vault::keychain::SERVICE, &PROFILE.to_string(), None)
        .unwrap();
    let manager = manager(dir.path(), Keychain::with_store(store));
    let ways = NewWays {
        keychain: true,
        passphrase: None,
    };
    let (_, recovery) = manager.create(PROFILE, ways, false).unwrap();
    assert_eq!(word(manager.open(true)), "unlocked");
    let before = files(dir.path());
    entry.delete_credential().unwrap();
    assert_eq!(word(manager.open(true)), "recovery, KeychainEmpty");
    assert_eq!(files(dir.path()), before);
    assert!(
        matches!(entry.get_secret(), Err(keyring_core::Error::NoEntry)),
        "no entry was made"
    );
    assert!(manager.unlock_with_recovery(&recovery).is_ok());
}
