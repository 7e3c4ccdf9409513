//! Opening a profile: which way in works, and when a new key may be made.
//!
//! A key is made by [`KeyManager::create`] alone, and only where there is neither a keys file nor data. Everything the
//! keychain may do wrong leads to another way in, never to a new key.

use std::path::Path;

use ccc_domain::ProfileId;

use crate::{
    EncryptionService, Error, Generations, KdfParams, Keychain, KeychainError, Passphrase, RecoveryKey,
    crypto::Key32,
    keys_dir::{KeysDir, Name},
    keys_file::KeysFile,
    master::{MasterKeys, Unlocked},
    slot::{Secret, Slot},
};

/// What opening a profile came to.
#[derive(Debug)]
pub enum Opening {
    /// Neither keys nor data: [`KeyManager::create`] may be called.
    FirstRun,
    /// The keychain opened it.
    Unlocked(EncryptionService),
    /// The passphrase (or the recovery key) is needed.
    NeedsPassphrase {
        /// Why the keychain did not do.
        why: Why,
    },
    /// The recovery key is needed; there is no passphrase.
    NeedsRecovery {
        /// Why the keychain did not do.
        why: Why,
    },
    /// The keychain holds a way in but does not answer now: try again, or use another way.
    KeychainUnavailable {
        /// What it said.
        error: KeychainError,
        /// Whether there is a passphrase to use instead; the recovery key always is.
        passphrase: bool,
    },
}

/// Why the keychain did not open a profile, though it answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The profile was set up without it.
    KeychainNotUsed,
    /// It has no entry for the profile.
    KeychainEmpty,
    /// Its entry is not the one these keys were made with. It was left as it is.
    KeychainWrong,
}

/// The ways in a new profile gets, besides its recovery key.
#[derive(Debug, Clone, Copy)]
pub struct NewWays<'a> {
    /// Whether to keep a secret in the system's keychain.
    pub keychain: bool,
    /// The passphrase, if there is to be one.
    pub passphrase: Option<&'a Passphrase>,
}

/// Opens and makes the keys of the profile in one directory.
pub struct KeyManager {
    pub(crate) dir: KeysDir,
    pub(crate) keychain: Keychain,
    pub(crate) kdf: KdfParams,
}

impl KeyManager {
    /// For the keys files in `dir`. Touches nothing yet.
    pub fn new(dir: &Path, keychain: Keychain) -> Self {
        Self {
            dir: KeysDir::new(dir),
            keychain,
            kdf: KdfParams::default(),
        }
    }

    /// With another cost for new passphrases.
    pub fn with_kdf(mut self, kdf: KdfParams) -> Self {
        self.kdf = kdf;
        self
    }

    /// Opens the profile as far as that goes without asking a person. `data_exists` says whether there is a data file.
    ///
    /// Waits for the keychain up to its limit; after [`KeychainError::TimedOut`] a later call takes the late answer.
    ///
    /// # Errors
    /// [`Error::KeysMissing`] for data without keys; [`Error::KeysMismatch`]; [`Error::KeysTooNew`];
    /// [`Error::KeysDamaged`]; [`Error::Io`].
    pub fn open(&self, data_exists: bool) -> Result<Opening, Error> {
        let Some(survey) = self.dir.survey()? else {
            return if data_exists {
                Err(Error::KeysMissing)
            } else {
                Ok(Opening::FirstRun)
            };
        };
        // The newest may turn out a forgery; asking for what any of the files offers is harmless.
        let has = |way: fn(crate::Ways) -> bool| survey.found.iter().any(|found| way(found.file.ways()));
        let passphrase = has(|ways| ways.passphrase);
        let needs = |why| {
            if passphrase {
                Opening::NeedsPassphrase { why }
            } else {
                Opening::NeedsRecovery { why }
            }
        };
        if !has(|ways| ways.keychain) {
            return Ok(needs(Why::KeychainNotUsed));
        }
        let [newest, ..] = survey.found.as_slice() else {
            return Err(Error::KeysDamaged);
        };
        match self.keychain.get(&newest.file.profile.to_string()) {
            Err(error) => Ok(Opening::KeychainUnavailable { error, passphrase }),
            Ok(None) => Ok(needs(Why::KeychainEmpty)),
            Ok(Some(value)) => match Key32::from_slice(&value) {
                None => Ok(needs(Why::KeychainWrong)),
                Some(key) => match self.unlock(survey, &Secret::Keychain(&key)) {
                    Ok(service) => Ok(Opening::Unlocked(service)),
                    Err(Error::WrongSecret) => Ok(needs(Why::KeychainWrong)),
                    Err(error) => Err(error),
                },
            },
        }
    }

