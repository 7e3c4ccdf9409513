//! A profile: one data directory, its lock, its keys, its data file, and the engine over them.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use ccc_domain::ProfileId;
use ccc_store::{Db, tables};
use ccc_vault::{EncryptionService, KeyManager, Keychain, NewWays, Opening, Passphrase, RecoveryKey};
use directories::ProjectDirs;

use crate::{
    Clock, Error, MemoryService, SystemClock,
    attempts::Attempts,
    audit::{self, Audit, last::Last},
    backup::{self, Backups},
    clock::Ids,
    core::Core,
    cycle::CycleRunner,
    memory::Recovered,
    providers::Providers,
    settings::Settings,
    space::Space,
    upkeep::Upkeep,
};

/// A data directory, held by this process alone as long as this or a clone of it lives.
#[derive(Clone)]
pub struct Profile {
    directory: PathBuf,
    keychain: Keychain,
    clock: Arc<dyn Clock>,
    attempts: Arc<Attempts>,
    /// Released by the system when it is closed, however the process ends.
    _lock: Arc<File>,
}

/// How a new profile may be opened later. The recovery key is always one of the ways.
#[derive(Default)]
pub struct Ways<'a> {
    /// By the system's keychain.
    pub keychain: bool,
    /// By this passphrase.
    pub passphrase: Option<&'a Passphrase>,
}

impl Profile {
    /// The directory used when none is named: the system's place for local, unsynchronised application data.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the system names no home directory.
    pub fn default_directory() -> Result<PathBuf, Error> {
        let none = Error::Invalid("no home directory is known: name a directory with --data-dir");
        Ok(ProjectDirs::from("", "", "ccc")
            .ok_or(none)?
            .data_local_dir()
            .to_owned())
    }

