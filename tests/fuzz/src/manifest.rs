//! Manifests of backups.
//!
//! An input is put into a backup in the place of its manifest, and the backups are listed: by the open profile, and as
//! anybody sees them who has no keys. Where nothing is said to speak against it, all that is shown of it is what was written
//! when it was made. Both say the same, and say it again of the same words laid out otherwise.
//!
//! Guard down: a manifest is believed that carries the mac of the one that was written.

use std::{fs, path::PathBuf, sync::LazyLock};

use ccc_engine::{
    Engine,
    backup::{FoundBackup, directory_of, found_in},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Broken, Guard, profile, promise, setup};

/// An open profile with one backup.
struct Shelf {
    engine: Engine,
    backup: PathBuf,
    /// As it was made.
    made: FoundBackup,
    mac: Value,
    _place: TempDir,
}

impl Shelf {
    fn new() -> Result<Self, Broken> {
        let place = profile::place()?;
        let directory = place.path().join("profile");
        profile::put(&directory)?;
        let engine = profile::open(&directory, &profile::recovery()?).map_err(setup)?;
        let backup = directory_of(&directory).map_err(setup)?.join("2027-01-15");
        profile::put(&backup)?;
        let manifest = profile::file(profile::MANIFEST)?;
        fs::write(backup.join(profile::MANIFEST), &manifest).map_err(setup)?;
        let made = found_in(&backup).pop();
        let written: Value = serde_json::from_slice(&manifest).map_err(setup)?;
        // Listing looks at the length of the data file, and at nothing in it.
        let length = written.pointer("/manifest/bytes").and_then(Value::as_u64);
        let data = fs::File::options().write(true).open(backup.join(profile::DATA));
        let cut = data.and_then(|data| data.set_len(length.unwrap_or_default()));
        cut.map_err(setup)?;
        Ok(Self {
            engine,
            made: made.ok_or_else(|| setup("the profile's manifest is none"))?,
            mac: written.get("mac").cloned().unwrap_or_default(),
            backup,
            _place: place,
        })
    }

    /// What the backup shows of itself, and what the open profile takes it for, with these bytes for its manifest.
    fn show(&self, manifest: &[u8], guard: Guard) -> Result<(Option<FoundBackup>, bool), Broken> {
        fs::write(self.backup.join(profile::MANIFEST), manifest).map_err(setup)?;
        let seen = found_in(&self.backup).pop();
        let listed = self.engine.backups.list().map_err(setup)?;
        let told = |told: &&ccc_engine::backup::BackupInfo| told.copies.iter().all(|copy| copy.fault.is_none());
        let whole = listed.iter().find(told);
        if let (Some(info), Some(seen)) = (listed.first(), &seen) {
            let alike = (info.created_at, info.sessions, info.turns) == (seen.created_at, seen.sessions, seen.turns);
            promise(alike, || format!("listed as {info:?}, seen as {seen:?}"))?;
        }
        promise(whole.is_none() || seen.is_some(), || {
            "whole, and not to be seen".to_owned()
        })?;
        let carries = |value: Value| value.get("mac") == Some(&self.mac);
        let believed = guard == Guard::Down && seen.is_some() && value(manifest).is_some_and(carries);
        Ok((seen, whole.is_some() || believed))
    }
}

fn value(manifest: &[u8]) -> Option<Value> {
    serde_json::from_slice(manifest).ok()
}

static SHELF: LazyLock<Result<Shelf, Broken>> = LazyLock::new(Shelf::new);

/// Lists the backup with the input for its manifest.
///
/// # Errors
/// [`Broken::Promise`]; [`Broken::Setup`].
pub fn hold(bytes: &[u8], guard: Guard) -> Result<(), Broken> {
    let shelf = SHELF.as_ref().map_err(setup)?;
    let (seen, whole) = shelf.show(bytes, guard)?;
    if whole {
        let same = seen.as_ref() == Some(&shelf.made);
        promise(same, || format!("nothing speaks against {seen:?}"))?;
    }
    // The two readers of JSON need not agree on numbers that neither can hold.
    let (Some(before), Some(value)) = (seen, value(bytes)) else {
        return Ok(());
    };
    let laid_out = serde_json::to_vec_pretty(&value).map_err(setup)?;
    let (again, still) = shelf.show(&laid_out, guard)?;
    promise(again.as_ref() == Some(&before), || {
        format!("{before:?} laid out otherwise is {again:?}")
    })?;
    promise(still == whole, || "it is only whole as it is laid out".to_owned())
}
