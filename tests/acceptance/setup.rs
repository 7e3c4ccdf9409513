//! Setting a profile up, cut short or over something that is there.

use ccc_domain::ErrorCode;
use ccc_engine::{Engine, Keychain, Passphrase, Profile, Ways, memory::NewSession};

use crate::profile::Home;

fn profile(home: &Home) -> Profile {
    Profile::acquire(home.directory.path(), Keychain::none()).unwrap()
}

fn create(home: &Home) -> Result<Engine, ErrorCode> {
    let passphrase = Passphrase::new("another passphrase".to_owned()).unwrap();
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    profile(home).create(&ways).map(|made| made.0).map_err(|e| e.code())
}

#[test]
fn a_setting_up_that_was_cut_is_finished_and_gives_a_new_recovery_key() {
    let (home, engine) = Home::new();
    drop(engine);
    std::fs::remove_file(home.directory.path().join("data.ccc")).unwrap();

    let engine = home.reopen();
    assert!(!engine.recovery_was_shown().unwrap(), "nobody noted that it was");
    let recovery = engine.renew_recovery().unwrap();
    engine.note_recovery_shown().unwrap();
    drop(engine);

    let again = profile(&home);
    let keys = again.unlock_with_recovery(&recovery).unwrap();
    let engine = again.open(keys).unwrap();
    assert_eq!(
        (
            engine.recovery_was_shown().unwrap(),
            engine.memory.turn_count().unwrap()
        ),
        (true, 0)
    );
}

#[test]
fn nothing_is_ever_made_over_keys_or_data_that_are_there() {
    let (home, engine) = Home::new();
    engine.memory.initialize_session(NewSession::default()).unwrap();
    drop(engine);
    let directory = home.directory.path();
    assert_eq!(create(&home).err(), Some(ErrorCode::AlreadyExists));

    let data = directory.join("data.ccc");
    std::fs::rename(&data, directory.join("moved")).unwrap();
    let keys = profile(&home);
    let unlocked = keys
        .unlock_with_passphrase(&Passphrase::new("correct horse battery".to_owned()).unwrap())
        .unwrap();
    let missing = keys.open(unlocked).map(drop).unwrap_err().code();
    assert_eq!(
        missing,
        ErrorCode::DataDamaged,
        "keys that sealed something, and nothing here: not a new start"
    );
    assert!(!data.exists(), "and no empty data file in its place");

    std::fs::rename(directory.join("moved"), &data).unwrap();
    for file in ["keys-a.ccc", "keys-b.ccc"] {
        std::fs::remove_file(directory.join(file)).unwrap();
    }
    assert_eq!(create(&home).err(), Some(ErrorCode::AlreadyExists));
    assert_eq!(profile(&home).opening().unwrap_err().code(), ErrorCode::KeysMissing);
}
