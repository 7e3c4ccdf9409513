//! The keys file: its bytes, and nothing about where they lie.
//!
//! Big endian throughout:
//! `magic 8 | version u16 | !version u16 | profile 16 | generation u64 | slots u8, each 89 | session keys u32, each 80 |
//! SHA-256 of all before | HMAC of all before under a key derived from the master key`.
//!
//! Once the master key was replaced, the version is 2, and before the hash stand `retired keys u8, each 60`.
//!
//! The version stands twice, so that a flipped bit is damage and not a newer program. The plain hash tells damage from
//! a wrong secret while no key is at hand; the HMAC is what makes the content trustworthy.

use std::collections::BTreeMap;

use ccc_domain::{ProfileId, SessionId};

use crate::{
    Error,
    crypto::{AesKey, Key32, MacKey, NONCE, TAG, random, sha256},
    retired::RetiredKey,
    slot::{Slot, Way, Ways, unwrap, wrap},
};

const MAGIC: [u8; 8] = *b"CCCKEYS\0";
const VERSION: u16 = 1;
/// Of a file with retired keys: a program that does not know them would write it without.
const WITH_RETIRED: u16 = 2;
/// The largest keys file read: more than 800,000 sessions.
pub(crate) const MAX_FILE: u64 = 64 * 1024 * 1024;
/// The epoch of every key so far. Keys made when the master key is replaced begin anew: they share no file with older ones.
pub(crate) const EPOCH: u32 = 1;

/// What a keys file says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeysFile {
    pub profile: ProfileId,
    /// Grows with every write.
    pub generation: u64,
    pub slots: Vec<Slot>,
    pub sessions: BTreeMap<SessionId, SessionKey>,
    /// Of the master keys that were replaced, the oldest first.
    pub retired: Vec<RetiredKey>,
}

/// A session's key, wrapped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionKey {
    pub epoch: u32,
    nonce: [u8; NONCE],
    wrapped: [u8; 32 + TAG],
}

/// What bytes found in the place of a keys file are.
pub(crate) enum Parsed {
    /// Well formed; `mac` is still to be verified over `signed` bytes.
    Whole { file: KeysFile, signed: usize },
    /// Not ours.
    Foreign,
    /// Of a newer version.
    TooNew(u16),
    /// Ours, but torn or changed.
    Damaged,
}

/// What a well-formed keys file says, written again: all of it but hash and MAC. None where it is not well formed. Nothing of
/// it is authenticated; for tests of the format.
pub fn written_again(bytes: &[u8]) -> Option<Vec<u8>> {
    match KeysFile::parse(bytes) {
        Parsed::Whole { file, .. } => file.content().ok(),
        Parsed::Foreign | Parsed::TooNew(_) | Parsed::Damaged => None,
    }
}

impl KeysFile {
    pub fn parse(bytes: &[u8]) -> Parsed {
        let mut from = Reader(bytes);
        match from.take::<8>() {
            Some(MAGIC) => {}
            Some(_) => return Parsed::Foreign,
            None => return Parsed::Damaged,
        }
        let version = match (from.u16(), from.u16()) {
            (Some(version), Some(inverse)) if inverse == !version => version,
            _ => return Parsed::Damaged,
        };
        match version {
            VERSION | WITH_RETIRED => Self::body(bytes, version, from).unwrap_or(Parsed::Damaged),
            newer => Parsed::TooNew(newer),
        }
    }

    fn body(bytes: &[u8], version: u16, mut from: Reader<'_>) -> Option<Parsed> {
        let hashed = bytes.len().checked_sub(64)?;
        let (content, seals) = bytes.split_at_checked(hashed)?;
        if !seals.starts_with(&sha256(content)) {
            return None;
        }
        let mut file = Self {
            profile: ProfileId::from_bytes(from.take()?),
            generation: from.u64()?,
            slots: Vec::new(),
            sessions: BTreeMap::new(),
            retired: Vec::new(),
        };
        let [slots] = from.take::<1>()?;
        for _ in 0..slots {
            file.slots.push(Slot::decode(&mut from)?);
        }
        for _ in 0..from.u32()? {
            let session = SessionId::from_bytes(from.take()?);
            file.sessions.insert(session, SessionKey::decode(&mut from)?);
        }
        if version == WITH_RETIRED {
            let [retired] = from.take::<1>()?;
            for _ in 0..retired {
                file.retired.push(RetiredKey::decode(&mut from)?);
            }
        }
        (from.0.len() == 64).then_some(Parsed::Whole {
            file,
            signed: hashed + 32,
        })
    }

