//! What opens a profile, and whether it still does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;

use ccc_engine::{
    Engine, Keychain, Opening, Profile,
    domain::ErrorCode,
    health::{Advice, Check},
};
use tempfile::TempDir;

/// The check of the keychain, without its time.
fn keychain_check(engine: &Engine) -> (Option<ErrorCode>, String, Option<Advice>) {
    let Check {
        failure,
        detail,
        advice,
        ..
    } = engine
        .health()
        .checks
        .into_iter()
        .find(|check| check.name == "keychain")
        .unwrap();
    (failure, detail, advice)
}

#[test]
fn a_renewed_recovery_key_is_unseen_until_it_was_shown_and_the_old_one_opens_nothing() {
    let directory = TempDir::new().unwrap();
    let (engine, first) = place::create(directory.path());
    assert!(!engine.recovery_was_shown().unwrap(), "nobody confirmed it yet");
    engine.note_recovery_shown().unwrap();
    assert!(engine.recovery_was_shown().unwrap());
    let second = engine.renew_recovery().unwrap();
    assert!(!engine.recovery_was_shown().unwrap(), "the new one was not confirmed");
    drop(engine);
    let refused = place::reopen(directory.path(), &first).err().map(|error| error.code());
    assert_eq!(refused, Some(ErrorCode::WrongSecret));
    let engine = place::reopen(directory.path(), &second).unwrap();
    assert!(!engine.recovery_was_shown().unwrap(), "also after the next opening");
    engine.note_recovery_shown().unwrap();
    assert!(engine.recovery_was_shown().unwrap());
}

#[test]
fn a_keychain_entry_that_is_gone_is_told_and_can_be_put_back() {
    let directory = TempDir::new().unwrap();
    let (engine, recovery) = place::create(directory.path());
    let account = engine.profile_id().to_string();
    let sound = (None, "holds this profile's entry".to_owned(), None);
    assert_eq!(keychain_check(&engine), sound);

    engine.profile().keychain().delete(&account).unwrap();
    let gone = "holds no entry of this profile".to_owned();
    assert_eq!(keychain_check(&engine), (None, gone, Some(Advice::EnrolKeychain)));
    assert!(engine.health().is_healthy(), "it works today");

    engine.enrol_keychain().unwrap();
    assert_eq!(keychain_check(&engine), sound);
    let (profile, keychain) = (engine.profile().clone(), engine.profile().keychain().clone());
    drop((engine, profile));
    let again = Profile::acquire(directory.path(), keychain).unwrap();
    assert!(
        matches!(again.opening().unwrap(), Opening::Unlocked(_)),
        "the keychain opens it again"
    );
    drop(again);
    place::reopen(directory.path(), &recovery).unwrap();
}

#[test]
fn a_keychain_that_is_no_way_in_is_not_missed() {
    let directory = TempDir::new().unwrap();
    let passphrase = ccc_engine::Passphrase::new("correct horse battery".to_owned()).unwrap();
    let ways = ccc_engine::Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let profile = Profile::acquire(directory.path(), Keychain::none()).unwrap();
    let (engine, _) = profile.create(&ways).unwrap();
    let seen = (None, "not a way into this profile".to_owned(), None);
    assert_eq!(keychain_check(&engine), seen);
}
