//! The loaded partitions of the search index.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ccc_domain::{SessionId, TurnId};
use ccc_recall::Partition;

/// A session's partition, shared between those who search it and those who add to it.
pub(super) type Shared = Arc<Mutex<Loaded>>;

/// A partition, and whether it holds all turns of its session.
#[derive(Default)]
pub(super) struct Loaded {
    partition: Partition,
    whole: bool,
}

impl Deref for Loaded {
    type Target = Partition;

    fn deref(&self) -> &Partition {
        &self.partition
    }
}

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

    /// The partition of `session`, filled by `fill` where it is not whole. Others who want it meanwhile wait; a turn
    /// stored meanwhile is added after, and counts once.
    pub(super) fn load<E>(
        &self,
        session: SessionId,
        fill: impl FnOnce(&mut Partition) -> Result<(), E>,
    ) -> Result<Shared, E> {
        let shared = self.partitions().entry(session).or_default().clone();
        let mut loaded = lock(&shared);
        if !loaded.whole {
            loaded.partition = Partition::new();
            fill(&mut loaded.partition)?;
            loaded.whole = true;
        }
        drop(loaded);
        Ok(shared)
    }

    /// Adds a turn that was just stored, where its session is loaded; elsewhere it will be read with the others.
    pub(super) fn append(&self, session: SessionId, turn: TurnId, text: &str) {
        if let Some(shared) = self.get(session) {
            let mut loaded = lock(&shared);
            if loaded.whole {
                loaded.partition.append(turn, text);
            }
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
pub(super) fn lock(partition: &Shared) -> MutexGuard<'_, Loaded> {
    partition.lock().unwrap_or_else(PoisonError::into_inner)
}
