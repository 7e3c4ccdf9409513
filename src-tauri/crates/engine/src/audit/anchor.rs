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
const BYTES: usize = HEADER.len() + 8 + 32 + 32;

/// An entry of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) number: u64,
    pub(super) mac: [u8; 32],
}

impl Head {
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
    let parts = bytes.strip_prefix(HEADER).and_then(|rest| {
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (mac, signed) = rest.split_first_chunk::<32>()?;
        Some((u64::from_be_bytes(*number), *mac, <[u8; 32]>::try_from(signed).ok()?))
    });
    let Some((number, mac, signed)) = parts else {
        return Ok(Anchored::Unreadable);
    };
    let head = Head { number, mac };
    Ok(match sign(head, keys)? == signed {
        true => Anchored::At(head),
        false => Anchored::Unreadable,
    })
}

/// Writes the anchor, whole or not at all.
pub(super) fn write(path: &Path, head: Head, keys: &EncryptionService) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(HEADER);
    bytes.extend_from_slice(&head.number.to_be_bytes());
    bytes.extend_from_slice(&head.mac);
    bytes.extend_from_slice(&sign(head, keys)?);
    export::write_file(path, &bytes, true)
}

/// Under the trail's key. An entry's bytes begin with another version, so neither passes for the other.
fn sign(head: Head, keys: &EncryptionService) -> Result<[u8; 32], Error> {
    let mut bytes = b"\x02anchor".to_vec();
    bytes.extend_from_slice(&head.number.to_be_bytes());
    Ok(keys.audit_mac(&head.mac, &bytes)?)
}
