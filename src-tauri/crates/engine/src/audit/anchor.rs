//! The anchor: the number and mac of an entry that was the trail's last, kept in a file beside the data, so that a trail
//! whose end was cut off, or a whole older data file put back, is noticed.
//!
//! It is written after what it names is durable: it may lag behind the trail, up to [`EVERY`] entries or what came since
//! the last clean end, and never leads. Whoever can put back an older anchor together with the older data is not noticed
//! by it.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use ccc_store::{Connection, tables::audit};
use ccc_vault::EncryptionService;

use crate::{Error, export};

/// After how many entries the anchor is moved.
pub(super) const EVERY: u64 = 64;

/// Begins the file, with the version of its form.
const HEADER: &[u8; 8] = b"CCC-AH1\n";
/// Begins what an anchor's signature covers. An entry's bytes and a note's begin with another version, so that none of them
/// passes for another.
const SIGNED_AS: &[u8] = b"\x02anchor";

/// A number, a mac, and the signature of both.
pub(super) const SIGNED: usize = 8 + 32 + 32;

/// An entry of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) number: u64,
    pub(super) mac: [u8; 32],
}

impl Head {
    /// Its number, its mac, and the signature of both under the trail's key, which covers `kind` as well.
    pub(super) fn signed(self, kind: &[u8], keys: &EncryptionService) -> Result<[u8; SIGNED], Error> {
        let number = self.number.to_be_bytes();
        let signature = keys.audit_mac(&self.mac, &[kind, &number].concat())?;
        let mut signed = [0; SIGNED];
        let parts = number.into_iter().chain(self.mac).chain(signature);
        signed.iter_mut().zip(parts).for_each(|(cell, byte)| *cell = byte);
        Ok(signed)
    }

    /// What was signed as `kind`; none if it was not.
    pub(super) fn opened(signed: &[u8; SIGNED], kind: &[u8], keys: &EncryptionService) -> Result<Option<Self>, Error> {
        let parts = signed.split_first_chunk::<8>();
        let parts = parts.and_then(|(number, rest)| Some((*number, *rest.first_chunk::<32>()?)));
        let Some((number, mac)) = parts else { return Ok(None) };
        let head = Self {
            number: u64::from_be_bytes(number),
            mac,
        };
        Ok((head.signed(kind, keys)? == *signed).then_some(head))
    }

    /// Whether the trail has this entry.
    pub(super) fn is_in(self, connection: &Connection) -> Result<bool, Error> {
        // The trail of a data file that was never written to has no entry to name.
        Ok(self.number == 0 || audit::mac(connection, self.number)? == Some(self.mac))
    }
}

/// What the anchor's file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchored {
    /// There is no file.
    Nothing,
    /// It is none of this profile's, or was changed.
    Unreadable,
    /// This entry was the last.
    At(Head),
}

/// Where the anchor of a profile is.
pub(crate) fn path(directory: &Path) -> PathBuf {
    directory.join("audit-head.ccc")
}

/// Reads the anchor.
pub(super) fn read(path: &Path, keys: &EncryptionService) -> Result<Anchored, Error> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Anchored::Nothing),
        read => read?,
    };
    let signed = bytes.strip_prefix(HEADER).and_then(|rest| rest.try_into().ok());
    let head = signed.map_or(Ok(None), |signed| Head::opened(signed, SIGNED_AS, keys))?;
    Ok(head.map_or(Anchored::Unreadable, Anchored::At))
}

/// Writes the anchor, whole or not at all.
pub(super) fn write(path: &Path, head: Head, keys: &EncryptionService) -> Result<(), Error> {
    let bytes = [&HEADER[..], &head.signed(SIGNED_AS, keys)?].concat();
    export::write_file(path, &bytes, true)
}
