//! A profile over a keychain, made and looked at.

use std::{fs, path::Path};

use ccc_domain::ErrorCode;
use ccc_engine::{Engine, Error as EngineError, Keychain, Opening, Profile, RecoveryKey, Ways};

use super::{UNLOCKED, nasty::Store};
use crate::{
    error::Error,
    profile::{self, PASSPHRASE},
};

const SESSIONS: usize = 1;
const TURNS: usize = 3;

/// What opens a profile, and its account in the keychain.
pub struct Made {
    pub recovery: RecoveryKey,
    pub account: String,
}

/// A profile that keychain and passphrase open, with turns in it.
pub fn set_up(directory: &Path, keychain: &Keychain) -> Result<Made, Error> {
    let (engine, recovery) = create(directory, keychain, true)?;
    profile::fill(&engine, SESSIONS, TURNS)?;
    engine.close();
    let account = engine.profile_id().to_string();
    Ok(Made { recovery, account })
}

fn create(directory: &Path, keychain: &Keychain, passphrase: bool) -> Result<(Engine, RecoveryKey), EngineError> {
    let text = ccc_engine::Passphrase::new(PASSPHRASE.to_owned())?;
    let ways = Ways {
        keychain: true,
        passphrase: passphrase.then_some(&text),
    };
    Profile::acquire(directory, keychain.clone())?.create(&ways)
}

/// What opening comes to, in a word.
pub fn opening(directory: &Path, keychain: &Keychain) -> Result<String, Error> {
    Ok(match Profile::acquire(directory, keychain.clone())?.opening() {
        Ok(Opening::FirstRun) => "first run".to_owned(),
        Ok(Opening::Unlocked(_)) => UNLOCKED.to_owned(),
        Ok(Opening::NeedsPassphrase { why }) => format!("{why:?}"),
        Ok(Opening::KeychainUnavailable {
            error,
            passphrase: true,
        }) => format!("{error:?}"),
        other => format!("{:?}", other.map_err(|error| error.code())),
    })
}

/// What is wrong with a profile over this keychain.
pub fn looked_at(
    directory: &Path,
    keychain: &Keychain,
    recovery: &RecoveryKey,
    expected: &str,
) -> Result<Vec<String>, Error> {
    let (mut wrong, before) = (Vec::new(), profile::files(directory)?);
    let told = opening(directory, keychain)?;
    if told != expected {
        wrong.push(format!("opening says {told} and not {expected}"));
    }
    for passphrase in [true, false] {
        match create(directory, keychain, passphrase) {
            Err(error) if error.code() == ErrorCode::AlreadyExists => {}
            Err(error) => wrong.push(format!("making a profile over it says {}", error.code())),
            Ok(_) => wrong.push("a new profile was made over it".to_owned()),
        }
    }
    if profile::files(directory)? != before {
        wrong.push("a file changed".to_owned());
    }
    let passphrase = profile::passphrase(PASSPHRASE)?;
    let open = |unlock: &dyn Fn(&Profile) -> Result<_, EngineError>| {
        let profile = Profile::acquire(directory, keychain.clone())?;
        let keys = unlock(&profile)?;
        profile.open(keys)
    };
    wrong.extend(unread(
        "the recovery key",
        open(&|profile| profile.unlock_with_recovery(recovery)),
    ));
    wrong.extend(unread(
        "the passphrase",
        open(&|profile| profile.unlock_with_passphrase(&passphrase)),
    ));
    Ok(wrong)
}

/// What is wrong with what an opened profile says.
fn unread(by: &str, opened: Result<Engine, EngineError>) -> Option<String> {
    match opened.and_then(|engine| profile::as_stored(&engine)) {
        Ok(turns) if turns == SESSIONS * 2 * TURNS => None,
        Ok(turns) => Some(format!("by {by} {turns} turns are read")),
        Err(error) => Some(format!("{by} does not open it: {}", error.code())),
    }
}

/// What is wrong with profiles made over a keychain that does not take a secret: with a passphrase they go without it,
/// with nothing else they are not made.
pub fn made_without(directory: &Path, keychain: &Keychain) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    match create(directory, keychain, false) {
        Err(error) if error.code() == ErrorCode::KeychainUnavailable => {}
        Err(error) => wrong.push(format!("a profile of it alone says {}", error.code())),
        Ok(_) => wrong.push("a profile was made of it alone".to_owned()),
    }
    let made = profile::files(directory)?;
    if made
        .keys()
        .any(|path| path.extension().is_some_and(|ending| ending == "ccc"))
    {
        wrong.push("a profile that could not be made left files".to_owned());
    }
    match create(directory, keychain, true) {
        Ok((engine, _)) if engine.ways()?.keychain => wrong.push("a way in that is none".to_owned()),
        Ok((engine, _)) => drop(engine.close()),
        Err(error) => wrong.push(format!("a profile with a passphrase is not made: {}", error.code())),
    }
    fs::remove_dir_all(directory)?;
    Ok(wrong)
}

/// What is wrong with making the keychain a way in again where it does not keep the entry.
pub fn not_enrolled(directory: &Path, keychain: &Keychain, store: &Store, made: &Made) -> Result<Vec<String>, Error> {
    store.remove(&made.account);
    let keys = |directory: &Path| -> Result<_, Error> {
        Ok((
            fs::read(directory.join("keys-a.ccc"))?,
            fs::read(directory.join("keys-b.ccc"))?,
        ))
    };
    let before = keys(directory)?;
    let profile = Profile::acquire(directory, keychain.clone())?;
    let opened = profile.unlock_with_recovery(&made.recovery)?;
    let engine = profile.open(opened)?;
    let mut wrong = Vec::new();
    if engine.enrol_keychain().is_ok() {
        wrong.push("it became a way in".to_owned());
    }
    if keys(directory)? != before {
        wrong.push("the keys files changed".to_owned());
    }
    Ok(wrong)
}
