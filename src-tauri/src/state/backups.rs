//! Backups while the profile is open: made in the background when they are due, stopped when asked, restored.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ccc_domain::ErrorCode;
use ccc_engine::{
    Engine, Entity, Error as EngineError, Opening, Passphrase, Passphrases,
    backup::{
        Progress, directory_of, found_in,
        restore::{BackupSecret, Restored},
    },
    salvage::SalvageReport,
};

use super::{AppState, Secret, background, life::Life};
use crate::{changes::ChangeTag, error::Error};

/// How long a restore waits for those who still read from the data it replaces.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of backups under way.
#[derive(Default)]
pub(super) struct Copying {
    /// How often everything under way was told to end.
    stops: AtomicU64,
    /// Whether what is due is being done.
    busy: AtomicBool,
    /// The folder that the person last chose to restore from.
    folder: Mutex<Option<PathBuf>>,
}

impl AppState {
    /// A watch for something the person began: hears of progress, and ends when they stop it.
    pub fn backup_watch<H: Fn(Progress) + Send + Sync>(
        &self,
        hear: H,
    ) -> impl Fn(Progress) -> bool + Send + Sync + use<H> {
        let copying = self.copying();
        let before = copying.stops.load(Ordering::Acquire);
        move |progress| {
            hear(progress);
            copying.stops.load(Ordering::Acquire) == before
        }
    }

    /// Ends the making, verifying or restoring that is under way, at its next step.
    pub fn stop_backup(&self) {
        self.copying().stops.fetch_add(1, Ordering::AcqRel);
    }

