//! Where backups lie, and the keys files in them.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use ccc_domain::{SessionId, backup::Dated};

use super::{
    BackupCopy, BackupFault, BackupInfo, Backups,
    manifest::{DATA, Found, Manifest},
    state,
};
use crate::{Error, core::Core};

/// How the name of what is not finished, or no longer wanted, begins.
pub(super) const UNFINISHED: &str = ".partial-";
/// The folder made in a folder of the person's choice.
const INSIDE: &str = "ccc-backups";

/// Where the backups of the profile in `directory` lie: beside it, under its name with `-backups`. Not in it, so that
/// what happens to the one (removed, copied, overgrown) does not happen to the other.
///
/// # Errors
/// [`Error::Io`] when the directory cannot be found out.
pub fn directory_of(directory: &Path) -> Result<PathBuf, Error> {
    let mut absolute = std::path::absolute(directory)?;
    if absolute.file_name().is_none() {
        absolute = fs::canonicalize(absolute)?;
    }
    let mut name = absolute
        .file_name()
        .ok_or(Error::Invalid("the root of a disk cannot be a profile"))?
        .to_owned();
    name.push("-backups");
    Ok(absolute.with_file_name(name))
}

/// Where backups lie in a folder of the person's choice.
pub(super) fn inside(chosen: &Path) -> PathBuf {
    chosen.join(INSIDE)
}

/// The directories in `folder`, finished backups or not; none where there is no folder.
pub(super) fn directories(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The finished backups in `folder`: those with a manifest. A damaged one is listed too, if it is named as one.
pub(super) fn backups(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = directories(folder)?;
    found.retain(|path| {
        let unfinished = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED));
        !unfinished && (path.join(DATA).exists() || path.join(super::manifest::FILE).exists())
    });
    Ok(found)
}

/// Destroys a session's key in every backup of the profile; the folders where that failed, to be tried again. `folders`
/// are those of the person's choice.
pub(crate) fn destroy_keys(core: &Core, folders: &[String], session: SessionId) -> Vec<String> {
    let mut left = Vec::new();
    // What a restore replaced is kept aside in the profile's directory, with its keys.
    let own = core
        .backups
        .iter()
        .chain(&core.directory)
        .map(|own| (own.clone(), false));
    let chosen = folders.iter().map(|chosen| (inside(Path::new(chosen)), true));
    for (folder, must_be_there) in own.chain(chosen) {
        if let Err(error) = destroy_in(core, &folder, must_be_there, session) {
            tracing::warn!(code = %error.code(), "a deleted session's key may still lie in a backup");
            left.push(folder.display().to_string());
        }
    }
    left
}

fn destroy_in(core: &Core, folder: &Path, must_be_there: bool, session: SessionId) -> Result<(), Error> {
    // A disk that is not plugged in leaves an empty place, or none.
    if must_be_there && !folder.is_dir() {
        return Err(Error::Io(ErrorKind::NotFound.into()));
    }
    let mut first = Ok(());
    for directory in directories(folder)? {
        let destroyed = match core.keys.destroy_session_key_in(&directory, session) {
            Err(ccc_vault::Error::KeysMismatch) if !is_of(core, &directory) => Ok(()),
            other => other.map_err(Error::from),
        };
        first = first.and(destroyed);
    }
    first
}

/// Whether a backup's data file has the length that its manifest says.
fn is_as_long(directory: &Path, manifest: &Manifest) -> bool {
    fs::metadata(directory.join(DATA)).is_ok_and(|data| data.len() == manifest.bytes)
}

/// Whether a backup says that it is this profile's.
fn is_of(core: &Core, directory: &Path) -> bool {
    Found::read(directory).is_ok_and(|found| found.manifest.profile_id == core.keys.profile())
}