    /// Makes the keys of a new profile. The keychain is written and read back before the keys file is.
    ///
    /// A keychain that fails is no obstacle where there is a passphrase: [`EncryptionService::ways`] says which ways
    /// exist. An entry that is already there under this profile is used, never replaced.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if there is any keys file or data; [`Error::NoWayIn`] without keychain and passphrase;
    /// [`Error::InvalidSecret`] for a short passphrase; [`Error::KeychainFailed`] where it was the only way;
    /// [`Error::NotWritable`]; [`Error::Primitive`].
    pub fn create(
        &self,
        profile: ProfileId,
        ways: NewWays<'_>,
        data_exists: bool,
    ) -> Result<(EncryptionService, RecoveryKey), Error> {
        if data_exists || self.dir.is_occupied()? {
            return Err(Error::AlreadyExists);
        }
        if let Some(passphrase) = ways.passphrase {
            passphrase.check_new()?;
        } else if !ways.keychain {
            return Err(Error::NoWayIn);
        }
        let (vmk, recovery) = (Key32::random()?, RecoveryKey::random()?);
        let wrap = |secret: &Secret<'_>| Slot::wrap(profile, secret, self.kdf, &vmk);
        let mut file = KeysFile {
            profile,
            generation: 0,
            slots: vec![wrap(&Secret::Recovery(&recovery))?],
            sessions: std::collections::BTreeMap::new(),
            retired: Vec::new(),
        };
        if let Some(passphrase) = ways.passphrase {
            file.put_slot(wrap(&Secret::Passphrase(passphrase))?);
        }
        if ways.keychain {
            match self.keychain_secret(profile) {
                Ok(key) => file.put_slot(wrap(&Secret::Keychain(&key))?),
                Err(error) if ways.passphrase.is_none() => return Err(error.into()),
                Err(error) => tracing::warn!(%error, "the new profile goes without a keychain entry"),
            }
        }
        self.dir.create()?;
        let keys = MasterKeys::derive(profile, &vmk)?;
        let unlocked = Unlocked::new(vmk, keys, file, Name::A, false);
        let service = EncryptionService::new(Some(self.dir.clone()), unlocked, Generations::Whole);
        if let Err(error) = service.change(|_, _| Ok(())) {
            // One of two files may be there, of keys nobody was told of; it would bar the next attempt.
            self.dir.discard();
            return Err(error);
        }
        Ok((service, recovery))
    }

    /// Opens with the passphrase. Takes as long as its derivation.
    ///
    /// # Errors
    /// [`Error::WrongSecret`]; [`Error::KeysMissing`]; [`Error::KeysMismatch`]; [`Error::KeysTooNew`];
    /// [`Error::KeysDamaged`]; [`Error::Io`].
    pub fn unlock_with_passphrase(&self, passphrase: &Passphrase) -> Result<EncryptionService, Error> {
        let survey = self.dir.survey()?.ok_or(Error::KeysMissing)?;
        self.unlock(survey, &Secret::Passphrase(passphrase))
    }

    /// Opens with the recovery key.
    ///
    /// # Errors
    /// As [`Self::unlock_with_passphrase`].
    pub fn unlock_with_recovery(&self, recovery: &RecoveryKey) -> Result<EncryptionService, Error> {
        let survey = self.dir.survey()?.ok_or(Error::KeysMissing)?;
        self.unlock(survey, &Secret::Recovery(recovery))
    }

    /// The secret kept in the keychain for `profile`, made if there is none.
    pub(crate) fn keychain_secret(&self, profile: ProfileId) -> Result<Key32, KeychainError> {
        let account = profile.to_string();
        if let Some(value) = self.keychain.get(&account)? {
            return Key32::from_slice(&value).ok_or(KeychainError::Occupied);
        }
        let key = Key32::random().map_err(|_| KeychainError::Unavailable)?;
        self.keychain.set(&account, key.bytes())?;
        Ok(key)
    }
}
