//! Sealing and opening, once the keys are here.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use ccc_domain::{ProfileId, SessionId};
use zeroize::Zeroizing;

use crate::{
    Error, Field, Place, Ways,
    crypto::{Key32, sha256},
    envelope,
    keys_dir::{KeysDir, Name},
    keys_file::KeysFile,
    master::{MasterKeys, Unlocked},
    place::encode_all,
};

/// How the two generations of the keys file were found at opening. Anything but `Whole` was put right then, where the
/// directory could be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generations {
    /// Both were there and said the same.
    Whole,
    /// One was there alone.
    OneMissing,
    /// One was older: a write was cut between the two.
    OneBehind,
    /// One was torn, changed or foreign, and the other was used: it may have been the newer.
    OneDamaged,
}

/// The unlocked keys of one profile. Clones share them, and locking one locks all.
///
/// Any number of threads seal and open at once; changes of the keys file follow one another.
#[derive(Clone)]
pub struct EncryptionService(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub profile: ProfileId,
    /// None for keys that are kept nowhere.
    pub dir: Option<KeysDir>,
    pub generations: Generations,
    /// Boxed, so that dropping it leaves nothing behind in here.
    pub unlocked: RwLock<Option<Box<Unlocked>>>,
    pub commit: Mutex<()>,
}

impl EncryptionService {
    /// Keys that live in memory alone and are gone with their last clone: for what must not outlive the app. Nothing
    /// opens what they sealed afterwards; there is no way in and no keys file.
    ///
    /// # Errors
    /// [`Error::Primitive`] when the system gives no randomness.
    pub fn throw_away(profile: ProfileId) -> Result<Self, Error> {
        let vmk = Key32::random()?;
        let keys = MasterKeys::derive(profile, &vmk)?;
        let file = KeysFile {
            profile,
            generation: 0,
            slots: Vec::new(),
            sessions: BTreeMap::new(),
            retired: Vec::new(),
        };
        let unlocked = Unlocked::new(vmk, keys, file, Name::A, true);
        Ok(Self::new(None, unlocked, Generations::Whole))
    }

    pub(crate) fn new(dir: Option<KeysDir>, unlocked: Unlocked, generations: Generations) -> Self {
        Self(Arc::new(Inner {
            profile: unlocked.file.profile,
            dir,
            generations,
            unlocked: RwLock::new(Some(Box::new(unlocked))),
            commit: Mutex::new(()),
        }))
    }

    /// The profile these keys belong to.
    pub fn profile(&self) -> ProfileId {
        self.0.profile
    }

    /// How the keys files were found at opening.
    pub fn generations(&self) -> Generations {
        self.0.generations
    }

    /// Whether the keys were dropped.
    pub fn is_locked(&self) -> bool {
        self.with(|_| Ok(())).is_err()
    }

    /// Drops every key; waits for calls that are under way. What was sealed stays sealed until the next opening.
    pub fn lock(&self) {
        let dropped = self.0.unlocked.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(dropped);
    }

