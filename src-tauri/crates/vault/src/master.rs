//! The keys derived from the master key, one per purpose.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use ccc_domain::{ProfileId, SessionId};

use crate::{
    Error,
    crypto::{AesKey, Key32, MacKey, derive},
    envelope::DataKey,
    keys_dir::Name,
    keys_file::{EPOCH, KeysFile},
};

/// The keys of each purpose. The labels are part of the format.
pub struct MasterKeys {
    /// Wraps session keys.
    pub wrap: AesKey,
    /// Seals what belongs to no session.
    pub meta: DataKey,
    /// Chains audit entries.
    pub audit: MacKey,
    /// Authenticates backup manifests.
    pub backup: MacKey,
    /// Hashes tokens of the local interface.
    pub token: MacKey,
    /// Says which master key this is, without telling anything of it.
    pub check: MacKey,
    /// Covers mutable columns.
    pub row: MacKey,
    /// Chains the turns of a conversation.
    pub chain: MacKey,
    /// Authenticates the keys file.
    pub file: MacKey,
}

impl MasterKeys {
    /// The key behind [`Self::file`], to be kept when this master key is replaced.
    pub fn file_key(profile: ProfileId, vmk: &Key32) -> Result<Key32, Error> {
        derive(&profile.to_bytes(), vmk.bytes(), "ccc/v1/keys-file")
    }

    pub fn derive(profile: ProfileId, vmk: &Key32) -> Result<Self, Error> {
        let salt = profile.to_bytes();
        let key = |label| derive(&salt, vmk.bytes(), label);
        Ok(Self {
            wrap: AesKey::new(&key("ccc/v1/wrap")?)?,
            meta: DataKey {
                key: AesKey::new(&key("ccc/v1/meta")?)?,
                epoch: EPOCH,
            },
            audit: MacKey::new(&key("ccc/v1/audit")?),
            backup: MacKey::new(&key("ccc/v1/backup")?),
            token: MacKey::new(&key("ccc/v1/token")?),
            check: MacKey::new(&key("ccc/v1/check")?),
            row: MacKey::new(&key("ccc/v1/row")?),
            chain: MacKey::new(&key("ccc/v1/chain")?),
            file: MacKey::new(&Self::file_key(profile, vmk)?),
        })
    }
}

/// Everything that is held while unlocked and dropped by locking.
pub struct Unlocked {
    /// Kept to wrap it for a new passphrase or recovery key.
    pub vmk: Key32,
    pub keys: MasterKeys,
    /// What the newest file on disk says.
    pub file: KeysFile,
    pub newest: Name,
    /// Whether the other file on disk says the same.
    pub mirrored: bool,
    cache: RwLock<HashMap<SessionId, Arc<DataKey>>>,
}

impl Unlocked {
    pub fn new(vmk: Key32, keys: MasterKeys, file: KeysFile, newest: Name, mirrored: bool) -> Self {
        Self {
            vmk,
            keys,
            file,
            newest,
            mirrored,
            cache: RwLock::default(),
        }
    }

    /// The session's key, unwrapped at its first use.
    pub fn session_key(&self, session: SessionId) -> Result<Arc<DataKey>, Error> {
        let cached = self
            .cache
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&session)
            .cloned();
        if let Some(key) = cached {
            return Ok(key);
        }
        let wrapped = self.file.sessions.get(&session).ok_or(Error::NoSessionKey)?;
        let key = Arc::new(DataKey {
            key: AesKey::new(&wrapped.unwrap(self.file.profile, session, &self.keys.wrap)?)?,
            epoch: wrapped.epoch,
        });
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(cache.entry(session).or_insert(key)))
    }

    /// What authenticates the keys files of the master keys before this one, the oldest first.
    pub fn retired_keys(&self) -> Result<Vec<Key32>, Error> {
        let retired = self.file.retired.iter();
        retired
            .map(|key| key.unwrap(self.file.profile, &self.keys.wrap))
            .collect()
    }

    /// Takes over what was written, and forgets the keys of sessions that are no longer there.
    pub fn adopt(&mut self, file: KeysFile, newest: Name, mirrored: bool) {
        let cache = self.cache.get_mut().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|session, _| file.sessions.contains_key(session));
        (self.file, self.newest, self.mirrored) = (file, newest, mirrored);
    }
}
