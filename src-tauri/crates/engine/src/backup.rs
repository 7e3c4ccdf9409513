//! Backups: verified copies of the data file with their keys, made, listed, tried out, pruned and restored.
//!
//! A backup is a directory named by its date. It holds the data file, the keys file in both generations, and a manifest
//! with counts and SHA-256 under a mac. It is made under another name, verified row by row, synced, and renamed last: a
//! directory without the begun-mark in its name is whole. Backups lie beside the profile's directory, not in it, and in
//! a folder of the person's choice too.
//!
//! Destroying a session's key reaches the keys files of every backup. A folder that is away is remembered, and its keys
//! are destroyed when it is back; before that, nothing is restored from it.
//!
//! Start reading at [`Backups`]; [`restore`] says what comes back and how that survives a kill.

mod drill;
mod found;
mod make;
mod manifest;
mod places;
mod replace;
pub mod restore;
mod sessions;
mod state;
mod verify;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ccc_domain::{Timestamp, backup as rules};
use ccc_store::Db;
use serde::{Deserialize, Serialize};

pub use self::{
    found::{FoundBackup, found_in},
    places::directory_of,
    sessions::Returned,
    state::{BackupState, Failure, Made, Tried},
};
pub(crate) use self::{
    manifest::DATA,
    places::destroy_keys,
    replace::{Replacing, settle},
    state::{make_due, note_unreached, of_deletion},
    verify::Reading as Whole,
};
use crate::{Engine, Error, MemoryService, core::Core, settings::Settings};

/// The setting that holds [`BackupSettings`].
const SETTINGS: &str = "backup";

/// What all backups in one folder may take by default: 10 GiB.
const MAX_BYTES: u64 = 10 << 30;

/// What the person set about backups. Missing fields of older data take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct BackupSettings {
    /// Whether they are made by themselves.
    pub automatic: bool,
    /// A folder that gets every backup too.
    pub folder: Option<String>,
    /// How large all backups in one folder may be together, in bytes; the newest stays even if it alone is larger.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub max_bytes: u64,
}

impl Default for BackupSettings {
    fn default() -> Self {
        Self {
            automatic: true,
            folder: None,
            max_bytes: MAX_BYTES,
        }
    }
}

/// What is being done, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Progress {
    /// What.
    pub stage: Stage,
    /// How much of it is done: bytes of a file or conversations while copying, conversations while checking.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub done: u64,
    /// Of how much.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub of: u64,
}

/// A part of making or restoring a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The data file is copied.
    Copying,
    /// Every row of the copy is opened.
    Checking,
    /// It is given its name, and its copy in the chosen folder.
    Finishing,
}

/// Hears of progress; false stops the work.
pub type Watch<'a> = &'a (dyn Fn(Progress) -> bool + Sync);

/// Watches nothing.
pub fn unwatched(_: Progress) -> bool {
    true
}

/// Tells `watch` how far it is.
pub(crate) fn tell(watch: Watch<'_>, stage: Stage, done: u64, of: u64) -> Result<(), Error> {
    if watch(Progress { stage, done, of }) {
        Ok(())
    } else {
        Err(Error::Cancelled)
    }
}

/// A backup as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct BackupInfo {
    /// Its name, which begins with its date and sorts by it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How large its data file is.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub bytes: u64,
    /// How many sessions it holds.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub sessions: u64,
    /// How many conversations.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub conversations: u64,
    /// How many turns.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: u64,
    /// Where it lies, the profile's own folder first.
    pub copies: Vec<BackupCopy>,
}

/// One place where a backup lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct BackupCopy {
    /// The backup's directory.
    pub path: String,
    /// What speaks against it; none for one that was verified when it was made and looks as it did then.
    pub fault: Option<BackupFault>,
}

/// What speaks against a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum BackupFault {
    /// A file is missing, changed or damaged.
    Damaged,
    /// It was made with another master key: opening it takes its own passphrase or recovery key.
    OtherKeys,
    /// A newer CCC made it.
    TooNew,
}

/// What would be done now by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Make a backup.
    Backup,
    /// Try restoring out.
    Drill,
}

/// The finished backups in a folder; none where it cannot be read.
pub(crate) fn finished_in(folder: &Path) -> Vec<PathBuf> {
    places::backups(folder).unwrap_or_default()
}

