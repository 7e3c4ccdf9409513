//! What stays of a master key that was replaced: the key that authenticates its keys files, and no other.
//!
//! Backups of before have keys files of that master key. With this a session's key can be struck out of them, and they
//! are told from a stranger's; no seal and no session's key opens by it.

use ccc_domain::ProfileId;

use crate::{
    Error,
    crypto::{AesKey, Key32, NONCE, TAG, random},
    keys_file::Reader,
    slot::{unwrap, wrap},
};

/// A key that authenticates keys files of before, wrapped under the master key of today. On disk: `nonce 12 | wrapped 48`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RetiredKey {
    nonce: [u8; NONCE],
    wrapped: [u8; 32 + TAG],
}

impl RetiredKey {
    /// How many a file holds at most: its count is one byte.
    pub const MOST: usize = 255;

    pub fn wrap(profile: ProfileId, key: &Key32, wrap_key: &AesKey) -> Result<Self, Error> {
        let nonce = random()?;
        let wrapped = wrap(wrap_key, nonce, &aad(profile), key)?;
        Ok(Self { nonce, wrapped })
    }

    /// # Errors
    /// [`Error::KeysDamaged`] if it does not authenticate, which an authenticated file excludes.
    pub fn unwrap(&self, profile: ProfileId, wrap_key: &AesKey) -> Result<Key32, Error> {
        unwrap(wrap_key, self.nonce, &aad(profile), &self.wrapped)?.ok_or(Error::KeysDamaged)
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.wrapped);
    }

    pub fn decode(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            nonce: from.take()?,
            wrapped: from.take()?,
        })
    }
}

fn aad(profile: ProfileId) -> Vec<u8> {
    let mut out = b"ccc/v1/retired".to_vec();
    out.extend_from_slice(&profile.to_bytes());
    out
}
