//! The way into a profile: its directory, its lock, its keys, its data.

use std::path::PathBuf;

use ccc_engine::{
    EncryptionService, Engine, Error as EngineError, Keychain, Opening, Profile,
    logging::{self, LogGuard},
};
use tokio::runtime::Runtime;

use crate::{args::Global, error::Error, out, secrets};

/// How often a typed secret may be wrong.
const ATTEMPTS: usize = 3;

/// An open profile, and what running a cycle in it takes.
///
/// Dropped in this order: the runtime waits for the blocking work it still has, such as storing a turn, and only then
/// does the engine release the profile's lock.
pub struct App {
    pub runtime: Runtime,
    pub engine: Engine,
    /// Whether the keychain was left alone on request.
    pub no_keychain: bool,
    _log: Option<LogGuard>,
}

impl App {
    /// Around an engine that was just opened or made.
    ///
    /// # Errors
    /// [`Error::Output`] when the system gives no threads.
    pub fn new(engine: Engine, global: &Global, log: Option<LogGuard>) -> Result<Self, Error> {
        Ok(Self {
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
            engine,
            no_keychain: global.no_keychain,
            _log: log,
        })
    }

    /// Opens the profile, asking for a secret where the keychain does not do and a person is there.
    ///
    /// # Errors
    /// [`EngineError::NotInitialised`]; [`Error::Locked`] when a secret is missing; the engine's.
    pub fn open(global: &Global) -> Result<Self, Error> {
        let profile = existing(global)?;
        let opening = profile.opening()?;
        if matches!(opening, Opening::FirstRun) {
            return Err(EngineError::NotInitialised.into());
        }
        Self::unlock(profile, opening, global)
    }

    /// Opens the profile in the way that `opening` found, and shows a new recovery key where nobody may have seen the
    /// last one.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn unlock(profile: Profile, opening: Opening, global: &Global) -> Result<Self, Error> {
        let log = start_log(&profile);
        let keys = keys(&profile, opening, global.recovery_key)?;
        let engine = profile.open(keys)?;
        if engine.audit.is_cut() {
            out::note(
                "note: what was written last is missing, as after damage to the disk: restore a backup of that time, or \
                 take the data as it is: ccc-cli audit accept",
            );
        }
        replace_unseen_recovery(&engine);
        Self::new(engine, global, log)
    }
}

impl Drop for App {
    /// What was read goes into the audit trail, and its end is anchored.
    fn drop(&mut self) {
        self.engine.audit.settle();
    }
}

/// Shows a new recovery key until one was seen. A failure of this keeps nobody from the data: it is told, and the next
/// command tries again.
fn replace_unseen_recovery(engine: &Engine) {
    let done = match engine.recovery_was_shown() {
        Ok(true) => return,
        Ok(false) => renew_recovery(engine),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = done {
        out::note(format!(
            "note: whether the recovery key was seen is not known ({}); the next command tries again",
            error.code()
        ));
    }
}

fn renew_recovery(engine: &Engine) -> Result<(), Error> {
    let recovery = engine.renew_recovery()?;
    out::note_or_fail(format!(
        "The recovery key of this profile may not have been seen. This one replaces it, and the old one opens \
         nothing:\n\n    {}\n\nWrite it down now and keep it apart from this machine. It is shown only once and stored nowhere.\n",
        recovery.reveal().as_str()
    ))?;
    Ok(engine.note_recovery_shown()?)
}

/// The profile's directory.
///
/// # Errors
/// [`EngineError::Invalid`] when none is named and the system knows no place.
pub fn directory(global: &Global) -> Result<PathBuf, Error> {
    match &global.data_dir {
        Some(directory) => Ok(directory.clone()),
        None => Ok(Profile::default_directory()?),
    }
}

/// The keychain to use.
pub fn keychain(global: &Global) -> Keychain {
    if global.no_keychain {
        Keychain::none()
    } else {
        Keychain::system()
    }
}

/// The lock of a profile whose directory is there; a mistyped directory is not made by looking into it.
///
/// # Errors
/// [`EngineError::NotInitialised`]; [`EngineError::ProfileInUse`]; [`EngineError::Io`].
pub fn existing(global: &Global) -> Result<Profile, Error> {
    let directory = directory(global)?;
    if !directory.try_exists().map_err(EngineError::from)? {
        return Err(EngineError::NotInitialised.into());
    }
    Ok(Profile::acquire(&directory, keychain(global))?)
}

/// Logs into the profile. Without a log everything else still works.
pub fn start_log(profile: &Profile) -> Option<LogGuard> {
    let started = logging::start(&profile.logs());
    if let Err(error) = &started {
        out::note(format!("note: no log is written ({})", error.code()));
    }
    started.ok()
}

/// Opens the keys by the way that works, and nothing else.
///
/// # Errors
/// [`EngineError::NotInitialised`]; [`Error::Locked`] when a secret is missing; the engine's.
pub fn keys(profile: &Profile, opening: Opening, by_recovery: bool) -> Result<EncryptionService, Error> {
    if by_recovery {
        return with_recovery(profile);
    }
    match opening {
        Opening::FirstRun => Err(EngineError::NotInitialised.into()),
        Opening::Unlocked(keys) => Ok(keys),
        Opening::NeedsPassphrase { .. } => with_passphrase(profile),
        Opening::NeedsRecovery { .. } => with_recovery(profile),
        Opening::KeychainUnavailable { error, passphrase } => {
            out::note(format!("note: {error}"));
            if passphrase {
                with_passphrase(profile)
            } else {
                with_recovery(profile)
            }
        }
    }
}

fn with_passphrase(profile: &Profile) -> Result<EncryptionService, Error> {
    if let Some(passphrase) = secrets::passphrase_given()? {
        return Ok(profile.unlock_with_passphrase(&passphrase)?);
    }
    if let Some(recovery) = secrets::recovery_given()? {
        return Ok(profile.unlock_with_recovery(&recovery)?);
    }
    if !secrets::can_ask() {
        return Err(Error::Locked("the profile is locked: its passphrase is needed"));
    }
    for _ in 1..ATTEMPTS {
        match profile.unlock_with_passphrase(&secrets::ask_passphrase()?) {
            Err(error) if is_wrong(&error) => out::note("That is not the passphrase."),
            opened => return Ok(opened?),
        }
    }
    Ok(profile.unlock_with_passphrase(&secrets::ask_passphrase()?)?)
}

fn with_recovery(profile: &Profile) -> Result<EncryptionService, Error> {
    if let Some(recovery) = secrets::recovery_given()? {
        return Ok(profile.unlock_with_recovery(&recovery)?);
    }
    if !secrets::can_ask() {
        return Err(Error::Locked("the profile is locked: its recovery key is needed"));
    }
    Ok(profile.unlock_with_recovery(&secrets::ask_recovery()?)?)
}

fn is_wrong(error: &EngineError) -> bool {
    error.code() == ccc_domain::ErrorCode::WrongSecret
}
