//! The primitives: random bytes, HKDF-SHA256, AES-256-GCM and HMAC-SHA256, each in one function.
//!
//! ring's key objects are not overwritten when dropped; the app's zeroising allocator does it for those on the heap, and
//! so they are all there. What making one leaves on the stack is overwritten at once.

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hkdf, hmac,
    rand::{SecureRandom, SystemRandom},
};
use zeroize::Zeroizing;

use crate::Error;

/// Bytes of a GCM nonce.
pub const NONCE: usize = 12;
/// Bytes of a GCM tag.
pub const TAG: usize = 16;

/// 32 secret bytes, overwritten when dropped. Neither printable, clonable nor comparable.
///
/// Boxed, because moving an array leaves its bytes behind where it was.
pub struct Key32(Box<Zeroizing<[u8; 32]>>);

impl Key32 {
    pub fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }

    pub fn random() -> Result<Self, Error> {
        let mut key = Self::zero();
        fill(key.bytes_mut())?;
        Ok(key)
    }

    /// None unless there are exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Self::zero();
        (bytes.len() == 32).then(|| key.bytes_mut().copy_from_slice(bytes))?;
        Some(key)
    }

    pub fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Overwrites `out` with random bytes of the operating system.
pub fn fill(out: &mut [u8]) -> Result<(), Error> {
    SystemRandom::new().fill(out).map_err(|_| Error::Primitive)
}

/// `N` random bytes that are no secret: nonces and salts.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA256 (RFC 5869), extract and expand. Fails for more than 8,160 bytes.
pub fn hkdf_sha256(salt: &[u8], secret: &[u8], info: &[u8], out: &mut [u8]) -> Result<(), Error> {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let length = Length(out.len());
    prk.expand(&[info], length)
        .and_then(|okm| okm.fill(out))
        .map_err(|_| Error::Primitive)
}

/// Makes a key, and overwrites what that left on the stack: moving it copies it, and so does ring at its work.
fn made<T>(make: impl FnOnce() -> T) -> T {
    /// More than any of the makers uses, in any build.
    const DEPTH: usize = 32 * 1024;
    #[inline(never)]
    fn apart<T>(make: impl FnOnce() -> T) -> T {
        make()
    }
    #[inline(never)]
    fn overwrite() {
        std::hint::black_box(&mut [0u8; DEPTH]);
    }
    let key = apart(make);
    overwrite();
    key
}

/// The 32-byte key derived from `secret` for the purpose named by `label`.
pub fn derive(salt: &[u8], secret: &[u8], label: &str) -> Result<Key32, Error> {
    made(|| {
        let mut key = Key32::zero();
        hkdf_sha256(salt, secret, label.as_bytes(), key.bytes_mut())?;
        Ok(key)
    })
}

/// An expanded AES-256-GCM key. Boxed, for the reason of [`Key32`].
pub struct AesKey(Box<LessSafeKey>);

impl AesKey {
    pub fn new(key: &Key32) -> Result<Self, Error> {
        made(|| {
            let key = UnboundKey::new(&AES_256_GCM, key.bytes()).map_err(|_| Error::Primitive)?;
            Ok(Self(Box::new(LessSafeKey::new(key))))
        })
    }

    /// Encrypts `buffer` from `start` on and appends the tag. A nonce must never meet two texts under one key.
    pub fn seal(&self, nonce: [u8; NONCE], aad: &[u8], buffer: &mut Vec<u8>, start: usize) -> Result<(), Error> {
        let text = buffer.get_mut(start..).ok_or(Error::Primitive)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), text);
        buffer.extend_from_slice(tag.map_err(|_| Error::Primitive)?.as_ref());
        Ok(())
    }

    /// The text of `sealed`, which is ciphertext and tag; none if it does not authenticate.
    pub fn open(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let length = sealed.len().checked_sub(TAG)?;
        let mut buffer = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0.open_in_place(nonce, Aad::from(aad), &mut buffer).ok()?;
        buffer.truncate(length);
        Some(buffer)
    }
}

/// An HMAC-SHA256 key. Boxed, for the reason of [`Key32`].
pub struct MacKey(Box<hmac::Key>);

impl MacKey {
    pub fn new(key: &Key32) -> Self {
        made(|| Self(Box::new(hmac::Key::new(hmac::HMAC_SHA256, key.bytes()))))
    }

    /// The MAC of the parts, one after another: the caller makes them unambiguous.
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        bytes32(context.sign().as_ref())
    }

    /// Whether `mac` is that of `content`, in constant time.
    pub fn verify(&self, content: &[u8], mac: &[u8]) -> bool {
        hmac::verify(&self.0, content, mac).is_ok()
    }
}

/// SHA-256.
pub fn sha256(content: &[u8]) -> [u8; 32] {
    bytes32(digest::digest(&digest::SHA256, content).as_ref())
}

/// The first 32 bytes, which is all of a SHA-256 output.
fn bytes32(from: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    out
}
