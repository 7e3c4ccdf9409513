//! The index, loaded session by session as it is needed.
//!
//! What is loaded is a session's stored segments and, after them, every turn that they do not hold yet; segments that do
//! not open, or know turns that are gone, are dropped and made anew from the turns. A turn is added in the same step as
//! it is stored. Where that comes out of order, because two threads stored in one conversation, the session is noted as
//! behind, and completed before it is searched again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use ccc_domain::{ConversationId, SessionId, Turn, TurnStatus};
use ccc_recall::{Added, Index as Recall, NewEntry, Snapshot};
use ccc_store::tables::{
    conversations,
    index_partitions::{self, PartitionRow},
    sessions,
    turns::{self, TurnRow},
};

use crate::{Error, MemoryService, cells};

/// The index and what is known of its state.
#[derive(Default)]
pub(super) struct Index {
    recall: RwLock<Recall>,
    /// Sessions with a turn stored that is not in their partition.
    behind: Mutex<HashSet<SessionId>>,
    /// Held while a session is loaded.
    loading: Mutex<()>,
    /// Whether all sessions are being loaded.
    loading_all: AtomicBool,
    /// The ids of all sessions that are not being deleted, once they were asked for.
    visible: Mutex<Visible>,
    /// Raised by every change, so that what was computed before can be told from what would be now.
    generation: AtomicU64,
}

/// Session ids, read at a time when so many sessions had come or gone.
#[derive(Default)]
struct Visible {
    changes: u64,
    read: Option<(u64, Arc<[SessionId]>)>,
}

impl Index {
    fn visible(&self) -> MutexGuard<'_, Visible> {
        self.visible.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a session came, went, or is to go.
    pub(super) fn sessions_changed(&self) {
        self.visible().changes += 1;
        self.changed();
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Recall> {
        self.recall.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Recall> {
        self.recall.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn behind(&self) -> MutexGuard<'_, HashSet<SessionId>> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ready(&self, session: SessionId) -> bool {
        self.read().has(session) && !self.behind().contains(&session)
    }

    /// How often it was changed.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Notes a change.
    pub(super) fn changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Begins the partition of a session that has no turns.
    pub(super) fn begin(&self, session: SessionId) {
        self.write().begin(session);
        self.behind().remove(&session);
    }

    /// Adds a turn that was just stored, where its session is loaded; elsewhere it will be read with the others.
    pub(super) fn append(&self, turn: &Turn) {
        let added = self.write().append(turn.session_id, &entry(turn));
        if added == Added::Gap {
            self.behind().insert(turn.session_id);
        }
        self.changed();
    }

    /// Drops a session's partition.
    pub(super) fn remove(&self, session: SessionId) {
        self.write().remove(session);
        self.behind().remove(&session);
        self.changed();
    }

    /// As [`Self::remove`], after a session that is being loaded now is: it is loaded from what is there after this.
    pub(super) fn remove_loaded(&self, session: SessionId) {
        let _none_loads = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        self.remove(session);
    }

    /// Whether [`MemoryService::load_whole_index`] is at work.
    pub(super) fn is_loading_all(&self) -> bool {
        self.loading_all.load(Ordering::Acquire)
    }

    /// Drops all. Waits for a session that is being loaded, so that it is dropped too.
    pub(super) fn clear(&self) {
        let _none_loads = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        *self.write() = Recall::new();
        self.behind().clear();
        self.changed();
    }
}

fn entry(turn: &Turn) -> NewEntry<'_> {
    NewEntry {
        conversation: turn.conversation_id,
        number: turn.number,
        agent: turn.agent,
        speaker: turn.speaker.as_deref(),
        at: turn.created_at,
        whole: turn.status == TurnStatus::Complete,
        text: &turn.content,
    }
}

impl MemoryService {
    /// The ids of every session whose deletion was not begun, in their order.
    pub(super) fn visible(&self) -> Result<Arc<[SessionId]>, Error> {
        let now = {
            let visible = self.index.visible();
            match &visible.read {
                Some((then, ids)) if *then == visible.changes => return Ok(ids.clone()),
                _ => visible.changes,
            }
        };
        let ids: Arc<[SessionId]> = self.db.read(sessions::ids)?.into();
        self.index.visible().read = Some((now, ids.clone()));
        Ok(ids)
    }

    /// Loads the parts of these sessions where they are not loaded, or not whole.
    pub(super) fn load_indexes(&self, sessions: &[SessionId]) -> Result<(), Error> {
        // Asked for all at once: one by one is thousands of locks.
        let mut missing = self.index.read().lacking(sessions);
        let behind = self.index.behind();
        if !behind.is_empty() {
            missing.extend(sessions.iter().filter(|session| behind.contains(session)));
        }
        drop(behind);
        missing.iter().try_for_each(|session| self.load_index(*session))
    }

    /// Loads a session's part of the index where it is not loaded, or not whole.
    pub(super) fn load_index(&self, session: SessionId) -> Result<(), Error> {
        if self.index.is_ready(session) {
            return Ok(());
        }
        let _one_at_a_time = self.index.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if self.index.is_ready(session) {
            return Ok(());
        }
        if !self.index.read().has(session) {
            self.attach(session)?;
        }
        // Until nothing is missing: turns may be stored meanwhile.
        loop {
            self.index.behind().remove(&session);
            if self.replay(session)? == 0 && !self.index.behind().contains(&session) {
                return Ok(());
            }
        }
    }

