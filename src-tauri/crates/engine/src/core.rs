//! What every write needs: keys, the time, ids. Shared with the jobs handed to the store, which another caller's thread
//! may run and which must not keep the database open.

use std::{path::PathBuf, sync::Arc};

use ccc_domain::Timestamp;
use ccc_vault::EncryptionService;
use uuid::Uuid;

use crate::{Clock, clock::Ids};

pub(crate) struct Core {
    pub(crate) keys: EncryptionService,
    clock: Arc<dyn Clock>,
    ids: Ids,
    /// Where the profile lies; none for what is in memory alone.
    pub(crate) directory: Option<PathBuf>,
    /// Where its backups lie.
    pub(crate) backups: Option<PathBuf>,
}

impl Core {
    pub(crate) fn new(keys: EncryptionService, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys,
            clock,
            ids: Ids::new(),
            directory: None,
            backups: None,
        }
    }

    pub(crate) fn in_place(self, directory: PathBuf, backups: PathBuf) -> Self {
        Self {
            directory: Some(directory),
            backups: Some(backups),
            ..self
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.ids.make(self.now())
    }
}
