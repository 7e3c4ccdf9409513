//! Deleting a session: its key first, so that no copy of its rows can be read again, then its rows.
//!
//! The intent is written down before anything is destroyed and is taken up again at the next start. A deletion that can
//! be taken back is that intent alone: for [`UNDO_FOR`] the session is only out of sight. It is carried out when that
//! time is over, when the app closes, or at the next start, whichever comes first.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use ccc_domain::{SessionId, Timestamp};
use ccc_store::tables::{pending_deletions, sessions};
use serde::Serialize;

use crate::{
    Entity, Error, MemoryService,
    audit::{self, Entry},
    backup, cells,
    memory::{Target, sessions as session_ops},
};

/// How long a deletion can be taken back: long enough to read the offer and reach for it.
pub const UNDO_FOR: Duration = Duration::from_secs(10);

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

/// A deletion that can be taken back until it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PendingDeletion {
    /// The session, out of sight.
    pub session_id: SessionId,
    /// When it is destroyed.
    pub carried_out_at: Timestamp,
}

impl MemoryService {
    /// Deletes a session for good: its key, then everything in it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of the keys file and the store, the deletion being finished at the next start then.
    pub fn delete_session(&self, id: SessionId) -> Result<DeletionReport, Error> {
        let conversations = self.note_deletion(id)?;
        self.finish_deletion(id, &[])?;
        Ok(DeletionReport {
            session_id: id,
            conversations,
            key_destroyed: !self.core.keys.has_session_key(id),
        })
    }

    /// Deletes these sessions for good. What one of them quotes of another goes with it.
    pub(crate) fn delete_sessions(&self, ids: &[SessionId]) -> Result<(), Error> {
        for id in ids {
            self.note_deletion(*id)?;
        }
        ids.iter().try_for_each(|id| self.finish_deletion(*id, ids))
    }

    /// Takes a session out of sight, to be deleted when [`UNDO_FOR`] is over.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of the store.
    pub fn delete_session_later(&self, id: SessionId) -> Result<PendingDeletion, Error> {
        let now = self.now();
        self.note_deletion(id)?;
        Ok(PendingDeletion {
            session_id: id,
            carried_out_at: Timestamp::from_ms(now.ms().saturating_add(undo_ms())),
        })
    }

    /// Takes a deletion back that was not carried out.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the session is gone, or its deletion was never asked for.
    pub fn undo_deletion(&self, id: SessionId) -> Result<ccc_domain::Session, Error> {
        let _not_while_one_is_carried_out = self.deleting();
        let core = self.core.clone();
        self.db
            .write(move |tx| {
                let row = session_ops::find(tx, id)?;
                // A deletion that got as far as the key is past taking back.
                if !core.keys.has_session_key(id) || !pending_deletions::delete(tx, id)? {
                    return Err(Error::NotFound(Entity::Session));
                }
                audit::record(&core, tx, Entry::new("undelete", "session", id.to_bytes()))?;
                cells::open_session(&core.keys, &row)
            })
            .inspect(|_| self.index.sessions_changed())
    }

    /// Carries out every deletion that can no longer be taken back; how many it did.
    ///
    /// # Errors
    /// Those of the store. What fails for one session is tried again the next time.
    pub fn carry_out_deletions(&self) -> Result<usize, Error> {
        self.finish_deletions(Timestamp::from_ms(self.now().ms().saturating_sub(undo_ms())))
    }

    /// Carries out every deletion that was asked for, as at the end and at the start; how many it did.
    ///
    /// # Errors
    /// As [`Self::carry_out_deletions`].
    pub fn carry_out_all_deletions(&self) -> Result<usize, Error> {
        self.finish_deletions(Timestamp::from_ms(i64::MAX))
    }

    /// Writes the intent down; how many conversations the session holds.
    fn note_deletion(&self, id: SessionId) -> Result<u32, Error> {
        let core = self.core.clone();
        self.db
            .write(move |tx| {
                let row = session_ops::find(tx, id)?;
                pending_deletions::insert(tx, id, core.now())?;
                audit::record(&core, tx, Entry::new("delete", "session", id.to_bytes()))?;
                Ok::<_, Error>(row.conversation_count)
            })
            .inspect(|_| self.index.sessions_changed())
    }

    fn finish_deletions(&self, until: Timestamp) -> Result<usize, Error> {
        let erased = self.carry_out_erasures_until(Timestamp::from_ms(until.ms().saturating_add(undo_ms())));
        let pending = self.db.read(|c| pending_deletions::list(c, until))?;
        let finish = |id: &SessionId| {
            self.finish_deletion(*id, &[])
                .inspect_err(|error| tracing::error!(code = %error.code(), "a deletion is still open"))
        };
        Ok(erased + pending.iter().map(finish).filter(Result::is_ok).count())
    }

    pub(super) fn deleting(&self) -> MutexGuard<'_, ()> {
        self.deleting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries a deletion out. Nothing needs to be taken out of the receipts of `also`, which are being deleted too.
    fn finish_deletion(&self, id: SessionId, also: &[SessionId]) -> Result<(), Error> {
        let _one_at_a_time = self.deleting();
        // Asked again, because it may have been taken back since it was listed.
        if !self
            .db
            .read(|c| pending_deletions::list(c, Timestamp::from_ms(i64::MAX)))?
            .contains(&id)
        {
            return Ok(());
        }
        let core = self.core.clone();
        core.note_deleted(Target::Session(id));
        let quotes = self.quotes(Target::Session(id), |of| of == id || also.contains(&of))?;
        core.keys.destroy_session_key(id)?;
        let unreached = backup::destroy_keys(&core, &backup::of_deletion(&core, &self.db), id);
        self.index.remove(id);
        self.forget_waiting_of(id);
        self.contexts.forget_before(self.index.generation());
        self.db.write(move |tx| {
            quotes.redact(&core, tx)?;
            sessions::delete(tx, id)?;
            pending_deletions::delete(tx, id)?;
            backup::note_unreached(&core, tx, id, unreached)
        })?;
        self.index.sessions_changed();
        self.empty_log();
        Ok(())
    }

    /// Takes what was deleted out of the write-ahead log too. Where somebody reads all that time, the next deletion or the
    /// end of the app does; whether it is done.
    pub(super) fn empty_log(&self) -> bool {
        let folded = self.db.fold_log();
        if let Err(error) = &folded {
            tracing::warn!(code = %error.code(), "the log still holds sealed pages of what was deleted");
        }
        folded.is_ok()
    }

    /// Runs `work` while no session's key is being destroyed: what copies keys must not overtake that.
    pub(crate) fn while_nothing_is_deleted<T>(&self, work: impl FnOnce() -> T) -> T {
        let _nothing = self.deleting();
        work()
    }
}

fn undo_ms() -> i64 {
    i64::try_from(UNDO_FOR.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
