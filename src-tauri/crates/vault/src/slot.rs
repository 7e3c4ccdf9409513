//! Slots: the master key, wrapped once for each way in.

use ccc_domain::ProfileId;

use crate::{
    Error, KdfParams, Passphrase, RecoveryKey,
    crypto::{AesKey, Key32, NONCE, TAG, derive, random},
    keys_file::Reader,
};

/// Which ways in a keys file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// A secret in the system's keychain.
    pub keychain: bool,
    /// A passphrase.
    pub passphrase: bool,
    /// The recovery key.
    pub recovery: bool,
}

/// The kind of secret that opens a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Way {
    Keychain = 1,
    Passphrase = 2,
    Recovery = 3,
}

/// A secret that may open a slot of its kind.
pub enum Secret<'a> {
    Keychain(&'a Key32),
    Passphrase(&'a Passphrase),
    Recovery(&'a RecoveryKey),
}

impl Secret<'_> {
    pub const fn way(&self) -> Way {
        match self {
            Self::Keychain(_) => Way::Keychain,
            Self::Passphrase(_) => Way::Passphrase,
            Self::Recovery(_) => Way::Recovery,
        }
    }
}

/// One wrapping of the master key. On disk: `way u8 | memory u32 | passes u32 | lanes u32 | salt 16 | nonce 12 |
/// wrapped 48`, numbers big endian; the costs are zero where no passphrase is derived.
#[derive(Clone, PartialEq, Eq)]
pub struct Slot {
    pub way: Way,
    costs: [u32; 3],
    salt: [u8; 16],
    nonce: [u8; NONCE],
    wrapped: [u8; 32 + TAG],
}

impl Slot {
    /// Wraps `vmk` for `secret` under a fresh salt.
    pub fn wrap(profile: ProfileId, secret: &Secret<'_>, kdf: KdfParams, vmk: &Key32) -> Result<Self, Error> {
        let way = secret.way();
        let mut slot = Self {
            way,
            costs: if way == Way::Passphrase { kdf.costs() } else { [0; 3] },
            salt: random()?,
            nonce: random()?,
            wrapped: [0; 32 + TAG],
        };
        slot.wrapped = wrap(&slot.kek(secret, kdf)?, slot.nonce, &slot.aad(profile), vmk)?;
        Ok(slot)
    }

    /// The master key, or none if `secret` does not open this slot. `bounds` limits what may be derived.
    ///
    /// # Errors
    /// [`Error::KdfOutOfBounds`] for costs outside the bounds, before anything is derived.
    pub fn unwrap(&self, profile: ProfileId, secret: &Secret<'_>, bounds: KdfParams) -> Result<Option<Key32>, Error> {
        if self.way != secret.way() {
            return Ok(None);
        }
        let kek = self.kek(secret, bounds)?;
        unwrap(&kek, self.nonce, &self.aad(profile), &self.wrapped)
    }

    fn kek(&self, secret: &Secret<'_>, bounds: KdfParams) -> Result<AesKey, Error> {
        let key = match secret {
            Secret::Keychain(key) => derive(&self.salt, key.bytes(), "ccc/v1/slot/keychain"),
            Secret::Recovery(key) => derive(&self.salt, key.bytes(), "ccc/v1/slot/recovery"),
            Secret::Passphrase(text) => {
                bounds
                    .checked(self.costs)?
                    .derive(text.bytes(), &self.salt, "ccc/v1/slot/passphrase")
            }
        };
        AesKey::new(&key?)
    }

    /// Costs and salt are authenticated, so a slot with changed costs opens nothing.
    fn aad(&self, profile: ProfileId) -> Vec<u8> {
        let mut out = b"ccc/v1/slot".to_vec();
        out.extend_from_slice(&profile.to_bytes());
        self.head(&mut out);
        out
    }

    fn head(&self, out: &mut Vec<u8>) {
        out.push(self.way as u8);
        self.costs
            .iter()
            .for_each(|cost| out.extend_from_slice(&cost.to_be_bytes()));
        out.extend_from_slice(&self.salt);
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        self.head(out);
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.wrapped);
    }

    pub fn decode(from: &mut Reader<'_>) -> Option<Self> {
        let way = match from.take::<1>()? {
            [1] => Way::Keychain,
            [2] => Way::Passphrase,
            [3] => Way::Recovery,
            _ => return None,
        };
        Some(Self {
            way,
            costs: [from.u32()?, from.u32()?, from.u32()?],
            salt: from.take()?,
            nonce: from.take()?,
            wrapped: from.take()?,
        })
    }
}

/// Wraps one key under another.
pub fn wrap(under: &AesKey, nonce: [u8; NONCE], aad: &[u8], key: &Key32) -> Result<[u8; 32 + TAG], Error> {
    // Room for the tag from the start: growing would leave a copy of the key behind.
    let mut buffer = Vec::with_capacity(32 + TAG);
    buffer.extend_from_slice(key.bytes());
    under.seal(nonce, aad, &mut buffer, 0)?;
    buffer.try_into().map_err(|_| Error::Primitive)
}

/// The key wrapped by [`wrap`]; none if it does not authenticate.
pub fn unwrap(under: &AesKey, nonce: [u8; NONCE], aad: &[u8], wrapped: &[u8]) -> Result<Option<Key32>, Error> {
    Ok(under
        .open(nonce, aad, wrapped)
        .and_then(|bytes| Key32::from_slice(&bytes)))
}
