//! The envelope of a sealed value: `version u8 | codec u8 | key epoch u32 BE | nonce 12 | ciphertext | tag 16`.
//!
//! Version, codec and epoch are authenticated together with the place, so no bit of an envelope can change unnoticed.

use ccc_domain::ProfileId;
use zeroize::Zeroizing;

use crate::{
    Error, Place,
    codec::{self, MAX_PLAIN},
    crypto::{AesKey, NONCE, TAG, random},
    place::Field,
};

const VERSION: u8 = 1;
const RAW: u8 = 0;
const ZSTD: u8 = 1;
const HEADER: usize = 6 + NONCE;
const LABEL: &str = "ccc/v1/seal";

/// A data key and the epoch written beside what it seals.
pub struct DataKey {
    pub key: AesKey,
    pub epoch: u32,
}

/// Seals `plain` for `place` under a fresh random nonce, compressed where that is smaller.
///
/// Random 96-bit nonces: at 2^32 values under one session's key two collide with probability 2^-33.
pub fn seal(key: &DataKey, profile: ProfileId, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
    seal_with(key, profile, place, plain, random()?)
}

/// [`seal`] with a given nonce, which must never have been used under this key.
pub fn seal_with(
    key: &DataKey,
    profile: ProfileId,
    place: &Place<'_>,
    plain: &[u8],
    nonce: [u8; NONCE],
) -> Result<Vec<u8>, Error> {
    if plain.len() > MAX_PLAIN {
        return Err(Error::TooLarge);
    }
    let compressed = codec::compress(plain);
    let (codec, body) = compressed
        .as_ref()
        .map_or((RAW, plain), |frame| (ZSTD, frame.as_slice()));
    let mut out = Vec::with_capacity(HEADER + body.len() + TAG);
    out.extend_from_slice(&[VERSION, codec]);
    out.extend_from_slice(&key.epoch.to_be_bytes());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(body);
    key.key
        .seal(nonce, &aad(codec, key.epoch, profile, place), &mut out, HEADER)?;
    Ok(out)
}

/// The value sealed for `place`.
pub fn open(key: &DataKey, profile: ProfileId, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (header, body) = sealed.split_first_chunk::<HEADER>().ok_or(Error::Damaged)?;
    let [version, codec, e0, e1, e2, e3, nonce @ ..] = *header;
    if version != VERSION || codec > ZSTD {
        return Err(Error::SealTooNew);
    }
    let epoch = u32::from_be_bytes([e0, e1, e2, e3]);
    let plain = key
        .key
        .open(nonce, &aad(codec, epoch, profile, place), body)
        .ok_or(Error::Damaged)?;
    match codec {
        RAW => Ok(plain),
        _ => codec::decompress(&plain),
    }
}

/// What is authenticated beside the ciphertext. Frozen by a golden test.
pub fn aad(codec: u8, epoch: u32, profile: ProfileId, place: &Place<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    Field::Text(LABEL).encode(&mut out);
    out.extend_from_slice(&[VERSION, codec]);
    out.extend_from_slice(&epoch.to_be_bytes());
    place.encode(profile, &mut out);
    out
}