/// The backup in `directory`, to be read, where it is, byte for byte, what was made with the master key of `keys`. `scratch`
/// is where a copy may be made.
pub(crate) fn open_whole(directory: &Path, keys: &ccc_vault::EncryptionService, scratch: PathBuf) -> Option<Whole> {
    let opened = keys.open_keys_in(directory).ok()?;
    verify::as_made(directory, &opened).ok()?;
    verify::open(directory, scratch).ok()
}

/// The backups of one open profile. Cheap to clone; all clones are one. Every operation waits for the disk.
#[derive(Clone)]
pub struct Backups {
    db: Arc<Db>,
    core: Arc<Core>,
    settings: Settings,
    memory: MemoryService,
    /// One is made, pruned or tried out at a time.
    busy: Arc<Mutex<()>>,
}

impl Backups {
    pub(crate) fn new(db: Arc<Db>, core: Arc<Core>, settings: Settings, memory: MemoryService) -> Self {
        Self {
            db,
            core,
            settings,
            memory,
            busy: Arc::default(),
        }
    }

    /// What the person set.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn settings(&self) -> Result<BackupSettings, Error> {
        self.settings.get(SETTINGS)
    }

    /// Sets what holds for backups. The folder must be there; backups in one that is named no longer stay, and deleting a
    /// session still reaches them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a folder that is none, or lies in the profile's own; those of the settings.
    pub fn set(&self, settings: &BackupSettings) -> Result<(), Error> {
        if let Some(folder) = &settings.folder {
            self.check_folder(Path::new(folder))?;
        }
        self.settings.set(SETTINGS, settings)
    }

    /// What was last made, what failed, what is still to be reached.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn state(&self) -> Result<BackupState, Error> {
        state::read(&self.core, &self.db)
    }

    /// What is due at `now`: a backup an hour after the last one, if something changed; a drill a week after the last.
    ///
    /// # Errors
    /// Those of the settings and the store.
    pub fn due(&self, now: Timestamp) -> Result<Option<Job>, Error> {
        if !self.settings()?.automatic {
            return Ok(None);
        }
        let state = self.state()?;
        let entries = self
            .db
            .read(ccc_store::tables::audit::head)?
            .map_or(0, |(last, _)| last);
        if rules::is_due(state.last_try(), entries != state.entries, now) {
            return Ok(Some(Job::Backup));
        }
        let tried = state.tried.as_ref().map(|tried| tried.at);
        Ok((state.made.is_some() && rules::drill_is_due(tried, now)).then_some(Job::Drill))
    }

    /// The data file, to be looked at.
    pub(crate) fn data(&self) -> &Db {
        &self.db
    }

    /// Tells whether anybody still has the data file open, after the engine was dropped. Holds nothing open itself.
    pub fn watch_data(&self) -> impl Fn() -> bool + use<> {
        let data = Arc::downgrade(&self.db);
        move || data.strong_count() > 0
    }

    fn one_at_a_time(&self) -> MutexGuard<'_, ()> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder beside the profile's directory.
    fn own_folder(&self) -> Result<&Path, Error> {
        let own = self.core.backups.as_deref();
        own.ok_or(Error::Internal("a profile without a place for backups"))
    }

    /// The folders that get backups, the profile's own first.
    fn folders(&self) -> Result<Vec<PathBuf>, Error> {
        let mut all = vec![self.own_folder()?.to_owned()];
        all.extend(
            self.settings()?
                .folder
                .as_deref()
                .map(|chosen| places::inside(Path::new(chosen))),
        );
        Ok(all)
    }
}

impl Engine {
    /// Does what is due, unless a cycle runs: makes a backup, or tries restoring out. None when nothing is.
    ///
    /// # Errors
    /// As [`Backups::make`] and [`Backups::drill`]; a failure is noted and not tried again for an hour.
    pub fn do_due_backup(&self, watch: Watch<'_>) -> Result<Option<Job>, Error> {
        if self.spaces().iter().any(|space| !space.cycle.running().is_empty()) {
            return Ok(None);
        }
        let due = self.backups.due(self.memory.now())?;
        match due {
            Some(Job::Backup) => drop(self.backups.make(watch)?),
            Some(Job::Drill) => drop(self.backups.drill(watch)?),
            None => {}
        }
        Ok(due)
    }
}
