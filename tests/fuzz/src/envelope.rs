//! Sealed values.
//!
//! An input is taken twice. As it would be found in a row: it opens only if it is one of those in the corpus, which say what
//! is in [`WORDS`]. And as a text: sealed, it opens as that text, at its place alone, and not with any byte changed, cut
//! off or added; its first bytes say which.
//!
//! Guard down: a value whose key epoch is 0 is taken for one from before anything was sealed.

use std::sync::LazyLock;

use ccc_domain::SessionId;
use ccc_vault::{EncryptionService, Error, KeyManager, Keychain, Place};
use tempfile::TempDir;

use crate::{Broken, Guard, profile, promise, setup};

/// What the sealed values in the corpus say: nothing, a little, and enough to be compressed.
pub fn words() -> [Vec<u8>; 3] {
    let long = "What was said, and said again. ".repeat(20);
    [Vec::new(), b"What was said.".to_vec(), long.into_bytes()]
}

/// The open keys of the profile, and the directory they lie in.
pub struct Vault {
    /// The keys.
    pub keys: EncryptionService,
    session: SessionId,
    _place: TempDir,
}

impl Vault {
    /// Opens them by the recovery key.
    ///
    /// # Errors
    /// [`Broken::Setup`].
    pub fn open() -> Result<Self, Broken> {
        let place = profile::place()?;
        let directory = place.path().join("profile");
        profile::put(&directory)?;
        let manager = KeyManager::new(&directory, Keychain::none());
        let keys = manager.unlock_with_recovery(&profile::recovery()?).map_err(setup)?;
        let session = keys.session_keys().first().copied();
        Ok(Self {
            session: session.ok_or_else(|| setup("the profile has no session"))?,
            keys,
            _place: place,
        })
    }

    /// Where the values of the corpus belong.
    pub fn place(&self) -> Place<'static> {
        Place {
            table: "turns",
            column: "content",
            row: [1; 16],
            session: Some(self.session),
            fixed: &[],
        }
    }
}

static VAULT: LazyLock<Result<Vault, Broken>> = LazyLock::new(Vault::open);
static WORDS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(words);

/// Opens the input, and seals it.
///
/// # Errors
/// [`Broken::Promise`]; [`Broken::Setup`].
pub fn hold(bytes: &[u8], guard: Guard) -> Result<(), Broken> {
    let vault = VAULT.as_ref().map_err(setup)?;
    match open(vault, bytes, guard) {
        Ok(plain) => promise(WORDS.contains(&plain), || format!("{bytes:?} opens as {plain:?}"))?,
        Err(Error::Damaged | Error::SealTooNew) => {}
        Err(error) => return Err(Broken::Promise(format!("{bytes:?} is told {error:?}"))),
    }
    sealed(vault, bytes)
}

fn open(vault: &Vault, sealed: &[u8], guard: Guard) -> Result<Vec<u8>, Error> {
    match sealed {
        [1, 0, 0, 0, 0, 0, clear @ ..] if guard == Guard::Down => Ok(clear.to_vec()),
        _ => vault.keys.open(&vault.place(), sealed).map(|plain| plain.to_vec()),
    }
}

/// Seals `text`, and looks what opens.
fn sealed(vault: &Vault, text: &[u8]) -> Result<(), Broken> {
    let (keys, place) = (&vault.keys, vault.place());
    let mut sealed = keys.seal(&place, text).map_err(setup)?;
    let opened = keys.open(&place, &sealed);
    let same = opened.is_ok_and(|plain| plain.as_slice() == text);
    promise(same, || format!("{text:?} does not come back"))?;
    let elsewhere = [
        Place {
            column: "metadata",
            ..place
        },
        Place { row: [2; 16], ..place },
        Place { session: None, ..place },
    ];
    for (n, other) in elsewhere.iter().enumerate() {
        let refused = keys.open(other, &sealed) == Err(Error::Damaged);
        promise(refused, || format!("{text:?} is not refused at another place, {n}"))?;
    }
    change(text, &mut sealed);
    let refused = matches!(keys.open(&place, &sealed), Err(Error::Damaged | Error::SealTooNew));
    promise(refused, || format!("{text:?} changed to {sealed:?} is not refused"))
}

/// Changes one byte, cuts the end off or adds one, as the text's first bytes say.
fn change(text: &[u8], sealed: &mut Vec<u8>) {
    let mut said = text.iter().copied().chain(std::iter::repeat(0));
    let mut next = || said.next().unwrap_or_default();
    let at = usize::from(u16::from_be_bytes([next(), next()])) % sealed.len();
    let (how, with) = (next(), next());
    match how % 4 {
        0 => sealed.truncate(at),
        1 => sealed.push(with),
        // Never by nothing.
        _ => sealed[at] ^= with.max(1),
    }
}
