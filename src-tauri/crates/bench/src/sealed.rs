//! CCC's side: a profile of its own, opened by a passphrase everybody knows.

use std::path::Path;

use ccc_engine::{Engine, Keychain, Passphrase, Profile, Ways};

use crate::error::Error;

/// Nothing secret is measured.
const PASSPHRASE: &str = "no secret is kept here";

fn passphrase() -> Result<Passphrase, Error> {
    Ok(Passphrase::new(PASSPHRASE.to_owned()).map_err(ccc_engine::Error::from)?)
}

/// Makes a profile in `directory`.
pub fn create(directory: &Path) -> Result<Engine, Error> {
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase()?),
    };
    let (engine, _recovery) = Profile::acquire(directory, Keychain::none())?.create(&ways)?;
    Ok(engine)
}

/// A profile with its keys in hand: calling the closure is what is measured, deriving a passphrase's key is not.
pub fn unlocked(directory: &Path) -> Result<impl FnOnce() -> Result<Engine, Error> + use<>, Error> {
    let profile = Profile::acquire(directory, Keychain::none())?;
    let keys = profile.unlock_with_passphrase(&passphrase()?)?;
    Ok(move || Ok(profile.open(keys)?))
}
