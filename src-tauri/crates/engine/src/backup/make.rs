//! Making a backup, and pruning older ones once it is verified.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ccc_domain::{
    Timestamp,
    backup::{Retention, surplus},
};
use ccc_store::{Db, files};

use super::{
    BackupInfo, Backups, Failure, Made, Stage, Watch,
    manifest::{DATA, FILE, Manifest, hex},
    places::{self, UNFINISHED},
    state, tell, verify,
};
use crate::Error;

impl Backups {
    /// Makes a backup beside the profile and in the chosen folder, verifies every row of it, and prunes older ones. A
    /// failing chosen folder is noted in [`Made::folder_failed`] and does not undo the other.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when `watch` stopped it; [`Error::Damaged`] when a row does not open, which means that the data
    /// file is damaged; those of the disk. What was begun is gone then, and the failure noted.
    pub fn make(&self, watch: Watch<'_>) -> Result<BackupInfo, Error> {
        let made = self.make_beside_all(watch)?;
        let _one_at_a_time = self.one_at_a_time();
        self.prune_all();
        Ok(made)
    }

    /// As [`Self::make`], and none is pruned: one of them is about to be restored.
    pub(super) fn make_beside_all(&self, watch: Watch<'_>) -> Result<BackupInfo, Error> {
        let _one_at_a_time = self.one_at_a_time();
        match self.make_all(watch) {
            Ok((made, path)) => {
                let (name, known) = (made.name.clone(), self.settings()?.folder);
                state::change(&self.core, &self.db, Some(("make", name)), move |state| {
                    (state.made, state.failed) = (Some(made), None);
                    let new = known.filter(|known| !state.folders.contains(known));
                    state.folders.extend(new);
                })?;
                let info = self.look(&path).map(|(info, _)| info);
                info.ok_or(Error::Internal("a backup that was made is not there"))
            }
            Err(error) => {
                self.note_failure(&error);
                Err(error)
            }
        }
    }

    fn note_failure(&self, error: &Error) {
        if matches!(error, Error::Cancelled) {
            return;
        }
        let (at, code) = (self.core.now(), error.code());
        let entry = Some(("fail", code.as_str().to_owned()));
        let noted = state::change(&self.core, &self.db, entry, move |state| {
            state.failed = Some(Failure { at, code });
        });
        if let Err(error) = noted {
            tracing::error!(code = %error.code(), "that a backup failed could not be noted");
        }
    }

    fn make_all(&self, watch: Watch<'_>) -> Result<(Made, PathBuf), Error> {
        let (at, own) = (self.core.now(), self.own_folder()?);
        let name = name_of(at, self.core.id::<ccc_domain::TurnId>().to_bytes());
        make_private(own)?;
        let begun = Begun::new(own, &self.mark(), &name)?;
        self.fill(&begun.directory, at, watch)?;
        self.finish(&begun, own, &name)?;
        let path = own.join(&name);
        let mirrored = self.mirror(&path, &name, watch);
        if let Err(error) = &mirrored {
            tracing::warn!(code = %error.code(), "the chosen folder did not get the backup");
        }
        let folder_failed = mirrored.err().map(|error| error.code());
        Ok((
            Made {
                at,
                name,
                folder_failed,
            },
            path,
        ))
    }

    /// Data file and manifest, verified and on the disk.
    fn fill(&self, directory: &Path, at: Timestamp, watch: Watch<'_>) -> Result<(), Error> {
        let data = directory.join(DATA);
        let page = 4_096;
        let mut each = |done: u64, of: u64| tell(watch, Stage::Copying, done * page, of * page).is_ok();
        if !self.db.copy_to(&data, &mut each)? {
            return Err(Error::Cancelled);
        }
        let copy = Db::open_copy(&data)?;
        let examined = verify::open_every_row(&copy, &self.core.keys, watch).map_err(|error| match error {
            Error::Damaged(_) => {
                Error::Damaged("the copy does not verify, so the data itself is damaged: have it salvaged")
            }
            other => other,
        })?;
        let rows = copy.row_counts()?;
        copy.close()?;
        let manifest = Manifest {
            format: Manifest::format(),
            profile_id: self.core.keys.profile(),
            created_at: at,
            schema: ccc_store::open::recognise(&data)?,
            bytes: fs::metadata(&data)?.len(),
            sha256: verify::digest(&data)?,
            rows,
            audit_entries: examined.trail.0,
            audit_mac: hex(&examined.trail.1),
        };
        manifest.write(&self.core.keys, directory)
    }