    /// Makes the directory where it is missing and takes its lock.
    ///
    /// # Errors
    /// [`Error::ProfileInUse`] when another process has it; [`Error::Io`] when it cannot be made or written.
    pub fn acquire(directory: &Path, keychain: Keychain) -> Result<Self, Error> {
        make_private_directory(directory)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("profile.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::ProfileInUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        backup::settle(directory)?;
        let directory = directory.to_owned();
        Ok(Self {
            directory,
            keychain,
            clock: Arc::new(SystemClock),
            attempts: Arc::default(),
            _lock: Arc::new(lock),
        })
    }

    /// The same profile with another clock; for tests.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The keychain it uses.
    pub fn keychain(&self) -> &Keychain {
        &self.keychain
    }

    /// Where its data file is.
    pub fn data_file(&self) -> PathBuf {
        self.directory.join("data.ccc")
    }

    /// Where its logs are.
    pub fn logs(&self) -> PathBuf {
        self.directory.join("logs")
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    pub(crate) fn key_manager(&self) -> KeyManager {
        KeyManager::new(&self.directory, self.keychain.clone())
    }

    /// Which way into the profile is open.
    ///
    /// # Errors
    /// Those of the keys file; a missing keys file over existing data is one of them.
    pub fn opening(&self) -> Result<Opening, Error> {
        Ok(self.key_manager().open(self.data_file().try_exists()?)?)
    }

    /// Sets the profile up: keys, then the data file. The recovery key is to be shown once and is kept nowhere.
    ///
    /// # Errors
    /// Where keys or data exist already, the vault's error for that; those of the keychain and the disk.
    pub fn create(self, ways: &Ways<'_>) -> Result<(Engine, RecoveryKey), Error> {
        let profile = Ids::new().make(self.clock.now());
        let ways = NewWays {
            keychain: ways.keychain,
            passphrase: ways.passphrase,
        };
        let (keys, recovery) = self
            .key_manager()
            .create(profile, ways, self.data_file().try_exists()?)?;
        Ok((self.open(keys)?, recovery))
    }

    /// Opens the keys with a passphrase.
    ///
    /// # Errors
    /// [`Error::TooSoon`] after several wrong ones; the vault's, a wrong passphrase among them.
    pub fn unlock_with_passphrase(&self, passphrase: &Passphrase) -> Result<EncryptionService, Error> {
        self.attempt(|keys| keys.unlock_with_passphrase(passphrase))
    }

    /// Opens the keys with the recovery key.
    ///
    /// # Errors
    /// [`Error::TooSoon`] after several wrong ones; the vault's, a wrong key among them.
    pub fn unlock_with_recovery(&self, recovery: &RecoveryKey) -> Result<EncryptionService, Error> {
        self.attempt(|keys| keys.unlock_with_recovery(recovery))
    }

    /// Does what a typed secret has to be right for.
    pub(crate) fn attempt<T>(
        &self,
        unlock: impl FnOnce(&KeyManager) -> Result<T, ccc_vault::Error>,
    ) -> Result<T, Error> {
        if let Some(wait_ms) = self.attempts.wait_ms(self.clock.now()) {
            return Err(Error::TooSoon { wait_ms });
        }
        let unlocked = unlock(&self.key_manager());
        match &unlocked {
            Ok(_) => self.attempts.right(),
            Err(ccc_vault::Error::WrongSecret) => self.attempts.wrong(self.clock.now()),
            Err(_) => {}
        }
        Ok(unlocked?)
    }

    /// Opens the data file with these keys and takes up what an earlier run left.
    ///
    /// # Errors
    /// [`Error::KeysMismatch`] when the keys are another data file's; [`Error::DataMissing`]; those of the store.
    pub fn open(self, keys: EncryptionService) -> Result<Engine, Error> {
        let db = self.open_data(&keys)?;
        let of_these = |c: &ccc_store::Connection| {
            let of_profile = tables::profile::get(c)? == keys.profile();
            Ok::<_, Error>(of_profile && audit::was_written_with(&keys, c))
        };
        if !db.read(of_these)? {
            return Err(Error::KeysMismatch);
        }
        let last = Arc::new(Last::open(&self.directory, &keys, &db)?);
        let db = db.witnessed_by(last.clone());
        if let Err(error) = keys.put_right() {
            tracing::warn!(%error, "the second keys file could not be put right");
        }
        let backups = backup::directory_of(&self.directory)?;
        let core = Core::new(keys, self.clock.clone()).in_place(last.clone(), self.directory.clone(), backups);
        let (db, core) = (Arc::new(db), Arc::new(core));
        let memory = MemoryService::new(db.clone(), core.clone());
        let recovered = memory.recover()?;
        let settings = Settings::new(db.clone(), core.clone());
        let backups = Backups::new(db.clone(), core.clone(), settings.clone(), memory.clone());
        if let Err(error) = backups.reach_again() {
            tracing::warn!(code = %error.code(), "keys of deleted sessions may lie on in backups");
        }
        Ok(Engine {
            backups,
            cycle: CycleRunner::new(memory.clone()),
            audit: Audit::new(db.clone(), core.clone(), last, &self.directory),
            providers: Providers::new(settings.clone(), self.keychain.clone(), core.keys.profile()),
            memory,
            settings,
            recovered,
            temporary: Mutex::default(),
            upkeep: Upkeep::default(),
            core,
            profile: self,
        })
    }

    /// Keys without data are a profile whose making was cut short, as long as no session ever had a key.
    fn open_data(&self, keys: &EncryptionService) -> Result<Db, Error> {
        let path = self.data_file();
        let left_open = ccc_store::was_left_open(&path)?;
        match Db::open(&path) {
            Err(ccc_store::Error::Missing) if keys.session_keys().is_empty() => {
                Ok(Db::create(&path, keys.profile(), self.clock.now())?)
            }
            Err(ccc_store::Error::Missing) => Err(Error::DataMissing),
            Ok(db) if left_open => {
                // Whatever ended the last run may have torn the file: better to know it before it is used.
                db.check(false)?;
                Ok(db)
            }
            opened => Ok(opened?),
        }
    }
}

/// One open profile and its services.
pub struct Engine {
    /// What was said, and what of it matters.
    pub memory: MemoryService,
    /// The cycle.
    pub cycle: CycleRunner,
    /// The audit trail.
    pub audit: Audit,
    /// What the person set.
    pub settings: Settings,
    /// Who may be asked.
    pub providers: Providers,
    /// The backups.
    pub backups: Backups,
    /// What was left over from a run that did not end by itself.
    pub recovered: Recovered,
    pub(crate) temporary: Mutex<Option<Space>>,
    pub(crate) upkeep: Upkeep,
    pub(crate) core: Arc<Core>,
    profile: Profile,
}

impl Engine {
    /// The profile it opened.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The profile's id.
    pub fn profile_id(&self) -> ProfileId {
        self.core.keys.profile()
    }

    /// Drops the keys and everything opened; whatever needs them fails with the code `locked` from now on. Temporary
    /// sessions are gone. Running cycles are ended first: blocks, for three seconds at most where one does not end.
    ///
    /// Turns that wait to be stored are tried once more and dropped: how many were lost by that.
    pub fn lock(&self) -> usize {
        self.cancel_upkeep();
        self.cycle.close();
        self.drop_temporary();
        self.memory.write_waiting();
        self.memory.carry_out_erasures();
        if let Err(error) = self.memory.save_index() {
            tracing::warn!(code = %error.code(), "the index is made anew at the next start");
        }
        self.audit.settle();
        self.core.reads.clear();
        // The keys first: what is read after this cannot fill the caches again.
        self.core.keys.lock();
        self.memory.forget_cached();
        let lost = self.memory.drop_waiting();
        if lost > 0 {
            tracing::error!(lost, "turns that could not be stored were dropped");
        }
        lost
    }

    /// Ends what runs, carries out what was only asked for, and locks: for the end of the app. Blocks, for three
    /// seconds at most where a cycle does not end. How many turns were lost, as with [`Self::lock`].
    pub fn close(&self) -> usize {
        self.cycle.interrupt_all();
        if let Err(error) = self.memory.carry_out_all_deletions() {
            tracing::warn!(code = %error.code(), "deletions are left for the next start");
        }
        self.lock()
    }
}

fn make_private_directory(directory: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(directory)?)
}
