//! A profile on disk, to be damaged.

use std::{collections::BTreeMap, fs, path::Path};

use super::{PROFILE, SESSION};
use crate::{
    EncryptionService, Error, Generations, KdfParams, KeyManager, Keychain, NewWays, Passphrase, RecoveryKey,
    crypto::sha256,
};

pub const A: &str = "keys-a.ccc";
pub const B: &str = "keys-b.ccc";

/// A profile with a passphrase, a recovery key and one session, and its files as they were then.
pub struct Fixture {
    pub dir: tempfile::TempDir,
    pub recovery: RecoveryKey,
    pub check: [u8; 32],
    pub files: BTreeMap<String, Vec<u8>>,
}

pub fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".into()).unwrap()
}

pub fn manager(dir: &Path) -> KeyManager {
    KeyManager::new(dir, Keychain::none()).with_kdf(KdfParams::for_tests())
}

/// A directory in memory where there is one: thousands of durable writes are slow on a disk.
pub fn memory_dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

pub fn read_all(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
        .collect()
}

impl Fixture {
    pub fn new() -> Self {
        let dir = memory_dir();
        let ways = NewWays {
            keychain: false,
            passphrase: Some(&passphrase()),
        };
        let (service, recovery) = manager(dir.path()).create(PROFILE, ways, false).unwrap();
        service.create_session_key(SESSION).unwrap();
        let (check, files) = (service.check_value().unwrap(), read_all(dir.path()));
        assert_eq!(files.keys().collect::<Vec<_>>(), [A, B], "two files and nothing else");
        Self {
            dir,
            recovery,
            check,
            files,
        }
    }

    /// Puts the files back, then replaces those named.
    pub fn with(&self, changed: &[(&str, Vec<u8>)]) -> Result<EncryptionService, Error> {
        for (name, bytes) in &self.files {
            fs::write(self.dir.path().join(name), bytes).unwrap();
        }
        for (name, bytes) in changed {
            fs::write(self.dir.path().join(name), bytes).unwrap();
        }
        self.open()
    }

    pub fn open(&self) -> Result<EncryptionService, Error> {
        manager(self.dir.path()).unlock_with_recovery(&self.recovery)
    }

    pub fn assert_right(&self, service: &EncryptionService, generations: Generations, what: &str) {
        assert_eq!(
            service.check_value().unwrap(),
            self.check,
            "{what}: the same master key"
        );
        assert_eq!(service.session_keys(), [SESSION], "{what}: the same sessions");
        assert_eq!(service.generations(), generations, "{what}");
    }
}

/// With the plain hash made right again, as someone who forges would.
pub fn rehashed(mut bytes: Vec<u8>) -> Vec<u8> {
    let hashed = bytes.len() - 64;
    let hash = sha256(&bytes[..hashed]);
    bytes[hashed..hashed + 32].copy_from_slice(&hash);
    bytes
}

pub fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 0x55;
    bytes
}
