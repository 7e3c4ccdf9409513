//! What the person set for the profile, sealed.

use std::sync::Arc;

use ccc_store::{Db, tables::settings};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error,
    audit::{self, Entry},
    cells,
    core::Core,
};

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
}
