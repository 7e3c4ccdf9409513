//! What a backup says of itself, under a mac, so that a changed word is noticed.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Write},
    path::Path,
};

use ccc_domain::{ProfileId, Timestamp};
use ccc_vault::EncryptionService;
use serde::{Deserialize, Serialize};

use super::BackupFault;
use crate::Error;

/// The manifest's file in a backup.
pub(super) const FILE: &str = "manifest.json";
/// The data file in a backup, as in a profile.
pub(crate) const DATA: &str = "data.ccc";
/// The version written here.
const FORMAT: u32 = 1;
/// No manifest is as large: 1 MiB.
const MOST: u64 = 1 << 20;

/// A backup's description. Its JSON is what the mac covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) profile_id: ProfileId,
    pub(super) created_at: Timestamp,
    /// The schema of the data file.
    pub(super) schema: u32,
    /// The data file's size and digest.
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Rows by table.
    pub(super) rows: BTreeMap<String, i64>,
    /// The last entry of the audit trail: its number and mac.
    pub(super) audit_entries: u64,
    pub(super) audit_mac: String,
}

#[derive(Serialize, Deserialize)]
struct Signed {
    manifest: Manifest,
    mac: String,
}

/// As much of a manifest as every version has.
#[derive(Deserialize)]
struct Versioned {
    manifest: Version,
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

/// A manifest as found, its mac still to be checked.
pub(super) struct Found {
    pub(super) manifest: Manifest,
    mac: String,
}

impl Manifest {
    pub(super) const fn format() -> u32 {
        FORMAT
    }

    pub(super) fn rows_of(&self, table: &str) -> u64 {
        self.rows
            .get(table)
            .copied()
            .and_then(|n| u64::try_from(n).ok())
            .unwrap_or(0)
    }

    /// Writes it into `directory` and waits for the disk.
    pub(super) fn write(&self, keys: &EncryptionService, directory: &Path) -> Result<(), Error> {
        let signed = Signed {
            mac: hex(&keys.backup_mac(&bytes_of(self)?)?),
            manifest: self.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&signed).map_err(|_| UNWRITABLE)?;
        text.push(b'\n');
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(directory.join(FILE))?;
        file.write_all(&text)?;
        Ok(file.sync_all()?)
    }
}

impl Found {
    /// The manifest in `directory`; what speaks against it where it cannot be used.
    ///
    /// # Errors
    /// [`BackupFault::TooNew`]; [`BackupFault::Damaged`] when it is missing or no manifest.
    pub(super) fn read(directory: &Path) -> Result<Self, BackupFault> {
        let damaged = |_| BackupFault::Damaged;
        let mut text = Vec::new();
        let file = File::open(directory.join(FILE)).map_err(damaged)?;
        file.take(MOST).read_to_end(&mut text).map_err(damaged)?;
        let version: Versioned = serde_json::from_slice(&text).map_err(|_| BackupFault::Damaged)?;
        if version.manifest.format > FORMAT {
            return Err(BackupFault::TooNew);
        }
        let signed: Signed = serde_json::from_slice(&text).map_err(|_| BackupFault::Damaged)?;
        Ok(Self {
            manifest: signed.manifest,
            mac: signed.mac,
        })
    }

    /// Whether it is as it was written with these keys.
    pub(super) fn is_authentic(&self, keys: &EncryptionService) -> Result<bool, Error> {
        Ok(self.mac == hex(&keys.backup_mac(&bytes_of(&self.manifest)?)?))
    }
}

const UNWRITABLE: Error = Error::Internal("a manifest could not be written as JSON");

fn bytes_of(manifest: &Manifest) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(manifest).map_err(|_| UNWRITABLE)
}

/// Two lowercase digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
