//! Putting other files in a profile's place, so that a kill leaves the old ones or the new ones.
//!
//! They are made complete in a directory of their own inside the profile's, synced, and renamed: that rename is the moment
//! from which they are the profile's. Moving them into place follows, and is done again from the start at the next opening
//! where a kill came between.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ccc_domain::Timestamp;
use ccc_store::files;

use super::{
    make::{make_private, sync_directory},
    manifest::DATA,
};
use crate::{
    Error, Profile,
    audit::{anchor, last},
};

/// What is being made to take the profile's place.
const BEGUN: &str = ".restoring.partial";
/// What takes the profile's place.
const READY: &str = ".restoring";
/// In it: the new files, and where the old ones go.
const NEW: &str = "new";
const DROPPED: &str = "dropped";
/// How a directory is called that keeps what was replaced.
const ASIDE: &str = "aside-";
/// The files of a profile, in the order they are put in place.
const FILES: [&str; 3] = [DATA, "keys-a.ccc", "keys-b.ccc"];

impl Profile {
    /// Puts in place what a restore prepared; false where none did. No engine may have the profile open.
    ///
    /// # Errors
    /// [`Error::Io`] and those of the store: what is not done yet is done by the next call.
    pub fn settle(&self) -> Result<bool, Error> {
        settle(self.directory())
    }

    /// Takes back what a restore prepared and nobody settled.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn abandon_restore(&self) -> Result<(), Error> {
        let ready = self.directory().join(READY);
        if ready.is_dir() {
            // Renamed first: half of it must not be settled by the next opening.
            files::rename_durably(&ready, &self.directory().join(BEGUN))?;
        }
        remove_directory(&self.directory().join(BEGUN))
    }
}

/// New files of a profile while they are made; gone when they are not committed.
pub(crate) struct Replacing {
    profile: PathBuf,
    begun: Unfinished,
    new: PathBuf,
}

impl Replacing {
    pub(crate) fn begin(profile: &Path) -> Result<Self, Error> {
        let begun = Unfinished::new(profile.join(BEGUN))?;
        let new = begun.0.join(NEW);
        make_private(&new)?;
        Ok(Self {
            profile: profile.to_owned(),
            begun,
            new,
        })
    }

    /// Where the new files go: data and keys, by the names they have in a profile.
    pub(crate) fn new_files(&self) -> &Path {
        &self.new
    }

    /// A directory to work in, gone with the rest.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf, Error> {
        let scratch = self.begun.0.join(name);
        make_private(&scratch)?;
        Ok(scratch)
    }

    /// Decides: from here on the new files are the profile's, to be put in place by [`settle`]. Where the old ones will lie,
    /// if they are kept and there are any.
    pub(crate) fn commit(self, now: Timestamp, keep: bool) -> Result<Option<String>, Error> {
        let anything = FILES.iter().any(|name| self.profile.join(name).exists());
        let aside = aside_name(now);
        make_private(&self.begun.0.join(if keep { aside.as_str() } else { DROPPED }))?;
        sync_directory(&self.new)?;
        sync_directory(&self.begun.0)?;
        files::rename_durably(&self.begun.0, &self.profile.join(READY))?;
        Ok((keep && anything).then(|| self.profile.join(aside).display().to_string()))
    }
}

/// Puts in place what was prepared in `directory`, and removes what was only begun.
///
/// # Errors
/// [`Error::Io`]; those of the store. Each step may be done twice.
pub(crate) fn settle(directory: &Path) -> Result<bool, Error> {
    remove_directory(&directory.join(BEGUN))?;
    let ready = directory.join(READY);
    if !ready.is_dir() {
        return Ok(false);
    }
    let old = old_in(&ready)?;
    for name in FILES {
        let new = ready.join(NEW).join(name);
        if !new.exists() {
            continue;
        }
        if name == DATA {
            set_log_aside(directory, &old)?;
        }
        let here = directory.join(name);
        if here.exists() {
            files::rename_durably(&here, &old.join(name))?;
        }
        files::rename_durably(&new, &here)?;
    }
    // They name the end of the old trail, which the new data need not reach.
    for anchor in [anchor::path(directory), last::path(directory)] {
        if let Some(name) = anchor.file_name().filter(|_| anchor.exists()) {
            files::rename_durably(&anchor, &old.join(name))?;
        }
    }
    keep_aside(directory, &old)?;
    remove_directory(&ready)?;
    sync_directory(directory)?;
    tracing::info!("a restored backup took the profile's place");
    Ok(true)
}

/// The replaced data file's log goes with it: SQLite would take it for the new one's.
fn set_log_aside(directory: &Path, old: &Path) -> Result<(), Error> {
    let data = directory.join(DATA);
    let log = files::wal_of(&data);
    if log.exists() {
        files::rename_durably(&log, &files::wal_of(&old.join(DATA)))?;
    }
    match fs::remove_file(directory.join(format!("{DATA}-shm"))) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Where what is replaced goes.
fn old_in(ready: &Path) -> Result<PathBuf, Error> {
    for entry in fs::read_dir(ready)? {
        let name = entry?.file_name();
        if name.to_string_lossy().starts_with(ASIDE) {
            return Ok(ready.join(name));
        }
    }
    let dropped = ready.join(DROPPED);
    make_private(&dropped)?;
    Ok(dropped)
}

/// Gives what is to be kept its place in the profile's directory.
fn keep_aside(directory: &Path, old: &Path) -> Result<(), Error> {
    let Some(name) = old.file_name().filter(|name| name.to_string_lossy().starts_with(ASIDE)) else {
        return Ok(());
    };
    if fs::read_dir(old)?.next().is_some() {
        files::rename_durably(old, &directory.join(name))?;
    }
    Ok(())
}

fn aside_name(at: Timestamp) -> String {
    let text = at.to_string().replace(':', "-");
    format!("{ASIDE}{}", text.replace('.', "-"))
}

fn remove_directory(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A directory that goes where it was not renamed.
pub(crate) struct Unfinished(pub(super) PathBuf);

impl Unfinished {
    pub(super) fn new(path: PathBuf) -> Result<Self, Error> {
        remove_directory(&path)?;
        make_private(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next restore or opening.
        let _ = fs::remove_dir_all(&self.0);
    }
}
