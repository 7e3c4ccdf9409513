//! The loaded partitions of the search index.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ccc_domain::{SessionId, TurnId};
use ccc_recall::Partition;

/// A session's partition, shared between those who search it and those who add to it.
pub(super) type Shared = Arc<Mutex<Partition>>;

/// Partitions by session. A session that is not here has not been searched since the app was unlocked; its turns are
/// read when it first is.
#[derive(Default)]
pub(super) struct Index(Mutex<HashMap<SessionId, Shared>>);

impl Index {
    fn partitions(&self) -> MutexGuard<'_, HashMap<SessionId, Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The partition of `session`, if it is loaded.
    pub(super) fn get(&self, session: SessionId) -> Option<Shared> {
        self.partitions().get(&session).cloned()
    }

    /// The partition of `session`, filled by `fill` where it is not loaded. Others who want it meanwhile wait until it
    /// is whole; a turn stored meanwhile is added after, and counts once.
    pub(super) fn load<E>(
        &self,
        session: SessionId,
        fill: impl FnOnce(&mut Partition) -> Result<(), E>,
    ) -> Result<Shared, E> {
        let mut partitions = self.partitions();
        if let Some(partition) = partitions.get(&session) {
            return Ok(partition.clone());
        }
        let fresh = Shared::default();
        let mut filling = lock(&fresh);
        partitions.insert(session, fresh.clone());
        drop(partitions);
        let filled = fill(&mut filling);
        drop(filling);
        if filled.is_err() {
            self.remove(session);
        }
        filled.map(|()| fresh)
    }

    /// Adds a turn that was just stored, where its session is loaded.
    pub(super) fn append(&self, session: SessionId, turn: TurnId, text: &str) {
        if let Some(partition) = self.get(session) {
            lock(&partition).append(turn, text);
        }
    }

    /// Drops a session's partition.
    pub(super) fn remove(&self, session: SessionId) {
        self.partitions().remove(&session);
    }

    /// Drops all.
    pub(super) fn clear(&self) {
        self.partitions().clear();
    }
}

/// A partition to search or to add to.
pub(super) fn lock(partition: &Shared) -> MutexGuard<'_, Partition> {
    partition.lock().unwrap_or_else(PoisonError::into_inner)
}
