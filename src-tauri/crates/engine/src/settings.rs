//! What the person set for the profile, sealed.

use std::sync::Arc;

use ccc_store::{Db, tables::settings};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error,
    audit::{self, Entry},
    cells,
    core::Core,
};

/// The setting that holds [`AppSettings`].
const APP: &str = "app";
/// A day: longer is the same as never.
const LONGEST_LOCK_MINUTES: u32 = 24 * 60;

/// How the window looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system does.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What the person set for the whole app. Missing fields of older data take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct AppSettings {
    /// How the window looks.
    pub theme: Theme,
    /// False runs every cycle without memory.
    pub memory: bool,
    /// Whether the memory of a new cycle is shown before it is sent. False sends it as it is chosen.
    pub context_tray: bool,
    /// Lock after this many idle minutes, 1 to 1,440; none means never.
    pub lock_after_minutes: Option<u32>,
    /// Lock when the computer sleeps.
    pub lock_on_sleep: bool,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            memory: true,
            context_tray: true,
            lock_after_minutes: Some(15),
            lock_on_sleep: true,
        }
    }
}

/// Named settings, each one JSON value.
#[derive(Clone)]
pub struct Settings {
    db: Arc<Db>,
    core: Arc<Core>,
}

impl Settings {
    pub(crate) fn new(db: Arc<Db>, core: Arc<Core>) -> Self {
        Self { db, core }
    }

    /// A setting; its type's default where it was never set.
    ///
    /// # Errors
    /// Damage to the row; those of the store.
    pub fn get<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, Error> {
        match self.db.read(|c| settings::get(c, name))? {
            Some(row) => cells::open_setting(&self.core.keys, &row),
            None => Ok(T::default()),
        }
    }

    /// Sets a setting. The audit trail notes its name, not its value.
    ///
    /// # Errors
    /// Those of the store.
    pub fn set(&self, name: &'static str, value: &impl Serialize) -> Result<(), Error> {
        let core = self.core.clone();
        let row = cells::seal_setting(&core.keys, name, core.now(), value)?;
        self.db.write(move |tx| {
            settings::put(tx, &row)?;
            let entry = Entry {
                entity_id: None,
                ..Entry::new("set", "setting", [0; 16])
            };
            audit::record(&core, tx, entry.detail(name.to_owned()))
        })
    }

    /// What the person set for the whole app.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn app(&self) -> Result<AppSettings, Error> {
        self.get(APP)
    }

    /// Sets what holds for the whole app.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a lock time that is none; those of the store.
    pub fn set_app(&self, settings: &AppSettings) -> Result<(), Error> {
        match settings.lock_after_minutes {
            None | Some(1..=LONGEST_LOCK_MINUTES) => self.set(APP, settings),
            Some(_) => Err(Error::Invalid("the lock time is 1 to 1,440 minutes, or never")),
        }
    }
}
