//! Secrets: from the environment for automation, else typed where nobody sees them. Never from an argument.

use std::{
    env,
    io::{self, IsTerminal},
};

use ccc_engine::{ApiKey, Passphrase, RecoveryKey};

use crate::{error::Error, out};

const BLANK: Error = Error::Invalid("the passphrase is blank");
const SHORT: Error = Error::Invalid("a new passphrase has at least 8 characters");

/// Whether a person can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// CCC_PASSPHRASE, where it is set.
///
/// # Errors
/// [`Error::Invalid`] when it is blank or not text.
pub fn passphrase_given() -> Result<Option<Passphrase>, Error> {
    given("CCC_PASSPHRASE")?.map(passphrase).transpose()
}

/// A passphrase, typed.
///
/// # Errors
/// [`Error::Invalid`] when it is blank; [`Error::Output`] when the terminal fails.
pub fn ask_passphrase() -> Result<Passphrase, Error> {
    passphrase(ask("Passphrase: ")?)
}

/// A new passphrase: CCC_PASSPHRASE, else typed twice.
///
/// # Errors
/// [`Error::Invalid`] when it is short or blank, when the two differ, or when there is nobody to ask.
pub fn new_passphrase() -> Result<Passphrase, Error> {
    let passphrase = match passphrase_given()? {
        Some(given) => given,
        None if can_ask() => ask_twice()?,
        None => return Err(Error::Invalid("no passphrase is given: set CCC_PASSPHRASE")),
    };
    passphrase.check_new().map_err(|_| SHORT)?;
    Ok(passphrase)
}

/// A passphrase in place of the one that opened the profile: CCC_NEW_PASSPHRASE, else typed twice.
///
/// # Errors
/// As [`new_passphrase`].
pub fn changed_passphrase() -> Result<Passphrase, Error> {
    let passphrase = match given("CCC_NEW_PASSPHRASE")?.map(passphrase).transpose()? {
        Some(given) => given,
        None if can_ask() => ask_twice()?,
        None => return Err(Error::Invalid("no passphrase is given: set CCC_NEW_PASSPHRASE")),
    };
    passphrase.check_new().map_err(|_| SHORT)?;
    Ok(passphrase)
}

fn ask_twice() -> Result<Passphrase, Error> {
    out::note("A passphrase opens your memory on this machine. It has at least 8 characters and is kept nowhere.");
    let first = ask("New passphrase: ")?;
    let second = ask("The same again: ")?;
    let same = first == second;
    let (first, _second) = (passphrase(first)?, Passphrase::new(second));
    if same {
        Ok(first)
    } else {
        Err(Error::Invalid("the two passphrases differ"))
    }
}

/// CCC_RECOVERY_KEY, where it is set.
///
/// # Errors
/// [`Error::Invalid`] when it is no recovery key.
pub fn recovery_given() -> Result<Option<RecoveryKey>, Error> {
    given("CCC_RECOVERY_KEY")?.map(recovery).transpose()
}

/// The recovery key, typed.
///
/// # Errors
/// [`Error::Invalid`] when it is no recovery key; [`Error::Output`] when the terminal fails.
pub fn ask_recovery() -> Result<RecoveryKey, Error> {
    recovery(ask("Recovery key: ")?)
}

/// CCC_API_KEY, where it is set: in place of the keychain's.
///
/// # Errors
/// [`Error::Invalid`] when it is not text.
pub fn api_key() -> Result<Option<ApiKey>, Error> {
    Ok(given("CCC_API_KEY")?.map(ApiKey::new))
}

/// CCC_API_KEY as text, to be stored.
///
/// # Errors
/// [`Error::Invalid`] when it is not text.
pub fn api_key_text() -> Result<Option<String>, Error> {
    given("CCC_API_KEY")
}

/// A provider's key, typed; none when nothing was.
///
/// # Errors
/// [`Error::Output`] when the terminal fails.
pub fn ask_api_key() -> Result<Option<String>, Error> {
    let key = ask("API key (empty for none): ")?;
    Ok(Some(key).filter(|key| !key.trim().is_empty()))
}

fn given(name: &'static str) -> Result<Option<String>, Error> {
    match env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::Invalid("a secret in the environment is not valid text")),
    }
}

fn passphrase(text: String) -> Result<Passphrase, Error> {
    Passphrase::new(text).map_err(|_| BLANK)
}

fn recovery(text: String) -> Result<RecoveryKey, Error> {
    let parsed = RecoveryKey::parse(&text);
    // Held as a passphrase for its end alone: that overwrites it.
    drop(Passphrase::new(text));
    parsed.map_err(|_| {
        Error::Invalid("that is no recovery key: nine groups of four letters and digits; check its typing")
    })
}

fn ask(prompt: &str) -> Result<String, Error> {
    Ok(rpassword::prompt_password(prompt)?)
}
