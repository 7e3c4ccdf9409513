//! Verifying a backup: that it is what was made, and that every row of it opens.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use ccc_store::Db;
use ccc_vault::EncryptionService;

use super::{
    Backups, Watch,
    make::make_private,
    manifest::{DATA, Found, Manifest, hex},
    state,
};
use crate::{
    Error,
    examine::{Examined, examine},
};

const CHANGED: Error = Error::Damaged("the backup is not as it was made");

/// The SHA-256 of a file, in hexadecimal.
pub(super) fn digest(path: &Path) -> Result<String, Error> {
    Ok(hex(&ccc_vault::sha256_of(File::open(path)?)?))
}

/// The manifest of the backup in `directory`, made with `keys` and matching the data file byte for byte.
///
/// # Errors
/// [`Error::Damaged`] when anything was changed; [`Error::Store`] for a newer version; [`Error::Io`].
pub(super) fn as_made(directory: &Path, keys: &EncryptionService) -> Result<Manifest, Error> {
    let found = Found::read(directory).map_err(|fault| match fault {
        super::BackupFault::TooNew => ccc_store::Error::TooNew {
            found: u32::MAX,
            known: Manifest::format(),
        }
        .into(),
        _ => CHANGED,
    })?;
    if !found.is_authentic(keys)? || found.manifest.profile_id != keys.profile() {
        return Err(CHANGED);
    }
    match digest(&directory.join(DATA)) {
        Ok(digest) if digest == found.manifest.sha256 => Ok(found.manifest),
        Ok(_) => Err(CHANGED),
        Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Err(CHANGED),
        Err(error) => Err(error),
    }
}

/// A backup's data file to be read: where it lies, or, where its schema is older, a migrated copy that goes with this.
pub(crate) struct Reading {
    pub(crate) db: Db,
    pub(super) scratch: Option<Scratch>,
}

/// A directory that goes with this.
pub(crate) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new(directory: PathBuf) -> Result<Self, Error> {
        let _ = fs::remove_dir_all(&directory);
        make_private(&directory)?;
        Ok(Self(directory))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Swept with other unfinished ones where it cannot be removed now.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Opens a backup's data file. `scratch` is where a copy may be made.
pub(super) fn open(directory: &Path, scratch: PathBuf) -> Result<Reading, Error> {
    let data = directory.join(DATA);
    match Db::open_copy(&data) {
        Err(ccc_store::Error::Migration(_)) => {
            let scratch = Scratch::new(scratch)?;
            let copy = scratch.0.join(DATA);
            ccc_store::files::copy_durably(&data, &copy)?;
            Ok(Reading {
                db: Db::open(&copy)?,
                scratch: Some(scratch),
            })
        }
        opened => Ok(Reading {
            db: opened?,
            scratch: None,
        }),
    }
}

/// That the file hangs together and every row opens.
pub(super) fn open_every_row(db: &Db, keys: &EncryptionService, watch: Watch<'_>) -> Result<Examined, Error> {
    db.check(true)?;
    let seen = examine(keys, db, watch)?;
    match seen.faults.first() {
        None => Ok(seen),
        Some(fault) => {
            tracing::error!(faults = seen.faults.len(), what = fault.what, "a backup did not verify");
            Err(CHANGED)
        }
    }
}

/// As [`open_every_row`], and that the trail is as long as the manifest says.
pub(super) fn check_rows(
    db: &Db,
    keys: &EncryptionService,
    manifest: &Manifest,
    watch: Watch<'_>,
) -> Result<Examined, Error> {
    let seen = open_every_row(db, keys, watch)?;
    if seen.trail.0 != manifest.audit_entries || hex(&seen.trail.1) != manifest.audit_mac {
        return Err(CHANGED);
    }
    Ok(seen)
}

impl Backups {
    /// Verifies every copy of a backup: manifest, digest, keys, structure, every row, the audit trail. How many turns were
    /// read. A copy that fails is noted as damaged, and one that passes is not any more.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Damaged`] for the first copy that fails; [`Error::Cancelled`]; [`Error::Io`].
    pub fn verify(&self, name: &str, watch: Watch<'_>) -> Result<u64, Error> {
        let _one_at_a_time = self.one_at_a_time();
        let all = self.list()?;
        let found = all.iter().find(|info| info.name == name);
        let found = found.ok_or(Error::NotFound(crate::Entity::Backup))?;
        let mut turns = Ok(0);
        for copy in &found.copies {
            let verified = self.verify_at(Path::new(&copy.path), watch);
            if matches!(verified, Err(Error::Cancelled)) {
                return verified;
            }
            self.note_soundness(&copy.path, verified.is_ok())?;
            turns = turns.and(verified);
        }
        turns
    }

    fn verify_at(&self, directory: &Path, watch: Watch<'_>) -> Result<u64, Error> {
        let keys = self.core.keys.open_keys_in(directory)?;
        let manifest = as_made(directory, &keys)?;
        let reading = open(directory, self.scratch()?)?;
        Ok(check_rows(&reading.db, &keys, &manifest, watch)?.turns)
    }

    /// Notes whether a backup was found whole.
    pub(super) fn note_soundness(&self, path: &str, sound: bool) -> Result<(), Error> {
        if sound != self.state()?.unsound.contains(path) {
            return Ok(());
        }
        let path = path.to_owned();
        state::change(&self.core, &self.db, None, move |state| {
            if sound {
                state.unsound.remove(&path);
            } else {
                state.unsound.insert(path);
            }
        })
    }

    /// Where a copy may be made for a while.
    pub(super) fn scratch(&self) -> Result<PathBuf, Error> {
        Ok(self.own_folder()?.join(format!("{}reading", self.mark())))
    }
}
