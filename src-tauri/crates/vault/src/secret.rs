//! What a person types or writes down: the passphrase and the recovery key.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    Error, SecretFault,
    crypto::{fill, sha256},
};

/// A passphrase, overwritten when dropped. Taken as typed: no trimming, no normalisation.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The fewest characters of a passphrase that is being set.
    pub const MIN_CHARS: usize = 8;

    /// A passphrase to open with or to set.
    ///
    /// # Errors
    /// [`Error::InvalidSecret`] with [`SecretFault::Blank`].
    pub fn new(text: String) -> Result<Self, Error> {
        let text = Zeroizing::new(text);
        if text.trim().is_empty() {
            return Err(Error::InvalidSecret(SecretFault::Blank));
        }
        Ok(Self(text))
    }

    /// Whether it is long enough to be set.
    ///
    /// # Errors
    /// [`Error::InvalidSecret`] with [`SecretFault::TooShort`].
    pub fn check_new(&self) -> Result<(), Error> {
        match self.0.chars().count() {
            0..Self::MIN_CHARS => Err(Error::InvalidSecret(SecretFault::TooShort)),
            _ => Ok(()),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// 160 random bits to be written down, overwritten when dropped. Shown once, by [`RecoveryKey::reveal`] alone.
///
/// Written in Crockford's base32 (no I, L, O, U), 32 letters and 4 check letters in groups of four.
pub struct RecoveryKey(Box<Zeroizing<[u8; 20]>>);

impl RecoveryKey {
    const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const LETTERS: usize = 36;
    const CHECK_LABEL: &[u8] = b"ccc/v1/recovery-check";

    pub(crate) fn random() -> Result<Self, Error> {
        let mut key = Self(Box::default());
        fill(&mut **key.0)?;
        Ok(key)
    }

    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(Box::new(Zeroizing::new(bytes)))
    }

    /// Reads a written key. Case, spaces and dashes do not matter; O reads as 0, I and L as 1.
    ///
    /// # Errors
    /// [`Error::InvalidSecret`]: [`SecretFault::Blank`], [`SecretFault::Malformed`], or [`SecretFault::Checksum`] for a
    /// typing error.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut values = Zeroizing::new(Vec::with_capacity(Self::LETTERS));
        for letter in text.chars().filter(|c| !is_separator(*c)) {
            if values.len() == Self::LETTERS {
                return Err(Error::InvalidSecret(SecretFault::Malformed));
            }
            values.push(Self::value(letter).ok_or(Error::InvalidSecret(SecretFault::Malformed))?);
        }
        match values.len() {
            0 => return Err(Error::InvalidSecret(SecretFault::Blank)),
            Self::LETTERS => {}
            _ => return Err(Error::InvalidSecret(SecretFault::Malformed)),
        }
        let key = Self(pack(&values));
        if *key.letters() != *values {
            return Err(Error::InvalidSecret(SecretFault::Checksum));
        }
        Ok(key)
    }

    /// The key as it is to be written down: nine groups of four, joined by dashes.
    pub fn reveal(&self) -> Zeroizing<String> {
        // Room for all from the start: growing would leave a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(Self::LETTERS + 8));
        for (i, value) in self.letters().iter().enumerate() {
            if i > 0 && i % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(Self::ALPHABET[usize::from(*value)]));
        }
        text
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &**self.0
    }

    fn value(letter: char) -> Option<u8> {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let at = Self::ALPHABET.iter().position(|a| char::from(*a) == letter)?;
        u8::try_from(at).ok()
    }

    /// The 36 letters as numbers below 32: the key, then 20 bits of its hash.
    fn letters(&self) -> Zeroizing<Vec<u8>> {
        let mut hashed = Zeroizing::new(Vec::with_capacity(64));
        hashed.extend_from_slice(Self::CHECK_LABEL);
        hashed.extend_from_slice(&**self.0);
        let check = sha256(&hashed);
        let mut letters = Zeroizing::new(Vec::with_capacity(40));
        letters.extend(self.0.chunks_exact(5).flat_map(unpack));
        letters.extend(check.chunks_exact(5).take(1).flat_map(unpack));
        letters.truncate(Self::LETTERS);
        letters
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey(..)")
    }
}

/// White space and every dash a word processor may have made of a plain one.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{feff}')
}

/// Five bytes as eight numbers of five bits.
fn unpack(five: &[u8]) -> [u8; 8] {
    let word = five.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
    std::array::from_fn(|i| (word >> (35 - 5 * i)) as u8 & 31)
}

/// The first 32 numbers of five bits as 20 bytes.
fn pack(values: &[u8]) -> Box<Zeroizing<[u8; 20]>> {
    let mut out: Box<Zeroizing<[u8; 20]>> = Box::default();
    for (bytes, eight) in out.chunks_exact_mut(5).zip(values.chunks_exact(8)) {
        let word = eight.iter().fold(0u64, |word, value| word << 5 | u64::from(*value));
        bytes.copy_from_slice(&word.to_be_bytes()[3..]);
    }
    out
}
