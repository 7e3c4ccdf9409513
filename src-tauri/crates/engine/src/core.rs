//! What every write needs: keys, the time, ids. Shared with the jobs handed to the store, which another caller's thread
//! may run and which must not keep the database open.

use std::sync::Arc;

use ccc_domain::Timestamp;
use ccc_vault::EncryptionService;
use uuid::Uuid;

use crate::{Clock, clock::Ids};

pub(crate) struct Core {
    pub(crate) keys: EncryptionService,
    clock: Arc<dyn Clock>,
    ids: Ids,
}

impl Core {
    pub(crate) fn new(keys: EncryptionService, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys,
            clock,
            ids: Ids::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.ids.make(self.now())
    }
}