    /// Does in a thread of its own what is due: a backup, or a drill. To be called every few seconds; returns at once.
    ///
    /// # Errors
    /// None today; a failure is noted among the backups.
    pub fn tend_backups(&self) -> Result<(), Error> {
        let Ok(engine) = self.engine() else { return Ok(()) };
        let copying = self.copying();
        if copying.busy.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let (state, watch) = (self.clone(), self.backup_watch(|_| {}));
        let work = move || {
            let running = || engine.spaces().iter().any(|space| !space.cycle.running().is_empty());
            // What is asked of a model goes first: the copy is begun again when that is over.
            match engine.do_due_backup(&|progress| watch(progress) && !running()) {
                Ok(None) => {}
                Ok(Some(_)) => state.changed(&[ChangeTag::Backups]),
                Err(error) if matches!(error.code(), ErrorCode::Locked | ErrorCode::Cancelled) => {}
                Err(error) => {
                    tracing::error!(code = %error.code(), "a backup was due and failed");
                    state.changed(&[ChangeTag::Backups]);
                }
            }
            state.copying().busy.store(false, Ordering::Release);
        };
        if let Err(error) = background::spawn("backup", work) {
            tracing::warn!(%error, "a backup is left for later");
            self.copying().busy.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Puts a backup in the place of everything and loads the page anew. A backup of what is there is made first.
    ///
    /// # Errors
    /// The engine's, nothing being changed then; [`Error::StillRead`] where the data is read on and on.
    pub fn restore_backup(&self, name: &str, hear: impl Fn(Progress) + Send + Sync) -> Result<Restored, Error> {
        let _turning = self.turn();
        let engine = self.engine()?;
        let restored = engine.prepare_restore(name, &self.backup_watch(hear))?;
        self.put_in_place(engine)?;
        Ok(restored)
    }

    /// Seals everything anew under a new master key and loads the page anew: the profile opens as at a start, and asks for
    /// a new recovery key to be shown. What is stopped or fails once it runs leaves the profile as it was, closed.
    ///
    /// # Errors
    /// The engine's; [`Error::StillRead`] where the data is read on and on.
    pub fn replace_master_key(
        &self,
        passphrase: Option<&Passphrase>,
        hear: impl Fn(Progress) + Send + Sync,
    ) -> Result<(), Error> {
        let _turning = self.turn();
        let engine = self.engine()?;
        // What is done in the background ends here; what the watch is of begins after it.
        self.stop_backup();
        self.stop_loading_index();
        let passphrases = Passphrases {
            current: passphrase,
            new: None,
        };
        match engine.prepare_rotation(&passphrases, &self.backup_watch(hear)) {
            Ok(_unseen) => self.put_in_place(engine),
            Err(error) => {
                if engine.ways().is_err() {
                    self.let_go(engine);
                    self.begin_anew();
                }
                Err(error.into())
            }
        }
    }

    /// Puts in place what the engine prepared, once nobody reads from what it replaces.
    fn put_in_place(&self, engine: Arc<Engine>) -> Result<(), Error> {
        let settled = match self.let_go(engine) {
            true => self.profile().settle(),
            false => self.profile().abandon_restore().map(|()| false),
        };
        self.begin_anew();
        match settled? {
            true => Ok(()),
            false => Err(Error::StillRead),
        }
    }

    /// Closes the profile; whether nobody has its data open any more.
    fn let_go(&self, engine: Arc<Engine>) -> bool {
        // From here on no command gets at the engine.
        *self.life() = Life::Unseen;
        self.stop_backup();
        self.stop_loading_index();
        engine.lock();
        let still_read = engine.backups.watch_data();
        drop(engine);
        let began = Instant::now();
        while still_read() && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
        }
        !still_read()
    }

    /// Has the window look at the profile as at a start.
    fn begin_anew(&self) {
        self.changed(&[ChangeTag::Profile]);
        self.host().reload();
    }

    /// Makes a new data file of what can be read of a damaged one. The keychain opens the keys, else `secret` does. The
    /// profile must not be open; it can be opened afterwards.
    ///
    /// # Errors
    /// [`Error::Locked`] where a secret is needed and none is given; the engine's, nothing being changed then.
    pub fn salvage(
        &self,
        secret: Option<&Secret>,
        hear: impl Fn(Progress) + Send + Sync,
    ) -> Result<SalvageReport, Error> {
        let _turning = self.turn();
        if self.engine().is_ok() {
            return Err(Error::Invalid("the profile is open, so it is not damaged beyond use"));
        }
        let profile = self.profile();
        let keys = match secret {
            Some(Secret::Passphrase(passphrase)) => profile.unlock_with_passphrase(passphrase)?,
            Some(Secret::Recovery(recovery)) => profile.unlock_with_recovery(recovery)?,
            None => match profile.opening()? {
                Opening::Unlocked(keys) => keys,
                _ => return Err(Error::Locked),
            },
        };
        Ok(profile.salvage(&keys, &self.backup_watch(hear))?)
    }

    /// Where a profile that is not open is restored from: what the person chose, else where its backups lie by themselves.
    ///
    /// # Errors
    /// The engine's, where that cannot be found out.
    pub fn backup_folder(&self) -> Result<PathBuf, Error> {
        let chosen = self
            .copying()
            .folder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Ok(chosen.map_or_else(|| directory_of(self.profile().directory()), Ok)?)
    }

    /// Lets a profile that is not open be restored from `folder`.
    pub fn take_backup_folder(&self, folder: PathBuf) {
        *self.copying().folder.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder);
    }

    /// Makes the profile of a backup in [`Self::backup_folder`], in the place of one that does not open, which is kept aside.
    /// `secret` opens the backup; without one the keychain does. The profile can be opened afterwards.
    ///
    /// # Errors
    /// The engine's, a wrong secret and [`EngineError::NotFound`] among them, nothing being changed then.
    pub fn restore_closed(
        &self,
        name: &str,
        secret: Option<&Secret>,
        hear: impl Fn(Progress) + Send + Sync,
    ) -> Result<Restored, Error> {
        let _turning = self.turn();
        if self.engine().is_ok() {
            return Err(Error::Invalid("the profile is open: restore from its list of backups"));
        }
        let all = found_in(&self.backup_folder()?);
        let backup = all.into_iter().find(|backup| backup.name == name);
        let directory = backup.ok_or(EngineError::NotFound(Entity::Backup))?.directory;
        let secret = match secret {
            None => BackupSecret::Keychain,
            Some(Secret::Passphrase(passphrase)) => BackupSecret::Passphrase(passphrase),
            Some(Secret::Recovery(recovery)) => BackupSecret::Recovery(recovery),
        };
        let profile = self.profile();
        let keys = profile.unlock_backup(&directory, &secret)?;
        let restored = profile.restore(&directory, &keys, &self.backup_watch(hear))?;
        *self.life() = Life::Unseen;
        Ok(restored)
    }

    fn copying(&self) -> Arc<Copying> {
        self.0.copying.clone()
    }
}
