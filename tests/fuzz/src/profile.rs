//! The profile in `profile`, put where a target may spoil it.

use std::{fs, path::Path};

use ccc_engine::{Engine, Keychain, Profile, RecoveryKey};
use tempfile::TempDir;

use crate::{Broken, setup};

/// Where it is.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profile");
/// Its keys files, which differ in their generation alone.
pub const KEYS: [&str; 2] = ["keys-a.ccc", "keys-b.ccc"];
/// Its data file, of pages of 512 bytes.
pub const DATA: &str = "data.ccc";
/// The end of its audit trail.
pub const ANCHOR: &str = "audit-head.ccc";
/// The manifest of a backup of it.
pub const MANIFEST: &str = "manifest.json";
/// The recovery key that opens it.
pub const RECOVERY: &str = "recovery.txt";
/// The one that opens another profile.
pub const ANOTHERS_RECOVERY: &str = "another-recovery.txt";

/// What opens it beside its recovery key. Any other opens nothing.
pub const PASSPHRASE: &str = "a passphrase of nobody";

/// A directory of its own for a target: in memory where the system has such a place, unless `TMPDIR` names another.
///
/// # Errors
/// [`Broken::Setup`].
pub fn place() -> Result<TempDir, Broken> {
    if std::env::var_os("TMPDIR").is_none()
        && let Ok(place) = tempfile::tempdir_in("/dev/shm")
    {
        return Ok(place);
    }
    tempfile::tempdir().map_err(setup)
}

/// One of its files.
///
/// # Errors
/// [`Broken::Setup`].
pub fn file(name: &str) -> Result<Vec<u8>, Broken> {
    fs::read(Path::new(FOLDER).join(name)).map_err(setup)
}

/// Puts it into `directory`, which is emptied first.
///
/// # Errors
/// [`Broken::Setup`].
pub fn put(directory: &Path) -> Result<(), Broken> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(setup)?;
    }
    fs::create_dir_all(directory).map_err(setup)?;
    for name in KEYS.into_iter().chain([DATA, ANCHOR]) {
        fs::write(directory.join(name), file(name)?).map_err(setup)?;
    }
    Ok(())
}

/// What opens it.
///
/// # Errors
/// [`Broken::Setup`].
pub fn recovery() -> Result<RecoveryKey, Broken> {
    key_in(RECOVERY)
}

/// What opens another one.
///
/// # Errors
/// [`Broken::Setup`].
pub fn anothers_recovery() -> Result<RecoveryKey, Broken> {
    key_in(ANOTHERS_RECOVERY)
}

fn key_in(name: &str) -> Result<RecoveryKey, Broken> {
    let text = String::from_utf8(file(name)?).map_err(setup)?;
    RecoveryKey::parse(text.trim()).map_err(setup)
}

/// Opens the profile in `directory` by its recovery key, which needs no derivation.
///
/// # Errors
/// Those of the engine: where its files were spoilt, that is no broken promise.
pub fn open(directory: &Path, recovery: &RecoveryKey) -> Result<Engine, ccc_engine::Error> {
    let profile = Profile::acquire(directory, Keychain::none())?;
    let keys = profile.unlock_with_recovery(recovery)?;
    profile.open(keys)
}
