//! MemoryService: what was said, sealed on disk, and what of it matters now.
//!
//! Its operations are the seed's, under the seed's names where it names them: `initialize_session`,
//! `store_conversation_turn`, `get_relevant_context`, `update_agent_learning`, `generate_context_summary`, and the calls
//! of its data access layer for sessions, conversations, turns, context and agent states. They live in one file per
//! kind of thing. Every one that writes is one transaction with its audit entry.

mod context;
mod contexts;
mod conversations;
mod deletion;
mod digest;
mod drafts;
mod erasure;
mod index;
mod index_state;
mod learning;
mod quotes;
mod reasons;
mod related;
pub(crate) mod search;
mod sessions;
mod summaries;
mod taking_in;
mod tray;
mod turns;
mod waiting;

use std::sync::{Arc, Mutex};

use ccc_domain::{Context, ConversationId, Timestamp, Tray};
use ccc_store::Db;
pub use context::ContextRequest;
pub use contexts::{ContextUse, Without};
pub(crate) use conversations::check_directive;
pub use deletion::{DeletionReport, PendingDeletion, UNDO_FOR};
pub(crate) use drafts::DraftPlace;
pub use erasure::{ErasureReport, PendingErasure};
pub use index_state::IndexState;
pub use quotes::Target;
pub use related::RelatedConversation;
pub use search::{MOST_RESULTS, SearchHit, SearchRequest, SearchResults, Stop};
pub use sessions::{NewSession, SessionFilter};
pub(crate) use summaries::NewSummary;
pub use summaries::{MAX_SUMMARY_BYTES, SessionContext};
pub(crate) use turns::StepRecord;
use uuid::Uuid;
pub use waiting::WaitingTurns;
pub(crate) use waiting::{Kept, Record};

use crate::{
    Error, audit,
    core::Core,
    latency::{Latencies, OperationLatency},
    memory::{contexts::Contexts, index::Index, waiting::Waiting},
};

/// The largest directive, 1 MiB: far above any prompt a model takes, far below what would stall the window.
pub const MAX_DIRECTIVE_BYTES: usize = 1 << 20;
/// The largest turn, 33 MiB: the provider's cap on a response, and room for its rounding.
pub const MAX_TURN_BYTES: usize = 33 << 20;

/// What was said, and what of it matters now. Cheap to clone; all clones are one service.
///
/// Every operation waits for the disk.
#[derive(Clone)]
pub struct MemoryService {
    db: Arc<Db>,
    core: Arc<Core>,
    index: Arc<Index>,
    /// Held while a deletion is carried out or taken back.
    deleting: Arc<Mutex<()>>,
    latencies: Arc<Latencies>,
    contexts: Arc<Contexts>,
    waiting: Arc<Waiting>,
    /// Turns and conversations that are out of sight, to be deleted.
    going: Arc<Mutex<Vec<PendingErasure>>>,
}

/// What was left over from a run that did not end by itself.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Conversations whose running step was kept as an interrupted turn.
    pub interrupted: Vec<ConversationId>,
    /// Drafts that could not be kept as turns and were left as they are.
    pub drafts_left: usize,
    /// Deletions that were begun and are now done.
    pub deletions_finished: usize,
}

impl MemoryService {
    pub(crate) fn new(db: Arc<Db>, core: Arc<Core>) -> Self {
        Self {
            db,
            core,
            index: Arc::new(Index::default()),
            deleting: Arc::default(),
            latencies: Arc::default(),
            contexts: Arc::default(),
            waiting: Arc::default(),
            going: Arc::default(),
        }
    }

    /// Takes up what an earlier run left: drafts become interrupted turns, deletions that were begun are finished.
    ///
    /// # Errors
    /// Those of the store and of opening a draft.
    pub fn recover(&self) -> Result<Recovered, Error> {
        let deletions_finished = self.carry_out_all_deletions()?;
        let (interrupted, drafts_left) = self.recover_drafts()?;
        Ok(Recovered {
            interrupted,
            drafts_left,
            deletions_finished,
        })
    }

    /// Writes to the audit trail alone.
    pub(crate) fn record(
        &self,
        entry: impl FnOnce(&Core, &ccc_store::Connection) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let core = self.core.clone();
        self.db.write(move |tx| entry(&core, tx))
    }

    /// Notes a read for the audit trail, in memory.
    fn note_read(&self, action: &'static str, entity: &'static str, id: Option<[u8; 16]>) {
        audit::note_read(&self.core, action, entity, id);
    }

    /// The time by the service's clock.
    pub fn now(&self) -> Timestamp {
        self.core.now()
    }

    /// A new id of any kind, sorting after all made before.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        self.core.id()
    }

    /// How many turns are stored.
    ///
    /// # Errors
    /// Those of the store.
    pub fn turn_count(&self) -> Result<u64, Error> {
        Ok(self.db.read(ccc_store::tables::turns::count)?)
    }

    /// How long its operations took since it was opened, by name.
    pub fn latencies(&self) -> Vec<OperationLatency> {
        self.latencies.report()
    }

    /// How memory was used since the profile was opened.
    pub fn context_use(&self) -> ContextUse {
        self.contexts.used()
    }

    /// Counts a step by whether it took memory.
    pub(crate) fn note_step(&self, context: &Context) {
        self.contexts.step(context);
    }

    /// Counts what was shown before sending.
    pub(crate) fn note_tray(&self, tray: &Tray) {
        self.contexts.shown(tray);
    }

    /// Counts a step that went on without memory because it failed or took too long.
    pub(crate) fn note_missed_context(&self) {
        self.contexts.missed();
    }

    /// How long the write-ahead log is, in bytes.
    pub(crate) fn log_bytes(&self) -> u64 {
        self.db.log_bytes()
    }

    /// Folds the write-ahead log into the file and empties it.
    pub(crate) fn fold_log(&self) -> Result<(), Error> {
        Ok(self.db.fold_log()?)
    }

    /// How many bytes of the data file are free, and how many there are.
    pub(crate) fn room(&self) -> Result<(u64, u64), Error> {
        Ok(self.db.room()?)
    }

    /// Makes the data file as small as it can be.
    pub(crate) fn give_room_back(&self) -> Result<(), Error> {
        Ok(self.db.give_room_back()?)
    }

    /// What was stored on each day on which something was, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn stored_by_day(&self) -> Result<Vec<ccc_store::tables::turns::Day>, Error> {
        Ok(self.db.read(ccc_store::tables::turns::by_day)?)
    }

    /// Drops the keys; whatever needs them fails with the code `locked` from now on.
    pub(crate) fn lock(&self) {
        self.core.keys.lock();
    }

    /// Drops everything opened so far from memory, as locking does.
    pub fn forget_cached(&self) {
        self.index.clear();
        self.contexts.clear();
    }
}
