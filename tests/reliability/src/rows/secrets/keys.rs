//! The keys of a profile, unwrapped by hand from its keys file, to know what must not be found.
//!
//! Offsets as `ccc_vault::keys_file` lays them out: the profile's id at 12, the number of slots at 36, slots of 89 bytes
//! (kind, three costs, salt, nonce, wrapped key), then the number of sessions and 80 bytes for each (id, epoch, nonce,
//! wrapped key).

use std::{fs, path::Path};

use ccc_domain::SessionId;
use ccc_engine::RecoveryKey;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};

use crate::error::Error;

/// What the master key is called.
pub const MASTER: &str = "the master key";

const ODD: Error = Error::Setup("a keys file has another form than was thought");
/// The kind of the recovery key's slot.
const RECOVERY: u8 = 3;
const SLOT: usize = 89;
const SESSION: usize = 80;

/// The master key, those of two purposes, those of the sessions and the recovery key's own bytes, each with its name.
pub fn all(directory: &Path, recovery: &RecoveryKey) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let file = File::read(directory)?;
    let secret = bytes_of(&recovery.reveal());
    let slot = (0..file.slots())
        .map(|n| 37 + n * SLOT)
        .find(|at| file.0.get(*at) == Some(&RECOVERY));
    let slot = slot.ok_or(ODD)?;
    let (profile, head) = (file.part(12, 16)?, file.part(slot, 29)?);
    let salt = file.part(slot + 13, 16)?;
    let label = [b"ccc/v1/slot".as_slice(), profile, head].concat();
    let kek = derived(salt, &secret, "ccc/v1/slot/recovery")?;
    let master = opened(&kek, file.part(slot + 29, 12)?, &label, file.part(slot + 41, 48)?)?;
    let wrap = derived(profile, &master, "ccc/v1/wrap")?;
    let mut all = vec![("the recovery key".to_owned(), secret)];
    for at in file.sessions() {
        let (id, nonce) = (file.part(at, 20)?, file.part(at + 20, 12)?);
        let label = [b"ccc/v1/session-key".as_slice(), profile, id].concat();
        all.push((
            "a session's key".to_owned(),
            opened(&wrap, nonce, &label, file.part(at + 32, 48)?)?,
        ));
    }
    all.push((
        "the key of what belongs to no session".to_owned(),
        derived(profile, &master, "ccc/v1/meta")?,
    ));
    all.push(("the key that wraps".to_owned(), wrap));
    all.push((MASTER.to_owned(), master));
    Ok(all)
}

/// A session's key as it lies in the keys file, wrapped.
pub fn wrapped(directory: &Path, session: SessionId) -> Result<Vec<u8>, Error> {
    let file = File::read(directory)?;
    let id = session.to_bytes();
    let at = file
        .sessions()
        .into_iter()
        .find(|at| file.part(*at, 16).is_ok_and(|part| part == id));
    Ok(file.part(at.ok_or(ODD)? + 32, 48)?.to_vec())
}

struct File(Vec<u8>);

impl File {
    /// The newer of the two.
    fn read(directory: &Path) -> Result<Self, Error> {
        let (a, b) = (
            fs::read(directory.join("keys-a.ccc"))?,
            fs::read(directory.join("keys-b.ccc"))?,
        );
        let generation = |bytes: &[u8]| bytes.get(28..36).map(<[u8]>::to_vec);
        Ok(Self(if generation(&a) > generation(&b) { a } else { b }))
    }

    fn part(&self, at: usize, length: usize) -> Result<&[u8], Error> {
        self.0.get(at..at + length).ok_or(ODD)
    }

    fn slots(&self) -> usize {
        self.0.get(36).map_or(0, |count| usize::from(*count))
    }

    /// Where each session's key begins.
    fn sessions(&self) -> Vec<usize> {
        let first = 37 + self.slots() * SLOT;
        let count = self.0.get(first..first + 4).and_then(|bytes| bytes.try_into().ok());
        let count = count.map_or(0, u32::from_be_bytes) as usize;
        (0..count).map(|n| first + 4 + n * SESSION).collect()
    }
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

fn derived(salt: &[u8], secret: &[u8], label: &str) -> Result<Vec<u8>, Error> {
    let (mut key, label) = (vec![0; 32], [label.as_bytes()]);
    let prk = Salt::new(HKDF_SHA256, salt).extract(secret);
    let filled = prk.expand(&label, Length).and_then(|okm| okm.fill(&mut key));
    filled.map_err(|_| Error::Setup("a key cannot be derived"))?;
    Ok(key)
}

fn opened(key: &[u8], nonce: &[u8], label: &[u8], wrapped: &[u8]) -> Result<Vec<u8>, Error> {
    let (key, mut bytes) = (UnboundKey::new(&AES_256_GCM, key).map_err(|_| ODD)?, wrapped.to_vec());
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| ODD)?;
    let text = LessSafeKey::new(key).open_in_place(nonce, Aad::from(label), &mut bytes);
    Ok(text
        .map_err(|_| Error::Setup("a wrapped key does not open by hand"))?
        .to_vec())
}

/// The 20 bytes that the first 32 letters of a recovery key stand for, five bits each.
fn bytes_of(written: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let values = written
        .bytes()
        .filter_map(|letter| LETTERS.iter().position(|known| *known == letter));
    let values: Vec<u64> = values.take(32).map(|value| value as u64).collect();
    let groups = values
        .chunks(8)
        .map(|eight| eight.iter().fold(0, |word, value| word << 5 | value));
    groups.flat_map(|word| word.to_be_bytes()[3..].to_vec()).collect()
}
