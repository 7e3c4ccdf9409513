//! Opening a profile: which way in is asked for, and that no failure ever makes a new key.

mod nasty;

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use ccc_domain::{ErrorCode, ProfileId, SessionId};
use ccc_vault::{
    EncryptionService, Error, KdfParams, KeyManager, Keychain, KeychainError, NewWays, Opening, Passphrase, Place,
    RecoveryKey, SecretFault, Ways, Why,
};
use nasty::{Mood, Store};

const PROFILE: ProfileId = ProfileId::from_bytes([7; 16]);
const SESSION: SessionId = SessionId::from_bytes([8; 16]);

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.into()).unwrap()
}

fn manager(dir: &Path, keychain: Keychain) -> KeyManager {
    KeyManager::new(dir, keychain).with_kdf(KdfParams::for_tests())
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
        .collect()
}

fn place() -> Place<'static> {
    Place {
        table: "turns",
        column: "content",
        row: [1; 16],
        session: Some(SESSION),
        fixed: &[],
    }
}

/// An opening in a word.
fn word(opening: Result<Opening, Error>) -> String {
    match opening {
        Ok(Opening::FirstRun) => "first run".into(),
        Ok(Opening::Unlocked(_)) => "unlocked".into(),
        Ok(Opening::NeedsPassphrase { why }) => format!("passphrase, {why:?}"),
        Ok(Opening::NeedsRecovery { why }) => format!("recovery, {why:?}"),
        Ok(Opening::KeychainUnavailable { error, passphrase }) => format!("{error:?}, passphrase {passphrase}"),
        Err(error) => format!("{error:?}"),
    }
}

/// A profile with one sealed value.
struct Profile {
    dir: tempfile::TempDir,
    store: Arc<Store>,
    recovery: RecoveryKey,
    sealed: Vec<u8>,
}

impl Profile {
    fn new(keychain: bool, secret: Option<&str>) -> Self {
        let (dir, store) = (tempfile::tempdir().unwrap(), Store::new());
        let secret = secret.map(passphrase);
        let ways = NewWays {
            keychain,
            passphrase: secret.as_ref(),
        };
        let (service, recovery) = manager(dir.path(), store.keychain())
            .create(PROFILE, ways, false)
            .unwrap();
        service.create_session_key(SESSION).unwrap();
        let sealed = service.seal(&place(), b"what was said").unwrap();
        Self {
            dir,
            store,
            recovery,
            sealed,
        }
    }

    fn manager(&self) -> KeyManager {
        manager(self.dir.path(), self.store.keychain())
    }

    fn assert_opens(&self, service: &EncryptionService) {
        assert_eq!(
            service.open(&place(), &self.sealed).unwrap().as_slice(),
            b"what was said"
        );
    }
}

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
        let manager = manager(dir.path(), store.keychain());
        let alone = manager.create(
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
        let manager = self::manager(dir.path(), store.keychain());
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