impl Backups {
    /// Every backup of this profile that can be reached, newest first. Reads manifests and sizes, not the data.
    ///
    /// # Errors
    /// Those of the settings; a folder that cannot be read is left out.
    pub fn list(&self) -> Result<Vec<BackupInfo>, Error> {
        let unsound = self.state()?.unsound;
        let mut all: Vec<BackupInfo> = Vec::new();
        for path in self
            .folders()?
            .iter()
            .flat_map(|folder| backups(folder).unwrap_or_default())
        {
            let Some((mut info, manifest)) = self.look(&path) else {
                continue;
            };
            for copy in info.copies.iter_mut().filter(|copy| unsound.contains(&copy.path)) {
                copy.fault = Some(BackupFault::Damaged);
            }
            match all.iter_mut().find(|other| other.name == info.name) {
                Some(other) => other.copies.append(&mut info.copies),
                None if self.is_anothers(&info, manifest.as_ref()) => {}
                None => all.push(info),
            }
        }
        all.sort_by(|a, b| (b.created_at, &b.name).cmp(&(a.created_at, &a.name)));
        Ok(all)
    }

    /// Whether a backup is another profile's. A manifest that was changed proves nothing while our keys lie beside it.
    fn is_anothers(&self, info: &BackupInfo, manifest: Option<&Manifest>) -> bool {
        let other_keys = info
            .copies
            .iter()
            .any(|copy| copy.fault == Some(BackupFault::OtherKeys));
        other_keys && manifest.is_none_or(|m| m.profile_id != self.core.keys.profile())
    }

    /// A backup as its manifest describes it.
    pub(super) fn look(&self, path: &Path) -> Option<(BackupInfo, Option<Manifest>)> {
        let name = path.file_name()?.to_str()?.to_owned();
        let (manifest, fault) = match Found::read(path) {
            Ok(found) => {
                let fault = self.fault_of(path, &found);
                (Some(found.manifest), fault)
            }
            Err(fault) => (None, Some(fault)),
        };
        let rows = |table| manifest.as_ref().map_or(0, |m| m.rows_of(table));
        let info = BackupInfo {
            created_at: manifest.as_ref().map(|m| m.created_at).unwrap_or_default(),
            bytes: manifest.as_ref().map_or(0, |m| m.bytes),
            sessions: rows("sessions"),
            conversations: rows("conversations"),
            turns: rows("turns"),
            copies: vec![BackupCopy {
                path: path.display().to_string(),
                fault,
            }],
            name,
        };
        Some((info, manifest))
    }

    fn fault_of(&self, path: &Path, found: &Found) -> Option<BackupFault> {
        match self.core.keys.open_keys_in(path) {
            Err(ccc_vault::Error::KeysMismatch) => return Some(BackupFault::OtherKeys),
            Err(ccc_vault::Error::KeysTooNew { .. }) => return Some(BackupFault::TooNew),
            Err(_) => return Some(BackupFault::Damaged),
            Ok(_) => {}
        }
        let as_long = is_as_long(path, &found.manifest);
        let authentic = found.is_authentic(&self.core.keys).unwrap_or(false);
        (!as_long || !authentic).then_some(BackupFault::Damaged)
    }

    /// The directory of a backup's first copy that nothing speaks against.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Damaged`] when something speaks against every copy.
    pub fn find(&self, name: &str) -> Result<PathBuf, Error> {
        let all = self.list()?;
        let found = all.iter().find(|info| info.name == name);
        let found = found.ok_or(Error::NotFound(crate::Entity::Backup))?;
        let sound = found.copies.iter().find(|copy| copy.fault.is_none());
        let sound = sound.ok_or(Error::Damaged("no copy of this backup is whole"))?;
        Ok(PathBuf::from(&sound.path))
    }

