//! Setting a profile up.

use ccc_domain::ErrorCode;
use ccc_engine::{Engine, Opening, Passphrase, Profile, RecoveryKey, Ways};

use crate::{
    args::Global,
    error::Error,
    open::{self, App},
    out::{self, Out},
    secrets,
};

/// `ccc-cli init`.
///
/// # Errors
/// [`Error::SetUpAlready`]; the engine's for data without keys; those of [`set_up`].
pub fn run(global: &Global, passphrase: bool) -> Result<(), Error> {
    let profile = Profile::acquire(&open::directory(global)?, open::keychain(global))?;
    match profile.opening()? {
        Opening::FirstRun => {}
        _ => return Err(Error::SetUpAlready),
    }
    let (app, recovery) = set_up(global, profile, passphrase)?;
    show_recovery_key(&mut Out::new(), &app.engine, &recovery)
}

/// Makes the keys and the data of a profile that has neither: with the keychain where it works, with a passphrase
/// where one is given or wanted, or where there is no keychain.
///
/// # Errors
/// [`Error::NoKeychain`] without keychain and passphrase; [`Error::Invalid`] for the passphrase; the engine's.
pub fn set_up(global: &Global, profile: Profile, wants_passphrase: bool) -> Result<(App, RecoveryKey), Error> {
    let log = open::start_log(&profile);
    let directory = profile.directory().to_owned();
    let given = match secrets::passphrase_given()? {
        Some(_) => Some(secrets::new_passphrase()?),
        None if wants_passphrase => Some(secrets::new_passphrase()?),
        None => None,
    };
    let (engine, recovery) = match given {
        Some(passphrase) => create(profile, !global.no_keychain, Some(&passphrase))?,
        None => match with_keychain(global, profile) {
            Ok(made) => made,
            Err(error) if error.code() == ErrorCode::KeychainUnavailable => {
                if !secrets::can_ask() {
                    return Err(Error::NoKeychain);
                }
                out::note("The system's keychain cannot be used here, so a passphrase is needed.");
                let passphrase = secrets::new_passphrase()?;
                let profile = Profile::acquire(&directory, open::keychain(global))?;
                create(profile, false, Some(&passphrase))?
            }
            Err(error) => return Err(error),
        },
    };
    Ok((App::new(engine, global, log)?, recovery))
}

fn with_keychain(global: &Global, profile: Profile) -> Result<(Engine, RecoveryKey), Error> {
    if global.no_keychain {
        return Err(Error::NoKeychain);
    }
    create(profile, true, None)
}

fn create(profile: Profile, keychain: bool, passphrase: Option<&Passphrase>) -> Result<(Engine, RecoveryKey), Error> {
    Ok(profile.create(&Ways { keychain, passphrase })?)
}

/// Prints the recovery key, the only time it is seen, and notes that it was.
///
/// # Errors
/// [`Error::RecoveryNotShown`], also when nobody reads the output any more: nothing can bring this key back. The
/// engine's when it could not be noted.
pub fn show_recovery_key(out: &mut Out, engine: &Engine, recovery: &RecoveryKey) -> Result<(), Error> {
    print_recovery_key(out, recovery).map_err(|error| Error::RecoveryNotShown(error.code()))?;
    Ok(engine.note_recovery_shown()?)
}

fn print_recovery_key(out: &mut Out, recovery: &RecoveryKey) -> Result<(), Error> {
    out.line("The profile is set up. Its recovery key:")?;
    out.line("")?;
    out.heading(format!("    {}", recovery.reveal().as_str()))?;
    out.line("")?;
    out.line("Write it down now and keep it apart from this machine. It is shown only once and stored nowhere.")?;
    out.line("It opens your memory when keychain and passphrase are lost; without any of the three, nobody can.")
}
