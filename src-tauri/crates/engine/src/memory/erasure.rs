//! Deleting a turn or a conversation inside a session that stays: the sealed text is overwritten, and with it goes what
//! was made of it: quotations in receipts, summaries, the session's index, chosen contexts.
//!
//! A deleted turn leaves its row, without text, and the conversation's chain is made anew over it, so that a turn which is
//! missing later is still noticed. Everything happens in one transaction; then the write-ahead log is emptied.
//!
//! A deletion that can be taken back waits for [`UNDO_FOR`] in memory alone, and nobody is shown what it names. It is
//! carried out when that time is over, before the next cycle begins, and when the profile is locked or closed. The end of
//! the process by force takes it back.

mod rows;

use std::sync::{MutexGuard, PoisonError};

use ccc_domain::{ConversationId, ErrorCode, SessionId, Timestamp, TurnId};
use ccc_store::{
    Connection,
    tables::{index_partitions, turns},
};
use serde::Serialize;

use crate::{
    Entity, Error, MemoryService,
    core::Core,
    memory::{Target, UNDO_FOR, conversations as conversation_ops},
};

/// What deleting a turn or a conversation destroyed. Older backups and exported files are out of its reach, and so is what
/// other turns say in words of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ErasureReport {
    /// How many turns lost their text.
    pub turns: u32,
    /// How many receipts quoted it and say "deleted" now.
    pub receipts: u32,
    /// How many summaries are dropped; the session's is made anew.
    pub summaries: u32,
    /// How many summaries the person wrote, which stay.
    pub own_summaries: u32,
    /// Whether the session's title was made of it and is gone.
    pub title: bool,
    /// Whether the write-ahead log is emptied too.
    pub log_emptied: bool,
}

/// A deletion that can be taken back until it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PendingErasure {
    /// What is out of sight.
    pub target: Target,
    /// When it is destroyed.
    pub carried_out_at: Timestamp,
}

impl MemoryService {
    /// Deletes the text of a turn. No cycle may run in its session.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that waits to be stored; [`Error::Damaged`] where the conversation does not hold
    /// together, which this would hide; those of the store, nothing being deleted then.
    pub fn delete_turn(&self, id: TurnId) -> Result<ErasureReport, Error> {
        let row = self
            .db
            .read(|c| turns::get(c, id))?
            .ok_or(Error::NotFound(Entity::Turn))?;
        self.erase(Target::Turn(id), row.session_id, move |core, tx| {
            rows::overwrite_turn(core, tx, id)
        })
    }

    /// Deletes a conversation with all its turns. No cycle may run in its session.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that waits to be stored; damage to its session's row; those of the store, nothing
    /// being deleted then.
    pub fn delete_conversation(&self, id: ConversationId) -> Result<ErasureReport, Error> {
        let row = self.db.read(|c| conversation_ops::find(c, id))?;
        self.erase(Target::Conversation(id), row.session_id, move |core, tx| {
            rows::delete_conversation(core, tx, id)
        })
    }

    fn erase(
        &self,
        target: Target,
        session: SessionId,
        erase: impl FnOnce(&Core, &Connection) -> Result<ErasureReport, Error> + Send + 'static,
    ) -> Result<ErasureReport, Error> {
        let _one_at_a_time = self.deleting();
        self.core.note_deleted(target);
        let erased = self.erase_rows(target, session, erase);
        let mut report = erased.inspect_err(|_| self.core.note_kept(target))?;
        self.index.remove_loaded(session);
        self.contexts.forget_before(self.index.generation());
        if report.summaries > 0
            && let Err(error) = self.generate_context_summary(session)
        {
            tracing::warn!(code = %error.code(), "the summary is made anew later");
        }
        report.log_emptied = self.empty_log();
        Ok(report)
    }

