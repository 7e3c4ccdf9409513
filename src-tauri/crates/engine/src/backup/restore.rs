//! Bringing a backup back: in place of everything, or as a copy beside.
//!
//! What takes the profile's place is made complete first, verified, and then put there in one step: `replace` has that.
//!
//! Sessions that were deleted after the backup was made do not come back: their keys are gone. Their rows are taken out
//! of what is restored, and their number is told.

use std::{fs, path::Path, sync::Arc};

use ccc_domain::{SessionId, Timestamp};
use ccc_store::{
    Db, files,
    tables::{pending_deletions, sessions, settings::put},
};
use ccc_vault::{EncryptionService, KeyManager};
use serde::Serialize;

use super::{
    BackupSettings, BackupState, SETTINGS, Stage, Watch,
    make::sync_directory,
    manifest::DATA,
    replace::{Replacing, Unfinished},
    state::NAME,
    tell,
    verify::{as_made, open_every_row},
};
use crate::{
    Clock, Engine, Error, Opening, Passphrase, Profile, RecoveryKey,
    audit::{self, Entry},
    cells,
    core::Core,
};

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Restored {
    /// When the backup was made.
    pub of: Timestamp,
    /// How many sessions came back.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub sessions: u64,
    /// How many conversations.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub conversations: u64,
    /// How many turns.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: u64,
    /// How many sessions of the backup were deleted since, and stay unreadable.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub deleted_since: u64,
    /// The backup that was made of the state before; none where it was damaged, or there was none.
    pub before: Option<String>,
    /// Where the files that were replaced lie; none where a backup of them was made, or there were none.
    pub aside: Option<String>,
}

