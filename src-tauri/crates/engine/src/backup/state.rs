//! What is known about backups from one run to the next, sealed among the settings.

use std::{collections::BTreeSet, sync::Arc};

use ccc_domain::{ErrorCode, SessionId, Timestamp};
use ccc_store::{
    Connection, Db,
    tables::{audit as trail, settings},
};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    audit::{self, Entry},
    cells,
    core::Core,
};

/// The setting that holds [`BackupState`].
pub(super) const NAME: &str = "backup.state";

/// What is known about backups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct BackupState {
    /// The last one that was made and verified.
    pub made: Option<Made>,
    /// The last time making one failed, if that was later.
    pub failed: Option<Failure>,
    /// The last time restoring was tried out.
    pub tried: Option<Tried>,
    /// Folders whose backups still hold keys of deleted sessions, because they were away when that was done.
    pub unreached: Vec<Unreached>,
    /// Every folder of the person's choice that ever got a backup and was not forgotten.
    pub folders: Vec<String>,
    /// Backups that a check found damaged, by their directories.
    pub unsound: BTreeSet<String>,
    /// How long the audit trail was after the last backup, to tell whether anything was done since.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub entries: u64,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Made {
    /// When.
    pub at: Timestamp,
    /// Its name.
    pub name: String,
    /// Why the chosen folder did not get it; none where it did, or none is chosen.
    pub folder_failed: Option<ErrorCode>,
}

/// A time when it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub code: ErrorCode,
}

/// A time when restoring was tried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Tried {
    /// When.
    pub at: Timestamp,
    /// The backup that was restored.
    pub name: String,
    /// Why it failed; none where every turn was read back.
    pub failure: Option<ErrorCode>,
    /// How many turns were read back.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: u64,
}

/// A deleted session's key that lies on where it could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Unreached {
    /// The folder.
    pub folder: String,
    /// The session.
    pub session_id: SessionId,
}

impl BackupState {
    /// When one was last made, or its making failed.
    pub(super) fn last_try(&self) -> Option<Timestamp> {
        let made = self.made.as_ref().map(|made| made.at);
        made.max(self.failed.as_ref().map(|failed| failed.at))
    }
}

/// The state as stored.
///
/// # Errors
/// Damage to its row; those of the store.
pub(super) fn read(core: &Core, db: &Db) -> Result<BackupState, Error> {
    db.read(|c| stored(core, c))
}

fn stored(core: &Core, connection: &Connection) -> Result<BackupState, Error> {
    match settings::get(connection, NAME)? {
        Some(row) => cells::open_setting(&core.keys, &row),
        None => Ok(BackupState::default()),
    }
}

/// Changes the state, with an entry of the audit trail where there is one to be made.
///
/// # Errors
/// As [`read`].
pub(super) fn change(
    core: &Arc<Core>,
    db: &Db,
    entry: Option<(&'static str, String)>,
    edit: impl FnOnce(&mut BackupState) + Send + 'static,
) -> Result<(), Error> {
    let core = core.clone();
    db.write(move |tx| {
        let head = || Ok::<_, Error>(trail::head(tx)?.map_or(0, |(last, _)| last));
        let nothing_new = stored(&core, tx)?.entries == head()?;
        if let Some((action, detail)) = entry {
            let of_profile = Entry::new(action, "backup", core.keys.profile().to_bytes()).by("app");
            audit::record(&core, tx, of_profile.detail(detail))?;
        }
        let now = head()?;
        edit_in(&core, tx, |state| {
            let made = state.made.clone();
            edit(state);
            // What is noted here is nothing that a backup has to be made for.
            if nothing_new || state.made != made {
                state.entries = now;
            }
        })
    })
}

/// Forgets in the transaction of `tx` when a backup was last made: the next one is due at once, as after the master key
/// was replaced. No backup there is opens by the ways in of now.
///
/// # Errors
/// As [`read`].
pub(crate) fn make_due(core: &Core, tx: &Connection) -> Result<(), Error> {
    edit_in(core, tx, |state| {
        (state.made, state.failed, state.tried, state.entries) = (None, None, None, 0);
    })
}

fn edit_in(core: &Core, tx: &Connection, edit: impl FnOnce(&mut BackupState)) -> Result<(), Error> {
    let before = stored(core, tx)?;
    let mut state = before.clone();
    edit(&mut state);
    if state == before {
        return Ok(());
    }
    Ok(settings::put(
        tx,
        &cells::seal_setting(&core.keys, NAME, core.now(), &state)?,
    )?)
}

/// The folders that a deletion has to reach besides the profile's own. Damage to the list is no reason not to delete.
pub(crate) fn of_deletion(core: &Core, db: &Db) -> Vec<String> {
    let read = read(core, db).inspect_err(|error| tracing::error!(code = %error.code(), "the folders of backups"));
    read.unwrap_or_default().folders
}

/// Notes in the deletion's own transaction where the session's key could not be destroyed.
///
/// # Errors
/// As [`read`].
pub(crate) fn note_unreached(
    core: &Core,
    tx: &Connection,
    session: SessionId,
    folders: Vec<String>,
) -> Result<(), Error> {
    if folders.is_empty() {
        return Ok(());
    }
    edit_in(core, tx, |state| {
        for folder in folders {
            let unreached = Unreached {
                folder,
                session_id: session,
            };
            if !state.unreached.contains(&unreached) {
                state.unreached.push(unreached);
            }
        }
    })
}
