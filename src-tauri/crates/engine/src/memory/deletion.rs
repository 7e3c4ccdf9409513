//! Deleting a session: its key first, so that no copy of its rows can be read again, then its rows.
//!
//! The intent is written down before anything is destroyed and is taken up again at the next start.

use ccc_domain::SessionId;
use ccc_store::tables::{pending_deletions, sessions};
use serde::Serialize;

use crate::{
    Error, MemoryService,
    audit::{self, Entry},
    memory::sessions as session_ops,
};

/// What a deletion destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletionReport {
    /// The session that is gone.
    pub session_id: SessionId,
    /// How many conversations it held.
    pub conversations: u32,
    /// Whether its key is destroyed in both generations of the keys file.
    pub key_destroyed: bool,
}

impl MemoryService {
    /// Deletes a session for good: its key, then everything in it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of the keys file and the store, the deletion being finished at the next start then.
    pub fn delete_session(&self, id: SessionId) -> Result<DeletionReport, Error> {
        let core = self.core.clone();
        let conversations = self.db.write(move |tx| {
            let row = session_ops::find(tx, id)?;
            pending_deletions::insert(tx, id, core.now())?;
            audit::record(&core, tx, Entry::new("delete", "session", id.to_bytes()))?;
            Ok::<_, Error>(row.conversation_count)
        })?;
        self.finish_deletion(id)?;
        Ok(DeletionReport {
            session_id: id,
            conversations,
            key_destroyed: !self.core.keys.has_session_key(id),
        })
    }

    /// Finishes every deletion that was begun; those that cannot be are tried again at the next start.
    pub(super) fn finish_deletions(&self) -> Result<usize, Error> {
        let pending = self.db.read(pending_deletions::list)?;
        let finish = |id: &SessionId| {
            self.finish_deletion(*id)
                .inspect_err(|error| tracing::error!(code = %error.code(), "a deletion is still open"))
        };
        Ok(pending.iter().map(finish).filter(Result::is_ok).count())
    }

    fn finish_deletion(&self, id: SessionId) -> Result<(), Error> {
        self.core.keys.destroy_session_key(id)?;
        self.index.remove(id);
        self.db.write(move |tx| {
            sessions::delete(tx, id)?;
            pending_deletions::delete(tx, id)?;
            Ok(())
        })
    }
}
