//! Turns: stored once, verbatim, numbered inside the transaction that stores them.

use ccc_domain::{ConversationStatus, NewTurn, Receipt, Turn, TurnId};
use ccc_store::{
    Connection,
    tables::{conversations, drafts, receipts, sessions::SessionRow, turns},
};

use crate::{
    Entity, Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
    memory::{MAX_TURN_BYTES, conversations as conversation_ops, sessions as session_ops},
};

/// A finished or cut step, stored in one transaction.
#[derive(Debug, Clone)]
pub(crate) struct StepRecord {
    pub(crate) turn: NewTurn,
    pub(crate) receipt: Option<Receipt>,
    /// Where the conversation stands with this turn; none leaves it as it is.
    pub(crate) status: Option<ConversationStatus>,
}

impl MemoryService {
    /// Stores a turn, sealed, under the next number of its conversation. When this returns, the turn is durable.
    ///
    /// Storing an id again with equal content returns the turn that is there.
    ///
    /// # Errors
    /// [`Error::Blank`] or [`Error::TooLarge`]; [`Error::IdConflict`]; [`Error::NotFound`] when the conversation is not
    /// in that session; [`Error::ReadOnly`]; those of the disk, nothing being stored then.
    pub fn store_conversation_turn(&self, turn: NewTurn) -> Result<Turn, Error> {
        let _timed = self.latencies.time("store_conversation_turn");
        check_content(&turn)?;
        let core = self.core.clone();
        let turn = self.db.write(move |tx| {
            let session = session_ops::find(tx, turn.session_id)?;
            session_ops::writable(session.status)?;
            append_to(&core, tx, session, turn)
        })?;
        self.index.append(&turn);
        Ok(turn)
    }

    /// One turn.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to its row.
    pub fn get_turn(&self, id: TurnId) -> Result<Turn, Error> {
        self.note_read("read", "turn", Some(id.to_bytes()));
        let row = self
            .db
            .read(|c| turns::get(c, id))?
            .ok_or(Error::NotFound(Entity::Turn))?;
        cells::open_turn(&self.core.keys, &row)
    }

    /// What the step that gave this turn was injected with; none for turns that no step gave.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such turn; damage to the receipt.
    pub fn get_receipt(&self, turn: TurnId) -> Result<Option<Receipt>, Error> {
        self.note_read("read", "receipt", Some(turn.to_bytes()));
        let row = self.db.read(|c| match turns::get(c, turn)? {
            Some(_) => receipts::get(c, turn).map_err(Error::from),
            None => Err(Error::NotFound(Entity::Turn)),
        })?;
        row.map(|row| cells::open_receipt(&self.core.keys, &row)).transpose()
    }
}

pub(super) fn check_content(turn: &NewTurn) -> Result<(), Error> {
    if turn.content.trim().is_empty() {
        return Err(Error::Blank);
    }
    if turn.content.len() > MAX_TURN_BYTES {
        return Err(Error::TooLarge {
            limit_bytes: MAX_TURN_BYTES,
        });
    }
    Ok(())
}

/// Stores a step in `tx`: its turn with its receipt, its draft removed, and where the conversation stands now. One that
/// is there already changes nothing.
pub(super) fn store_step(core: &Core, tx: &Connection, record: StepRecord) -> Result<Turn, Error> {
    let is_new = turns::get(tx, record.turn.id)?.is_none();
    let turn = append(core, tx, record.turn)?;
    drafts::delete(tx, turn.id)?;
    if !is_new {
        return Ok(turn);
    }
    if let Some(mut receipt) = record.receipt {
        core.redact(&mut receipt);
        receipts::insert(tx, &cells::seal_receipt(&core.keys, turn.session_id, &receipt)?)?;
    }
    if let Some(status) = record.status {
        let mut conversation = conversation_ops::find(tx, turn.conversation_id)?;
        conversation.status = status;
        cells::mac_conversation(&core.keys, &mut conversation)?;
        conversations::update(tx, &conversation)?;
    }
    Ok(turn)
}

/// Stores a turn in `tx` under the next number of its conversation. A session that was archived while a cycle ran in it
/// takes the cycle's turns all the same: no word is lost to the order of two clicks.
pub(super) fn append(core: &Core, tx: &Connection, new: NewTurn) -> Result<Turn, Error> {
    append_to(core, tx, session_ops::find(tx, new.session_id)?, new)
}

fn append_to(core: &Core, tx: &Connection, session: SessionRow, new: NewTurn) -> Result<Turn, Error> {
    if let Some(row) = turns::get(tx, new.id)? {
        return same_or_conflict(cells::open_turn(&core.keys, &row)?, new);
    }
    let mut conversation = conversation_ops::find(tx, new.conversation_id)?;
    if conversation.session_id != new.session_id {
        return Err(Error::NotFound(Entity::Conversation));
    }
    cells::check_conversation(&core.keys, &conversation)?;
    let session = session_ops::touch(core, session)?;

    let turn = new.numbered(conversation.turn_count + 1);
    let row = cells::seal_turn(&core.keys, &turn)?;
    turns::insert(tx, &row)?;

    conversation.turn_count = turn.number;
    conversation.chain = cells::chain(&core.keys, &conversation.chain, &row)?;
    cells::mac_conversation(&core.keys, &mut conversation)?;
    conversations::update(tx, &conversation)?;
    session_ops::touched(core, tx, session)?;
    audit::record(
        core,
        tx,
        Entry::new("store", "turn", turn.id.to_bytes()).by(turn.agent.as_str()),
    )?;
    Ok(turn)
}

fn same_or_conflict(stored: Turn, new: NewTurn) -> Result<Turn, Error> {
    let number = stored.number;
    if new.numbered(number) == stored {
        Ok(stored)
    } else {
        Err(Error::IdConflict)
    }
}
