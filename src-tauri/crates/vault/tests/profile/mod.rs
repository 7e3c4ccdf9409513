//! A profile with one sealed value, and openings in words.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use ccc_domain::{ProfileId, SessionId};
use ccc_vault::{
    EncryptionService, Error, KdfParams, KeyManager, Keychain, NewWays, Opening, Passphrase, Place, RecoveryKey,
};

use crate::nasty::Store;

pub const PROFILE: ProfileId = ProfileId::from_bytes([7; 16]);
pub const SESSION: SessionId = SessionId::from_bytes([8; 16]);

pub fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.into()).unwrap()
}

pub fn manager(dir: &Path, keychain: Keychain) -> KeyManager {
    KeyManager::new(dir, keychain).with_kdf(KdfParams::for_tests())
}

pub fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
        .collect()
}

pub fn place() -> Place<'static> {
    Place {
        table: "turns",
        column: "content",
        row: [1; 16],
        session: Some(SESSION),
        fixed: &[],
    }
}

/// An opening in a word.
pub fn word(opening: Result<Opening, Error>) -> String {
    match opening {
        Ok(Opening::FirstRun) => "first run".into(),
        Ok(Opening::Unlocked(_)) => "unlocked".into(),
        Ok(Opening::NeedsPassphrase { why }) => format!("passphrase, {why:?}"),
        Ok(Opening::NeedsRecovery { why }) => format!("recovery, {why:?}"),
        Ok(Opening::KeychainUnavailable { error, passphrase }) => format!("{error:?}, passphrase {passphrase}"),
        Err(error) => format!("{error:?}"),
    }
}

/// A profile with one sealed value.
pub struct Profile {
    pub dir: tempfile::TempDir,
    pub store: Arc<Store>,
    pub recovery: RecoveryKey,
    pub sealed: Vec<u8>,
}

impl Profile {
    pub fn new(keychain: bool, secret: Option<&str>) -> Self {
        let (dir, store) = (tempfile::tempdir().unwrap(), Store::new());
        let secret = secret.map(passphrase);
        let ways = NewWays {
            keychain,
            passphrase: secret.as_ref(),
        };
        let (service, recovery) = manager(dir.path(), store.keychain())
            .create(PROFILE, ways, false)
            .unwrap();
        service.create_session_key(SESSION).unwrap();
        let sealed = service.seal(&place(), b"what was said").unwrap();
        Self {
            dir,
            store,
            recovery,
            sealed,
        }
    }

    pub fn manager(&self) -> KeyManager {
        manager(self.dir.path(), self.store.keychain())
    }

    pub fn assert_opens(&self, service: &EncryptionService) {
        assert_eq!(
            service.open(&place(), &self.sealed).unwrap().as_slice(),
            b"what was said"
        );
    }
}