    /// Adds the keys and gives the backup its name. No deletion may pass between the two: it would miss these keys.
    fn finish(&self, begun: &Begun, folder: &Path, name: &str) -> Result<(), Error> {
        self.memory.while_nothing_is_deleted(|| {
            self.core.keys.copy_keys_to(&begun.directory)?;
            sync_directory(&begun.directory)?;
            Ok(files::rename_durably(&begun.directory, &folder.join(name))?)
        })
    }

    /// Puts the backup at `path` into the chosen folder too, where there is one.
    fn mirror(&self, path: &Path, name: &str, watch: Watch<'_>) -> Result<(), Error> {
        let Some(chosen) = self.settings()?.folder else {
            return Ok(());
        };
        tell(watch, Stage::Finishing, 0, 1)?;
        self.check_folder(Path::new(&chosen))?;
        let folder = places::inside(Path::new(&chosen));
        make_private(&folder)?;
        let begun = Begun::new(&folder, &self.mark(), name)?;
        files::copy_durably(&path.join(DATA), &begun.directory.join(DATA))?;
        files::copy_durably(&path.join(FILE), &begun.directory.join(FILE))?;
        if verify::digest(&begun.directory.join(DATA))? != verify::digest(&path.join(DATA))? {
            return Err(Error::Damaged(
                "the chosen folder gave back something else than was written",
            ));
        }
        self.finish(&begun, &folder, name)
    }

    /// How the names of this profile's unfinished directories begin.
    pub(super) fn mark(&self) -> String {
        let [.., a, b, c, d] = self.core.keys.profile().to_bytes();
        format!("{UNFINISHED}{}-", hex(&[a, b, c, d]))
    }

    fn prune_all(&self) {
        for folder in self.folders().unwrap_or_default() {
            if let Err(error) = self.prune(&folder) {
                tracing::warn!(code = %error.code(), "older backups could not be pruned");
            }
        }
    }

    fn prune(&self, folder: &Path) -> Result<(), Error> {
        let keep = Retention::within(self.settings()?.max_bytes);
        let backups = self.dated(folder)?;
        let dates: Vec<_> = backups.iter().map(|(_, dated)| *dated).collect();
        for place in surplus(&dates, &keep) {
            if let Some((path, _)) = backups.get(place) {
                remove(path, &self.mark())?;
            }
        }
        Ok(())
    }
}

/// Removes a backup: it loses its name first, so that no half of it is ever taken for one.
fn remove(path: &Path, mark: &str) -> Result<(), Error> {
    let mut name = std::ffi::OsString::from(mark);
    name.push(path.file_name().unwrap_or_default());
    let unnamed = path.with_file_name(name);
    files::rename_durably(path, &unnamed)?;
    Ok(fs::remove_dir_all(unnamed)?)
}

/// What is being made in a folder, gone when it was not finished.
struct Begun {
    directory: PathBuf,
}

impl Begun {
    fn new(folder: &Path, mark: &str, name: &str) -> Result<Self, Error> {
        sweep(folder, mark);
        let directory = folder.join(format!("{mark}{name}"));
        make_private(&directory)?;
        Ok(Self { directory })
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // Renamed when it was finished. What cannot be removed now is swept by the next one.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Removes what killed runs left: only this process makes backups of its profile. Those of other profiles that share the
/// folder have another mark.
fn sweep(folder: &Path, mark: &str) {
    for path in places::directories(folder).unwrap_or_default() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| name.starts_with(mark))
            && let Err(error) = fs::remove_dir_all(&path)
        {
            tracing::warn!(kind = %error.kind(), "an unfinished backup could not be removed");
        }
    }
}

/// `2026-05-08T10-00-00Z-123-7abc8def0123`: no colon, which not every system allows in a name; then the milliseconds and
/// the part of the id that grows within one, so that names sort by when they were made.
fn name_of(at: Timestamp, id: [u8; 16]) -> String {
    let text = at.to_string().replace(':', "-");
    let (second, rest) = text.split_once('.').unwrap_or((&text, "000Z"));
    let [_, _, _, _, _, _, counter @ .., _, _, _, _] = id;
    format!("{second}Z-{}-{}", rest.trim_end_matches('Z'), hex(&counter))
}

/// Makes a directory for the owner alone.
pub(super) fn make_private(directory: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(directory)?)
}

/// Makes the names in a directory durable, where the system can.
pub(super) fn sync_directory(directory: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    fs::File::open(directory)?.sync_all()?;
    Ok(())
}