    /// Loads every session's part, telling `progress` how many of how many are done; false from it stops. A session that
    /// cannot be loaded does not keep the others from it.
    ///
    /// # Errors
    /// The first: damage to a turn; those of the store; locked, which ends it. What was loaded stays.
    pub fn load_whole_index(&self, progress: impl FnMut(usize, usize) -> bool) -> Result<(), Error> {
        self.index.loading_all.store(true, Ordering::Release);
        let loaded = self.load_all(progress);
        self.index.loading_all.store(false, Ordering::Release);
        loaded
    }

    fn load_all(&self, mut progress: impl FnMut(usize, usize) -> bool) -> Result<(), Error> {
        let sessions = self.visible()?;
        let mut first = Ok(());
        for (done, session) in sessions.iter().enumerate() {
            if !progress(done, sessions.len()) {
                return first;
            }
            match self.load_index(*session) {
                Err(error) if error.code() == ccc_domain::ErrorCode::Locked => return Err(error),
                Err(error) if first.is_ok() => first = Err(error),
                _ => {}
            }
        }
        progress(sessions.len(), sessions.len());
        first
    }

    /// About how many bytes of memory the loaded part of the index takes.
    pub fn index_memory(&self) -> usize {
        self.index.read().memory()
    }

    /// Begins a session's partition from what is stored of it.
    fn attach(&self, session: SessionId) -> Result<(), Error> {
        let rows = self.db.read(|c| index_partitions::list(c, session))?;
        let opened: Result<Vec<Vec<u8>>, Error> = rows
            .iter()
            .map(|row| cells::open_partition(&self.core.keys, row))
            .collect();
        let attached = match opened {
            Ok(segments) => self.index.write().attach(session, &segments).is_ok(),
            // Without keys the turns cannot be read either, and the segments may be sound.
            Err(error) if error.code() == ccc_domain::ErrorCode::Locked => return Err(error),
            Err(_) => false,
        };
        if !attached {
            tracing::warn!(%session, "the stored index is damaged or of another version; it is made anew");
            self.index.write().begin(session);
        }
        Ok(())
    }

    /// Adds the turns that the session's partition lacks; how many those were. A partition that knows turns which are
    /// gone is begun anew first.
    fn replay(&self, session: SessionId) -> Result<usize, Error> {
        let stored = self.db.read(|c| conversations::counts(c, session))?;
        let mut have: HashMap<ConversationId, u32> = self.index.read().conversations(session).collect();
        let counts: BTreeMap<ConversationId, u32> = stored.iter().copied().collect();
        if have
            .iter()
            .any(|(id, turns)| counts.get(id).is_none_or(|count| turns > count))
        {
            self.index.write().begin(session);
            have.clear();
        }
        let mut added = 0;
        for (conversation, count) in stored {
            let from = have.get(&conversation).copied().unwrap_or(0);
            if from < count {
                added += self.replay_conversation(session, conversation, from)?;
            }
        }
        if added > 0 {
            self.index.changed();
        }
        Ok(added)
    }

    fn replay_conversation(&self, session: SessionId, id: ConversationId, from: u32) -> Result<usize, Error> {
        let mut added = 0;
        self.db.read(|c| {
            turns::each_after(c, id, from, |row: TurnRow| {
                // Which session a conversation is in is not part of a turn's seal; which one the turn is in, is.
                if row.session_id != session {
                    return Err(Error::Damaged("a turn stands in another session than its own"));
                }
                let (speaker, text) = cells::open_said(&self.core.keys, &row)?;
                let entry = NewEntry {
                    conversation: row.conversation_id,
                    number: row.number,
                    agent: row.agent,
                    speaker: speaker.as_deref(),
                    at: row.created_at,
                    whole: row.status == TurnStatus::Complete,
                    text: &text,
                };
                if self.index.write().append(session, &entry) == Added::Now {
                    added += 1;
                }
                Ok(())
            })
        })?;
        Ok(added)
    }

    /// Stores what is new in the loaded parts of the index, so that it need not be made anew at the next start. Costs no
    /// turn if it fails.
    ///
    /// # Errors
    /// Those of sealing and of the store.
    pub fn save_index(&self) -> Result<(), Error> {
        let unsaved = self.index.read().unsaved();
        for session in unsaved {
            // What is deleted between the two would be stored again.
            let _nothing_is_deleted = self.deleting();
            let snapshots = self.index.write().snapshots(session);
            let Some(last) = snapshots.last() else { continue };
            let stored = last.segment as usize + 1;
            if self.put_snapshots(session, &snapshots)? {
                self.index.write().stored(session, stored);
            }
        }
        Ok(())
    }

    /// Whether the session was still there to store them for.
    fn put_snapshots(&self, session: SessionId, snapshots: &[Snapshot]) -> Result<bool, Error> {
        let mut rows = Vec::new();
        for snapshot in snapshots {
            let row = PartitionRow {
                session_id: session,
                segment: snapshot.segment,
                updated_at: self.core.now(),
                partition_sealed: Vec::new(),
            };
            rows.push(cells::seal_partition(&self.core.keys, row, &snapshot.bytes)?);
        }
        self.db.write(move |tx| {
            if sessions::get(tx, session)?.is_none() {
                return Ok(false);
            }
            // From the first: fewer, larger segments may have taken the place of those that are stored.
            if rows.first().is_some_and(|row| row.segment == 0) {
                index_partitions::delete(tx, session)?;
            }
            for row in &rows {
                index_partitions::put(tx, row)?;
            }
            Ok(true)
        })
    }
}
