//! A profile in a directory of its own, set up with a passphrase and no keychain, and opened again at will.

use ccc_engine::{Engine, Keychain, Passphrase, Profile, Ways};
use tempfile::TempDir;

/// The directory outlives the engines opened over it.
pub struct Home {
    pub directory: TempDir,
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse battery".to_owned()).unwrap()
}

impl Home {
    pub fn new() -> (Self, Engine) {
        let directory = tempfile::tempdir().unwrap();
        let profile = Profile::acquire(directory.path(), Keychain::none()).unwrap();
        let ways = Ways {
            keychain: false,
            passphrase: Some(&passphrase()),
        };
        let (engine, _recovery) = profile.create(&ways).unwrap();
        (Self { directory }, engine)
    }

    /// As after a restart. The engine opened before must have been dropped.
    pub fn reopen(&self) -> Engine {
        let profile = Profile::acquire(self.directory.path(), Keychain::none()).unwrap();
        let keys = profile.unlock_with_passphrase(&passphrase()).unwrap();
        profile.open(keys).unwrap()
    }
}
