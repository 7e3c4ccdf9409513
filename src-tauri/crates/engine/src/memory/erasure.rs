//! Deleting a turn or a conversation inside a session that stays: the sealed text is overwritten, and with it goes what
//! was made of it: quotations in receipts, summaries, the session's index, chosen contexts.
//!
//! A deleted turn leaves its row, without text, and the conversation's chain is made anew over it, so that a turn which is
//! missing later is still noticed. Everything happens in one transaction; then the write-ahead log is emptied.
//!
//! A deletion that can be taken back waits for [`UNDO_FOR`] in memory alone, and nobody is shown what it names. It is
//! carried out when that time is over, before the next cycle begins, and when the profile is locked or closed. The end of
//! the process by force takes it back.

use std::sync::{MutexGuard, PoisonError};

use ccc_domain::{ConversationId, ErrorCode, SessionId, SummarySource, Timestamp, TurnId};
use ccc_store::{
    Connection,
    tables::{context_summaries, conversations, index_partitions, receipts, sessions, turns},
};
use serde::Serialize;

use crate::{
    Entity, Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
    memory::{
        Target, UNDO_FOR, conversations as conversation_ops,
        sessions::{self as session_ops, title_of},
    },
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
            overwrite_turn(core, tx, id)
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
            delete_conversation(core, tx, id)
        })
    }

    fn erase(
        &self,
        target: Target,
        session: SessionId,
        erase: impl FnOnce(&Core, &Connection) -> Result<ErasureReport, Error> + Send + 'static,
    ) -> Result<ErasureReport, Error> {
        let _one_at_a_time = self.deleting();
        let core = self.core.clone();
        core.note_deleted(target);
        let quotes = self.quotes(target, |_| false)?;
        let mut report = self.db.write(move |tx| {
            let mut report = erase(&core, tx)?;
            report.receipts = quotes.redact(&core, tx)?;
            drop_summaries(&core, tx, session, &mut report)?;
            index_partitions::delete(tx, session)?;
            Ok::<_, Error>(report)
        })?;
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

    /// Takes a turn or a conversation out of sight, to be deleted when [`UNDO_FOR`] is over.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a session, whose deletion is written down:
    /// [`MemoryService::delete_session_later`].
    pub fn delete_later(&self, target: Target) -> Result<PendingErasure, Error> {
        match target {
            Target::Turn(id) => self.get_turn(id).map(drop)?,
            Target::Conversation(id) => self.get_conversation(id).map(drop)?,
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

/// Overwrites a turn, and makes the chain of its conversation anew.
fn overwrite_turn(core: &Core, tx: &Connection, id: TurnId) -> Result<ErasureReport, Error> {
    let row = turns::get(tx, id)?.ok_or(Error::NotFound(Entity::Turn))?;
    let mut conversation = conversation_ops::find(tx, row.conversation_id)?;
    let mut rows = turns::list(tx, row.conversation_id)?;
    // A chain that does not hold is not made to.
    conversation_ops::check_chain(core, &conversation, &rows)?;
    let turn = cells::open_turn(&core.keys, &row)?;
    if turn.is_deleted() {
        return Err(Error::NotFound(Entity::Turn));
    }
    let emptied = cells::seal_turn(&core.keys, &turn.tombstone(core.now()))?;
    turns::overwrite(tx, &emptied)?;
    receipts::delete(tx, id)?;
    let mut title = false;
    if emptied.number == 1 {
        title = forget_directive(core, tx, &mut conversation)?;
    }
    rows.iter_mut()
        .filter(|row| row.id == id)
        .for_each(|row| row.clone_from(&emptied));
    conversation.chain = rows
        .iter()
        .try_fold([0; 32], |chain, row| cells::chain(&core.keys, &chain, row))?;
    cells::mac_conversation(&core.keys, &mut conversation)?;
    conversations::overwrite(tx, &conversation)?;
    forget_in_session(core, tx, row.session_id, &[id], false)?;
    audit::record(core, tx, Entry::new("delete", "turn", id.to_bytes()))?;
    Ok(ErasureReport {
        turns: 1,
        title,
        ..ErasureReport::default()
    })
}

/// Empties the directive of a conversation, and the title its session took from it; whether there was such a title.
fn forget_directive(core: &Core, tx: &Connection, row: &mut conversations::ConversationRow) -> Result<bool, Error> {
    let mut conversation = cells::open_conversation(&core.keys, row)?;
    let title = std::mem::take(&mut conversation.directive);
    let emptied = cells::seal_conversation(&core.keys, &conversation)?;
    row.directive_sealed = emptied.directive_sealed;
    forget_title(core, tx, row.session_id, &title)
}

fn forget_title(core: &Core, tx: &Connection, session: SessionId, directive: &str) -> Result<bool, Error> {
    let mut session = cells::open_session(&core.keys, &session_ops::find(tx, session)?)?;
    if session.title.is_empty() || session.title != title_of(directive) {
        return Ok(false);
    }
    session.title.clear();
    sessions::update(tx, &cells::seal_session(&core.keys, &session)?)?;
    Ok(true)
}

/// Deletes the rows of a conversation, and takes it out of its session's count.
fn delete_conversation(core: &Core, tx: &Connection, id: ConversationId) -> Result<ErasureReport, Error> {
    let row = conversation_ops::find(tx, id)?;
    let of_session = conversations::list(tx, row.session_id)?;
    let session = cells::open_session(&core.keys, &session_ops::find(tx, row.session_id)?)?;
    if of_session.len() != session.conversation_count as usize {
        return Err(Error::Damaged("a conversation of this session is missing"));
    }
    // A directive that cannot be read gave no title that could be compared.
    let directive = cells::open_conversation(&core.keys, &row).map(|of| of.directive);
    let title = directive.map_or(Ok(false), |directive| {
        forget_title(core, tx, row.session_id, &directive)
    })?;
    let turns: Vec<TurnId> = turns::list(tx, id)?.iter().map(|turn| turn.id).collect();
    conversations::delete(tx, id)?;
    forget_in_session(core, tx, row.session_id, &turns, true)?;
    audit::record(core, tx, Entry::new("delete", "conversation", id.to_bytes()))?;
    Ok(ErasureReport {
        turns: u32::try_from(turns.len()).unwrap_or(u32::MAX),
        title,
        ..ErasureReport::default()
    })
}

/// Forgets pins and mutes of turns that are gone, and of a conversation that it was there.
fn forget_in_session(
    core: &Core,
    tx: &Connection,
    session: SessionId,
    gone: &[TurnId],
    conversation: bool,
) -> Result<(), Error> {
    let before = cells::open_session(&core.keys, &session_ops::find(tx, session)?)?;
    let mut session = before.clone();
    session.preferences.pinned_turns.retain(|id| !gone.contains(id));
    session.preferences.muted_turns.retain(|id| !gone.contains(id));
    session.conversation_count -= u32::from(conversation).min(session.conversation_count);
    if session != before {
        sessions::update(tx, &cells::seal_session(&core.keys, &session)?)?;
    }
    Ok(())
}

/// Drops the session's summaries, but not what the person wrote.
fn drop_summaries(core: &Core, tx: &Connection, session: SessionId, report: &mut ErasureReport) -> Result<(), Error> {
    for row in context_summaries::list(tx, session)? {
        let own = cells::open_summary(&core.keys, &row).is_ok_and(|found| found.source == SummarySource::Person);
        if own {
            report.own_summaries += 1;
        } else {
            context_summaries::delete(tx, row.id)?;
            report.summaries += 1;
        }
    }
    Ok(())
}