/// What opens a backup that the profile's own keys do not.
pub enum BackupSecret<'a> {
    /// The system's keychain, where it holds the entry of the backup's profile.
    Keychain,
    /// The passphrase that held when the backup was made.
    Passphrase(&'a Passphrase),
    /// The recovery key that held then.
    Recovery(&'a RecoveryKey),
}

/// Which keys what is restored gets.
enum Keys<'a> {
    /// The profile's, and those of the backup that it lacks: every deletion has reached this backup.
    Joined(&'a EncryptionService),
    /// The profile's alone: a session that it has no key for may have been deleted.
    Live(&'a EncryptionService),
    /// The backup's.
    Own,
}

/// What is restored, and how.
struct Plan<'a> {
    backup: &'a Path,
    /// The backup's keys.
    opened: &'a EncryptionService,
    keys: Keys<'a>,
    clock: Arc<dyn Clock>,
    /// What is known today of where backups lie.
    carried: Option<(BackupSettings, BackupState)>,
}

impl Engine {
    /// Prepares that a backup takes the profile's place: it does so once the engine is dropped, at [`Profile::settle`] or at
    /// the next start. A backup of the state now is made first; where that fails because the data is damaged, the files
    /// are kept aside.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Damaged`] when no copy of the backup is whole; [`Error::Cancelled`]; those of the disk.
    /// Nothing has changed then.
    pub fn prepare_restore(&self, name: &str, watch: Watch<'_>) -> Result<Restored, Error> {
        self.prepare_restore_from(&self.backups.find(name)?, watch)
    }

    /// As [`Self::prepare_restore`], of the backup in `directory`.
    ///
    /// # Errors
    /// As [`Self::prepare_restore`]; [`Error::Vault`] with `KeysMismatch` for a backup under another master key.
    pub fn prepare_restore_from(&self, backup: &Path, watch: Watch<'_>) -> Result<Restored, Error> {
        self.backups.reach_again()?;
        // Known before anything is made.
        as_made(backup, &self.core.keys.open_keys_in(backup)?)?;
        let before = match self.backups.make_beside_all(watch) {
            Ok(made) => Some(made.name),
            Err(error) if error.code() == ccc_domain::ErrorCode::DataDamaged => None,
            Err(error) => return Err(error),
        };
        let opened = self.core.keys.open_keys_in(backup)?;
        let plan = Plan {
            backup,
            opened: &opened,
            keys: Keys::Joined(&self.core.keys),
            clock: self.profile().clock(),
            carried: Some((self.backups.settings()?, self.backups.state()?)),
        };
        let restored = prepare(&plan, self.profile().directory(), before.is_none(), watch)?;
        Ok(Restored { before, ..restored })
    }

    /// Restores a backup as a profile of its own into `target`, where nothing may be. It opens with what opened the
    /// profile when the backup was made. Deletions do not reach it.
    ///
    /// # Errors
    /// [`Error::FileExists`]; as [`Self::prepare_restore`].
    pub fn restore_beside(&self, name: &str, target: &Path, watch: Watch<'_>) -> Result<Restored, Error> {
        self.backups.reach_again()?;
        let backup = self.backups.find(name)?;
        let opened = self.core.keys.open_keys_in(&backup)?;
        beside(&backup, &opened, self.profile().clock(), target, watch)
    }
}

impl Profile {
    /// Opens the keys of the backup in `directory`.
    ///
    /// # Errors
    /// The vault's, a wrong secret among them; [`Error::NotInitialised`] where there are no keys;
    /// [`Error::Vault`] with `Locked` where the keychain does not open them.
    pub fn unlock_backup(&self, directory: &Path, secret: &BackupSecret<'_>) -> Result<EncryptionService, Error> {
        let manager = KeyManager::new(directory, self.keychain().clone());
        match secret {
            BackupSecret::Passphrase(passphrase) => Ok(manager.unlock_with_passphrase(passphrase)?),
            BackupSecret::Recovery(recovery) => Ok(manager.unlock_with_recovery(recovery)?),
            BackupSecret::Keychain => match manager.open(true)? {
                Opening::Unlocked(keys) => Ok(keys),
                Opening::FirstRun => Err(Error::NotInitialised),
                _ => Err(ccc_vault::Error::Locked.into()),
            },
        }
    }

    /// Puts the backup in `directory` in the place of this profile, or makes the profile where there is none. No engine may
    /// have it open. What is replaced is kept aside.
    ///
    /// Where the profile's own keys are of the same master key, they stay, and sessions without one do not come back: they
    /// were deleted. Else those of the backup take their place.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the backup is not whole; [`Error::Cancelled`]; those of the disk. Nothing has changed then.
    pub fn restore(&self, directory: &Path, opened: &EncryptionService, watch: Watch<'_>) -> Result<Restored, Error> {
        let live = opened.open_keys_in(self.directory());
        let plan = Plan {
            backup: directory,
            opened,
            keys: live.as_ref().map_or(Keys::Own, Keys::Live),
            clock: self.clock(),
            carried: None,
        };
        let restored = prepare(&plan, self.directory(), true, watch)?;
        self.settle()?;
        Ok(restored)
    }

    /// As [`Engine::restore_beside`], with the backup's directory and its keys.
    ///
    /// # Errors
    /// As [`Engine::restore_beside`].
    pub fn restore_beside(
        &self,
        directory: &Path,
        opened: &EncryptionService,
        target: &Path,
        watch: Watch<'_>,
    ) -> Result<Restored, Error> {
        beside(directory, opened, self.clock(), target, watch)
    }
}

/// Restores into a directory of its own, which is there whole or not at all.
fn beside(
    backup: &Path,
    opened: &EncryptionService,
    clock: Arc<dyn Clock>,
    target: &Path,
    watch: Watch<'_>,
) -> Result<Restored, Error> {
    if target.file_name().is_none() || fs::symlink_metadata(target).is_ok() {
        return Err(Error::FileExists);
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let begun = Unfinished::new(target.with_file_name(name))?;
    let plan = Plan {
        backup,
        opened,
        keys: Keys::Own,
        clock,
        carried: None,
    };
    let restored = fill(&plan, &begun.0, watch)?;
    sync_directory(&begun.0)?;
    files::rename_durably(&begun.0, target)?;
    Ok(restored)
}

/// Makes everything that is to take the place of the profile in `directory`, up to the rename that decides.
fn prepare(plan: &Plan<'_>, directory: &Path, keep: bool, watch: Watch<'_>) -> Result<Restored, Error> {
    let replacing = Replacing::begin(directory)?;
    let mut restored = fill(plan, replacing.new_files(), watch)?;
    restored.aside = replacing.commit(plan.clock.now(), keep)?;
    Ok(restored)
}

/// The files of `plan` in `into`: keys, and the data of every session that has one.
fn fill(plan: &Plan<'_>, into: &Path, watch: Watch<'_>) -> Result<Restored, Error> {
    let manifest = as_made(plan.backup, plan.opened)?;
    match plan.keys {
        Keys::Joined(live) => live.copy_keys_joined_to(into, plan.opened)?,
        Keys::Live(live) => live.copy_keys_to(into)?,
        Keys::Own => plan.opened.copy_keys_to(into)?,
    }
    let keys = plan.opened.open_keys_in(into)?;
    let data = into.join(DATA);
    tell(watch, Stage::Copying, 0, manifest.bytes)?;
    files::copy_durably(&plan.backup.join(DATA), &data)?;
    tell(watch, Stage::Copying, manifest.bytes, manifest.bytes)?;
    let db = Db::open(&data)?;
    if db.read(ccc_store::tables::profile::get)? != keys.profile() {
        return Err(Error::KeysMismatch);
    }
    let core = Arc::new(Core::new(keys, plan.clock.clone()));
    let deleted_since = without_deleted(&core, &db, manifest.created_at, plan.carried.clone())?;
    let seen = open_every_row(&db, &core.keys, watch)?;
    let sessions = db.read(sessions::all_ids)?.len();
    db.close()?;
    files::sync(&data)?;
    Ok(Restored {
        of: manifest.created_at,
        sessions: sessions as u64,
        conversations: seen.conversations,
        turns: seen.turns,
        deleted_since,
        before: None,
        aside: None,
    })
}

/// Takes out what has no key any more, and notes in the audit trail what this file is; how many sessions that were.
fn without_deleted(
    core: &Arc<Core>,
    db: &Db,
    of: Timestamp,
    carried: Option<(BackupSettings, BackupState)>,
) -> Result<u64, Error> {
    let core = core.clone();
    db.write(move |tx| {
        let all = sessions::all_ids(tx)?;
        let gone: Vec<SessionId> = all.into_iter().filter(|id| !core.keys.has_session_key(*id)).collect();
        for id in &gone {
            sessions::delete(tx, *id)?;
            pending_deletions::delete(tx, *id)?;
        }
        let entry = Entry::new("restore", "backup", core.keys.profile().to_bytes());
        audit::record(&core, tx, entry.detail(of.to_string()))?;
        if let Some((settings, state)) = carried {
            put(tx, &cells::seal_setting(&core.keys, SETTINGS, core.now(), &settings)?)?;
            put(tx, &cells::seal_setting(&core.keys, NAME, core.now(), &state)?)?;
        }
        Ok(gone.len() as u64)
    })
}