    /// The ways in that exist now.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub fn ways(&self) -> Result<Ways, Error> {
        self.with(|unlocked| Ok(unlocked.file.ways()))
    }

    /// Whether the session has a key; false when locked.
    pub fn has_session_key(&self, session: SessionId) -> bool {
        self.with(|unlocked| Ok(unlocked.file.sessions.contains_key(&session)))
            .unwrap_or(false)
    }

    /// The sessions that have a key, sorted; none when locked.
    pub fn session_keys(&self) -> Vec<SessionId> {
        self.with(|unlocked| Ok(unlocked.file.sessions.keys().copied().collect()))
            .unwrap_or_default()
    }

    /// Seals `plain` so that it opens at `place` alone.
    ///
    /// # Errors
    /// [`Error::Locked`]; [`Error::NoSessionKey`]; [`Error::TooLarge`] above 64 MiB; [`Error::Primitive`].
    pub fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.with_key(place, |key| envelope::seal(key, self.0.profile, place, plain))
    }

    /// The value sealed for `place`.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it does not authenticate there; [`Error::SealTooNew`]; [`Error::TooLarge`];
    /// [`Error::Locked`]; [`Error::NoSessionKey`].
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.with_key(place, |key| envelope::open(key, self.0.profile, place, sealed))
    }

    /// The MAC of a row's mutable columns, to be refreshed in the statement that changes one.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub fn row_mac(&self, row: &Place<'_>, mutable: &[Field<'_>]) -> Result<[u8; 32], Error> {
        let content = self.row_content(row, mutable);
        self.with_keys(|keys| Ok(keys.row.sign(&[&content])))
    }

    /// Checks what [`Self::row_mac`] gave, in constant time.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a column was changed behind its back; [`Error::Locked`].
    pub fn verify_row_mac(&self, row: &Place<'_>, mutable: &[Field<'_>], mac: &[u8]) -> Result<(), Error> {
        let content = self.row_content(row, mutable);
        self.with_keys(|keys| keys.row.verify(&content, mac).then_some(()).ok_or(Error::Damaged))
    }

    /// The next value of a conversation's chain: it vouches for `content` at `place` and all before it.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub fn chain(&self, previous: &[u8], place: &Place<'_>, content: &[u8]) -> Result<[u8; 32], Error> {
        let mut link = Vec::with_capacity(384);
        Field::Bytes(previous).encode(&mut link);
        place.encode(self.0.profile, &mut link);
        Field::Bytes(&sha256(content)).encode(&mut link);
        self.with_keys(|keys| Ok(keys.chain.sign(&[&link])))
    }

    /// The next value of the audit chain.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub fn audit_mac(&self, previous: &[u8], entry: &[u8]) -> Result<[u8; 32], Error> {
        let length = (previous.len() as u64).to_be_bytes();
        self.with_keys(|keys| Ok(keys.audit.sign(&[&length, previous, entry])))
    }

    /// The MAC of a backup's manifest.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub fn backup_mac(&self, manifest: &[u8]) -> Result<[u8; 32], Error> {
        self.with_keys(|keys| Ok(keys.backup.sign(&[manifest])))
    }

    /// What is stored of an access token in its place. The token must be random: nothing slows guessing here.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub fn token_mac(&self, token: &[u8]) -> Result<[u8; 32], Error> {
        self.with_keys(|keys| Ok(keys.token.sign(&[token])))
    }

    /// A value that is no secret and equal only for the same master key: kept in a data file or backup, it tells
    /// whether these keys are the ones it was written with.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub fn check_value(&self) -> Result<[u8; 32], Error> {
        self.with_keys(|keys| Ok(keys.check.sign(&[b"which master key"])))
    }

    fn row_content(&self, row: &Place<'_>, mutable: &[Field<'_>]) -> Vec<u8> {
        let mut content = Vec::with_capacity(256);
        Field::Text("ccc/v1/row").encode(&mut content);
        row.encode(self.0.profile, &mut content);
        encode_all(mutable, &mut content);
        content
    }

    fn with_key<T>(
        &self,
        place: &Place<'_>,
        work: impl FnOnce(&envelope::DataKey) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with(|unlocked| match place.session {
            None => work(&unlocked.keys.meta),
            Some(session) => work(&*unlocked.session_key(session)?),
        })
    }

    fn with_keys<T>(&self, work: impl FnOnce(&MasterKeys) -> Result<T, Error>) -> Result<T, Error> {
        self.with(|unlocked| work(&unlocked.keys))
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&Unlocked) -> Result<T, Error>) -> Result<T, Error> {
        let guard = self.0.unlocked.read().unwrap_or_else(PoisonError::into_inner);
        work(guard.as_ref().ok_or(Error::Locked)?)
    }
}

impl fmt::Debug for EncryptionService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionService")
            .field("profile", &self.0.profile)
            .field("locked", &self.is_locked())
            .finish_non_exhaustive()
    }
}