    /// The bytes to be written, authenticated under `mac`.
    pub fn encode(&self, mac: &MacKey) -> Result<Vec<u8>, Error> {
        let mut out = self.content()?;
        out.extend_from_slice(&sha256(&out));
        out.extend_from_slice(&mac.sign(&[&out]));
        if out.len() as u64 > MAX_FILE {
            return Err(Error::TooLarge);
        }
        Ok(out)
    }

    /// All of the bytes but hash and MAC.
    fn content(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(512 + self.sessions.len() * 80);
        let version = if self.retired.is_empty() { VERSION } else { WITH_RETIRED };
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&version.to_be_bytes());
        out.extend_from_slice(&(!version).to_be_bytes());
        out.extend_from_slice(&self.profile.to_bytes());
        out.extend_from_slice(&self.generation.to_be_bytes());
        out.push(u8::try_from(self.slots.len()).map_err(|_| Error::TooLarge)?);
        self.slots.iter().for_each(|slot| slot.encode(&mut out));
        let count = u32::try_from(self.sessions.len()).map_err(|_| Error::TooLarge)?;
        out.extend_from_slice(&count.to_be_bytes());
        for (session, key) in &self.sessions {
            out.extend_from_slice(&session.to_bytes());
            key.encode(&mut out);
        }
        if version == WITH_RETIRED {
            out.push(u8::try_from(self.retired.len()).map_err(|_| Error::TooLarge)?);
            self.retired.iter().for_each(|key| key.encode(&mut out));
        }
        Ok(out)
    }

    /// Whether both say the same, whatever their generation.
    pub fn agrees(&self, other: &Self) -> bool {
        self.profile == other.profile
            && self.slots == other.slots
            && self.sessions == other.sessions
            && self.retired == other.retired
    }

    /// The ways in.
    pub fn ways(&self) -> Ways {
        let has = |way| self.slots.iter().any(|slot| slot.way == way);
        Ways {
            keychain: has(Way::Keychain),
            passphrase: has(Way::Passphrase),
            recovery: has(Way::Recovery),
        }
    }

    /// Puts `slot` in the place of those of its kind.
    pub fn put_slot(&mut self, slot: Slot) {
        self.slots.retain(|old| old.way != slot.way);
        self.slots.push(slot);
        self.slots.sort_by_key(|slot| slot.way);
    }
}

impl SessionKey {
    /// A fresh random key for `session`, wrapped under `wrap_key`.
    pub fn create(profile: ProfileId, session: SessionId, wrap_key: &AesKey) -> Result<Self, Error> {
        let nonce = random()?;
        let wrapped = wrap(wrap_key, nonce, &aad(profile, session, EPOCH), &Key32::random()?)?;
        Ok(Self {
            epoch: EPOCH,
            nonce,
            wrapped,
        })
    }

    /// The session's key.
    ///
    /// # Errors
    /// [`Error::KeysDamaged`] if it does not authenticate, which an authenticated file excludes.
    pub fn unwrap(&self, profile: ProfileId, session: SessionId, wrap_key: &AesKey) -> Result<Key32, Error> {
        let aad = aad(profile, session, self.epoch);
        unwrap(wrap_key, self.nonce, &aad, &self.wrapped)?.ok_or(Error::KeysDamaged)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.wrapped);
    }

    fn decode(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            epoch: from.u32()?,
            nonce: from.take()?,
            wrapped: from.take()?,
        })
    }
}

fn aad(profile: ProfileId, session: SessionId, epoch: u32) -> Vec<u8> {
    let mut out = b"ccc/v1/session-key".to_vec();
    out.extend_from_slice(&profile.to_bytes());
    out.extend_from_slice(&session.to_bytes());
    out.extend_from_slice(&epoch.to_be_bytes());
    out
}

/// Takes numbers and arrays from the front of bytes that may end anywhere.
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }
}