    /// What the rules of retention ask about the backups in `folder`, with their directories.
    pub(super) fn dated(&self, folder: &Path) -> Result<Vec<(PathBuf, Dated)>, Error> {
        let unsound = self.state()?.unsound;
        let mut all = Vec::new();
        for path in backups(folder)? {
            // Only what is certainly ours is ever pruned.
            let Some((info, Some(manifest))) = self.look(&path) else {
                continue;
            };
            let mut fault = info.copies.first().and_then(|copy| copy.fault);
            if fault == Some(BackupFault::OtherKeys) && self.core.keys.recognises_keys_in(&path).unwrap_or(false) {
                // Of a master key that was replaced: as certainly ours, and as good as its length.
                fault = (!is_as_long(&path, &manifest)).then_some(BackupFault::Damaged);
            }
            if manifest.profile_id != self.core.keys.profile() || fault == Some(BackupFault::OtherKeys) {
                continue;
            }
            let sound = fault.is_none() && !unsound.contains(&path.display().to_string());
            let (at, bytes) = (info.created_at, info.bytes);
            all.push((path, Dated { at, bytes, sound }));
        }
        Ok(all)
    }

    /// Runs `work` on every directory of this profile's backups that can be reached, finished or not; the folders where it
    /// failed or that are away. For what must hold in all keys files, such as a new passphrase.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn in_every_keys_directory(
        &self,
        mut work: impl FnMut(&Path) -> Result<(), Error>,
    ) -> Result<Vec<PathBuf>, Error> {
        let state = self.state()?;
        let chosen = state.folders.iter().map(|folder| inside(Path::new(folder)));
        let mut failed = Vec::new();
        for folder in std::iter::once(self.own_folder()?.to_owned()).chain(chosen) {
            let all = directories(&folder)?;
            let ours = all.iter().filter(|path| is_of(&self.core, path));
            let done = ours.map(|path| work(path)).fold(Ok(()), Result::and);
            if done.is_err() || (!folder.is_dir() && folder != self.own_folder()?) {
                failed.push(folder);
            }
        }
        Ok(failed)
    }

    /// Destroys keys of deleted sessions in folders that were away; how many are still to be reached.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn reach_again(&self) -> Result<usize, Error> {
        let unreached = self.state()?.unreached;
        if unreached.is_empty() {
            return Ok(0);
        }
        let reached = |one: &&state::Unreached| {
            let folder = Path::new(&one.folder);
            let own = self
                .core
                .backups
                .iter()
                .chain(&self.core.directory)
                .any(|own| own == folder);
            destroy_in(&self.core, folder, !own, one.session_id).is_ok()
        };
        let done: Vec<_> = unreached.iter().filter(reached).cloned().collect();
        let left = unreached.len() - done.len();
        if !done.is_empty() {
            state::change(&self.core, &self.db, None, move |state| {
                state.unreached.retain(|one| !done.contains(one));
            })?;
        }
        Ok(left)
    }

    /// Gives up a folder that will not come back: what lies there is no longer reached by deletions.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn forget_folder(&self, folder: &str) -> Result<(), Error> {
        let mut settings = self.settings()?;
        if settings.folder.as_deref() == Some(folder) {
            settings.folder = None;
            self.set(&settings)?;
        }
        let (folder, within) = (folder.to_owned(), inside(Path::new(folder)).display().to_string());
        state::change(&self.core, &self.db, Some(("forget", String::new())), move |state| {
            state
                .folders
                .retain(|known| *known != folder && inside(Path::new(known)) != Path::new(&folder));
            state
                .unreached
                .retain(|one| one.folder != within && one.folder != folder);
        })
    }

    pub(super) fn check_folder(&self, folder: &Path) -> Result<(), Error> {
        if !folder.is_absolute() || !folder.is_dir() {
            return Err(Error::Invalid("choose a folder that is there, by its whole path"));
        }
        let (folder, own) = (fs::canonicalize(folder)?, self.own_folder()?);
        let profile = self.db.path().parent().map(fs::canonicalize).transpose()?;
        if profile.is_some_and(|profile| folder.starts_with(profile)) || folder.starts_with(own) {
            return Err(Error::Invalid("choose a folder outside the data directory"));
        }
        Ok(())
    }
}
