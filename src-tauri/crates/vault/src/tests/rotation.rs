//! The master key replaced: what opens afterwards, and what reaches keys files of before.

use std::{fs, sync::Arc};

use super::{
    FIXED, PROFILE, SESSION,
    fixture::{A, B, Fixture, manager, passphrase, read_all},
    place,
};
use crate::{
    EncryptionService, Error, KdfParams, KeyManager, Keychain, NewWays, Opening, Passphrase, Passphrases, RecoveryKey,
    SecretFault, Ways,
};

/// New keys beside those of the fixture, with the passphrases given.
fn successor(
    fixture: &Fixture,
    passphrases: &Passphrases<'_>,
) -> Result<(tempfile::TempDir, EncryptionService, RecoveryKey), Error> {
    let dir = tempfile::tempdir().unwrap();
    let made = manager(fixture.dir.path()).make_successor(&fixture.open().unwrap(), passphrases, dir.path());
    made.map(|(service, recovery)| (dir, service, recovery))
}

#[test]
fn new_keys_open_by_the_same_passphrase_and_a_new_recovery_key_and_share_nothing_with_the_old_ones() {
    let (fixture, secret) = (Fixture::new(), passphrase());
    let current = Passphrases {
        current: Some(&secret),
        new: None,
    };
    let (dir, made, recovery) = successor(&fixture, &current).unwrap();
    let by_passphrase = manager(dir.path()).unlock_with_passphrase(&secret).unwrap();
    let by_recovery = manager(dir.path()).unlock_with_recovery(&recovery).unwrap();
    for service in [&made, &by_passphrase, &by_recovery] {
        assert_eq!(service.session_keys(), [SESSION], "the same sessions");
        assert_eq!(service.check_value(), made.check_value(), "one master key");
    }
    let refused = manager(dir.path()).unlock_with_recovery(&fixture.recovery);
    assert_eq!(refused.err(), Some(Error::WrongSecret), "the old recovery key");

    let old = fixture.open().unwrap();
    assert_ne!(made.check_value().unwrap(), fixture.check, "another master key");
    for place in [
        place(&FIXED),
        crate::Place {
            session: None,
            ..place(&FIXED)
        },
    ] {
        let (before, after) = (old.seal(&place, b"said").unwrap(), made.seal(&place, b"said").unwrap());
        assert_eq!(
            made.open(&place, &before).err(),
            Some(Error::Damaged),
            "new keys, old seal"
        );
        assert_eq!(
            old.open(&place, &after).err(),
            Some(Error::Damaged),
            "old keys, new seal"
        );
    }
    assert_eq!(old.open_keys_in(dir.path()).err(), Some(Error::KeysMismatch));
    assert_eq!(made.open_keys_in(fixture.dir.path()).err(), Some(Error::KeysMismatch));
    assert!(
        read_all(fixture.dir.path()) == fixture.files,
        "the old files are as they were"
    );
}

#[test]
fn a_new_passphrase_takes_the_place_of_the_old_one() {
    let (fixture, secret) = (Fixture::new(), passphrase());
    let other = Passphrase::new("battery staple".into()).unwrap();
    let both = Passphrases {
        current: Some(&secret),
        new: Some(&other),
    };
    let (dir, made, _) = successor(&fixture, &both).unwrap();
    let manager = manager(dir.path());
    assert_eq!(manager.unlock_with_passphrase(&secret).err(), Some(Error::WrongSecret));
    assert_eq!(
        manager.unlock_with_passphrase(&other).unwrap().check_value(),
        made.check_value()
    );
}

#[test]
fn a_passphrase_that_is_missing_wrong_or_too_short_makes_nothing() {
    let (fixture, secret) = (Fixture::new(), passphrase());
    let (wrong, short) = (
        Passphrase::new("not this one".into()).unwrap(),
        Passphrase::new("short".into()).unwrap(),
    );
    let cases = [
        (None, None, Error::PassphraseNeeded),
        (None, Some(&wrong), Error::PassphraseNeeded),
        (Some(&wrong), None, Error::WrongSecret),
        (Some(&secret), Some(&short), Error::InvalidSecret(SecretFault::TooShort)),
    ];
    for (current, new, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let made = manager(fixture.dir.path()).make_successor(
            &fixture.open().unwrap(),
            &Passphrases { current, new },
            dir.path(),
        );
        assert_eq!(made.err(), Some(expected));
        assert!(read_all(dir.path()).is_empty(), "no file for {expected:?}");
    }
}

