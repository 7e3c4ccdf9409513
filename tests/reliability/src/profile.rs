//! Profiles opened by their recovery key: no passphrase is stretched, so opening is cheap.

use std::{fs, path::Path};

use ccc_engine::{Engine, Keychain, Passphrase, Profile, RecoveryKey, Ways};

use crate::error::Error;

/// Makes a profile, closed again; what opens it.
pub fn create(directory: &Path) -> Result<RecoveryKey, Error> {
    let passphrase =
        Passphrase::new("a passphrase that is stretched once".to_owned()).map_err(ccc_engine::Error::from)?;
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let (engine, recovery) = Profile::acquire(directory, Keychain::none())?.create(&ways)?;
    engine.close();
    Ok(recovery)
}

/// Opens a profile.
pub fn open(directory: &Path, recovery: &RecoveryKey) -> Result<Engine, ccc_engine::Error> {
    let profile = Profile::acquire(directory, Keychain::none())?;
    let keys = profile.unlock_with_recovery(recovery)?;
    profile.open(keys)
}

/// Copies a closed profile's files.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
