//! What every write needs: keys, the time, ids. Shared with the jobs handed to the store, which another caller's thread
//! may run and which must not keep the database open.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use ccc_domain::{ContextItem, Receipt, Timestamp};
use ccc_vault::EncryptionService;
use uuid::Uuid;

use crate::{
    Clock,
    audit::{last::Last, reads::Reads},
    clock::Ids,
    memory::Target,
};

pub(crate) struct Core {
    pub(crate) keys: EncryptionService,
    clock: Arc<dyn Clock>,
    ids: Ids,
    /// What was deleted since the profile was opened: what a running cycle was given of it is not written again.
    deleted: Mutex<Vec<Target>>,
    /// What was read and is not in the audit trail yet.
    pub(crate) reads: Reads,
    /// What notes its last entry; none for what is in memory alone.
    pub(crate) last: Option<Arc<Last>>,
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
            deleted: Mutex::default(),
            reads: Reads::default(),
            last: None,
            directory: None,
            backups: None,
        }
    }

    pub(crate) fn in_place(self, last: Arc<Last>, directory: PathBuf, backups: PathBuf) -> Self {
        Self {
            last: Some(last),
            directory: Some(directory),
            backups: Some(backups),
            ..self
        }
    }

    /// Notes that `target` is deleted from now on.
    pub(crate) fn note_deleted(&self, target: Target) {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner).push(target);
    }

    /// Takes that back, where the deletion failed.
    pub(crate) fn note_kept(&self, target: Target) {
        let mut deleted = self.deleted.lock().unwrap_or_else(PoisonError::into_inner);
        deleted.retain(|other| *other != target);
    }

    /// Takes out of a receipt what it quotes of what was deleted meanwhile.
    pub(crate) fn redact(&self, receipt: &mut Receipt) {
        let deleted = self.deleted.lock().unwrap_or_else(PoisonError::into_inner);
        let quotes = |item: &ContextItem| deleted.iter().any(|target| target.holds(item));
        receipt.context.redact(quotes);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.ids.make(self.now())
    }
}