#[test]
fn the_keychain_opens_the_new_keys_too_unless_it_fails_where_a_passphrase_does() {
    let store: Arc<keyring_core::CredentialStore> = keyring_core::mock::Store::new().unwrap();
    let (dir, secret) = (tempfile::tempdir().unwrap(), passphrase());
    let with = |keychain| KeyManager::new(dir.path(), keychain).with_kdf(KdfParams::for_tests());
    let working = with(Keychain::with_store(store.clone()));
    let ways = NewWays {
        keychain: true,
        passphrase: None,
    };
    let (service, _) = working.create(PROFILE, ways, false).unwrap();
    let entry = Keychain::with_store(store.clone()).get(&PROFILE.to_string()).unwrap();

    let next = tempfile::tempdir().unwrap();
    working
        .make_successor(&service, &Passphrases::default(), next.path())
        .unwrap();
    let reopened = KeyManager::new(next.path(), Keychain::with_store(store.clone()));
    assert!(matches!(reopened.open(true).unwrap(), Opening::Unlocked(_)));
    assert_eq!(
        Keychain::with_store(store).get(&PROFILE.to_string()).unwrap(),
        entry,
        "its entry stays"
    );

    let refused = tempfile::tempdir().unwrap();
    let broken = with(Keychain::none());
    let alone = broken.make_successor(&service, &Passphrases::default(), refused.path());
    assert!(
        matches!(alone.err(), Some(Error::KeychainFailed(_))),
        "the only way in that is left"
    );
    assert!(read_all(refused.path()).is_empty());
    let new = Passphrases {
        current: None,
        new: Some(&secret),
    };
    let (without, _) = broken.make_successor(&service, &new, refused.path()).unwrap();
    let expected = Ways {
        keychain: false,
        passphrase: true,
        recovery: true,
    };
    assert_eq!(without.ways().unwrap(), expected);
}

#[test]
fn a_session_key_is_struck_out_of_keys_files_of_every_master_key_before_and_none_of_them_opens() {
    let (fixture, secret) = (Fixture::new(), passphrase());
    let current = Passphrases {
        current: Some(&secret),
        new: None,
    };
    let (second, _, recovery) = successor(&fixture, &current).unwrap();
    let second_service = manager(second.path()).unlock_with_recovery(&recovery).unwrap();
    let third = tempfile::tempdir().unwrap();
    manager(second.path())
        .make_successor(&second_service, &current, third.path())
        .unwrap();
    let live = manager(third.path()).unlock_with_passphrase(&secret).unwrap();

    let stranger = Fixture::new();
    assert_eq!(
        live.recognises_keys_in(stranger.dir.path()),
        Ok(false),
        "the same profile id, other keys"
    );
    let refused = live.destroy_session_key_in(stranger.dir.path(), SESSION);
    assert_eq!(refused.err(), Some(Error::KeysMismatch));
    assert!(read_all(stranger.dir.path()) == stranger.files);

    for before in [fixture.dir.path(), second.path()] {
        assert_eq!(live.recognises_keys_in(before), Ok(true));
        assert_eq!(
            live.open_keys_in(before).err(),
            Some(Error::KeysMismatch),
            "recognised, not opened"
        );
        live.destroy_session_key_in(before, SESSION).unwrap();
        let left = manager(before).unlock_with_passphrase(&secret).unwrap();
        assert_eq!(left.session_keys(), [], "and the files are whole still");
    }
    assert_eq!(live.session_keys(), [SESSION], "the live one has its own");
}

#[test]
fn an_older_keys_file_put_back_beside_the_newer_overwrites_nothing_until_the_data_spoke_for_it() {
    let (fixture, secret) = (Fixture::new(), passphrase());
    let current = Passphrases {
        current: Some(&secret),
        new: None,
    };
    let (dir, made, recovery) = successor(&fixture, &current).unwrap();
    let newer = read_all(dir.path());
    for older in [A, B] {
        let put_back = || {
            for (name, bytes) in &newer {
                fs::write(dir.path().join(name), bytes).unwrap();
            }
            fs::write(dir.path().join(older), &fixture.files[older]).unwrap();
            read_all(dir.path())
        };
        let mixed = put_back();
        let old = manager(dir.path()).unlock_with_recovery(&fixture.recovery).unwrap();
        assert_eq!(old.check_value().unwrap(), fixture.check);
        assert!(read_all(dir.path()) == mixed, "{older}: the newer file is still there");
        let new = manager(dir.path()).unlock_with_recovery(&recovery).unwrap();
        assert_eq!(new.check_value(), made.check_value(), "and opens");
        assert!(read_all(dir.path()) == mixed);
        new.put_right().unwrap();
        let refused = manager(dir.path()).unlock_with_recovery(&fixture.recovery);
        assert_eq!(
            refused.err(),
            Some(Error::WrongSecret),
            "{older}: the older file is gone"
        );
    }
}

#[test]
fn a_file_with_retired_keys_is_of_version_two_and_loses_them_to_no_change() {
    let (fixture, secret) = (Fixture::new(), passphrase());
    let current = Passphrases {
        current: Some(&secret),
        new: None,
    };
    let (dir, ..) = successor(&fixture, &current).unwrap();
    let other = ccc_domain::SessionId::from_bytes([1; 16]);
    let (before, live) = (
        read_all(dir.path()),
        manager(dir.path()).unlock_with_passphrase(&secret).unwrap(),
    );
    assert_eq!(before[A][8..12], [0, 2, 0xff, 0xfd]);
    assert_eq!(before[A].len(), fixture.files[A].len() + 1 + 60, "one count, one key");
    live.create_session_key(other).unwrap();
    live.destroy_session_key_in(fixture.dir.path(), SESSION).unwrap();
    let reopened = manager(dir.path()).unlock_with_passphrase(&secret).unwrap();
    assert_eq!(reopened.session_keys(), [other, SESSION]);
    assert_eq!(reopened.recognises_keys_in(fixture.dir.path()), Ok(true));
}