    /// One transaction for all that is stored of it and was made of it.
    fn erase_rows(
        &self,
        target: Target,
        session: SessionId,
        erase: impl FnOnce(&Core, &Connection) -> Result<ErasureReport, Error> + Send + 'static,
    ) -> Result<ErasureReport, Error> {
        let core = self.core.clone();
        let quotes = self.quotes(target, |_| false)?;
        self.db.write(move |tx| {
            let mut report = erase(&core, tx)?;
            report.receipts = quotes.redact(&core, tx)?;
            rows::drop_summaries(&core, tx, session, &mut report)?;
            index_partitions::delete(tx, session)?;
            Ok::<_, Error>(report)
        })
    }

    /// Takes a turn or a conversation out of sight, to be deleted when [`UNDO_FOR`] is over.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a session, whose deletion is written down:
    /// [`MemoryService::delete_session_later`].
    pub fn delete_later(&self, target: Target) -> Result<PendingErasure, Error> {
        match target {
            Target::Turn(id) => self.get_turn(id).map(drop)?,
            Target::Conversation(id) => self.conversation(id).map(drop)?,
            Target::Session(_) => return Err(Error::Invalid("a session is deleted by its own call")),
        }
        let undo = i64::try_from(UNDO_FOR.as_millis()).unwrap_or(i64::MAX);
        let pending = PendingErasure {
            target,
            carried_out_at: Timestamp::from_ms(self.now().ms().saturating_add(undo)),
        };
        let mut going = self.going();
        going.retain(|other| other.target != target);
        going.push(pending);
        drop(going);
        self.index.changed();
        Ok(pending)
    }

    /// Takes a deletion back that was not carried out.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was carried out, or never asked for.
    pub fn undo_erasure(&self, target: Target) -> Result<(), Error> {
        let mut going = self.going();
        let before = going.len();
        going.retain(|pending| pending.target != target);
        if going.len() == before {
            return Err(Error::NotFound(match target {
                Target::Turn(_) => Entity::Turn,
                _ => Entity::Conversation,
            }));
        }
        drop(going);
        self.index.changed();
        Ok(())
    }

    /// Carries out the deletions of turns and conversations whose time is over at `until`; how many it did.
    pub(super) fn carry_out_erasures_until(&self, until: Timestamp) -> usize {
        let mut going = self.going();
        let (due, rest) = going.iter().partition(|pending| pending.carried_out_at <= until);
        *going = rest;
        drop(going);
        let due: Vec<PendingErasure> = due;
        let carried_out = due.iter().filter(|pending| match self.carry_out(pending.target) {
            Err(error) if error.code() != ErrorCode::NotFound => {
                tracing::error!(code = %error.code(), "a deletion is still open");
                self.going().push(**pending);
                false
            }
            _ => true,
        });
        carried_out.count()
    }

    /// Carries out all of them: before anything is made of what they name.
    pub(crate) fn carry_out_erasures(&self) {
        self.carry_out_erasures_until(Timestamp::from_ms(i64::MAX));
    }

    fn carry_out(&self, target: Target) -> Result<(), Error> {
        match target {
            Target::Turn(id) => self.delete_turn(id).map(drop),
            Target::Conversation(id) => self.delete_conversation(id).map(drop),
            Target::Session(id) => self.delete_session(id).map(drop),
        }
    }

    /// Whether a turn is to be deleted, and shown to nobody meanwhile.
    pub(crate) fn is_going(&self, row: &turns::TurnRow) -> bool {
        self.is_turn_going(row.id) || self.is_conversation_going(row.conversation_id)
    }

    /// As [`Self::is_going`], of the turn alone.
    pub(crate) fn is_turn_going(&self, id: TurnId) -> bool {
        self.going().iter().any(|pending| pending.target == Target::Turn(id))
    }

    /// As [`Self::is_going`], of a conversation.
    pub(crate) fn is_conversation_going(&self, id: ConversationId) -> bool {
        self.going()
            .iter()
            .any(|pending| pending.target == Target::Conversation(id))
    }

    fn going(&self) -> MutexGuard<'_, Vec<PendingErasure>> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
