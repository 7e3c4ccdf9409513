//! Turns that the disk would not take: kept in memory, in the order they were said, and written when it does again.
//!
//! They are written under the ids they had from the start, so writing one twice changes nothing. While the disk fails,
//! writes go straight here and one of them tries it now and then ([`outage`]). What waits is bounded: no cycle begins
//! above [`Limits::begin`], and none asks for another step above [`Limits::go_on`].

mod outage;
mod queue;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, TryLockError};

use ccc_domain::{Conversation, ConversationId, ErrorCode, NewTurn, SessionId, Timestamp, Turn, TurnId};
use serde::Serialize;

use self::queue::Entry;
pub(super) use self::queue::Waiting;
use crate::{
    Error, MemoryService,
    export::TurnExport,
    memory::{
        conversations,
        turns::{self, StepRecord},
    },
};

/// What is to be stored in one transaction.
#[derive(Debug, Clone)]
pub(crate) enum Record {
    /// A conversation and its directive.
    Beginning(Conversation, NewTurn),
    /// A step's turn, or the person's answer.
    Step(StepRecord),
}

impl Record {
    fn turn(&self) -> &NewTurn {
        match self {
            Self::Beginning(_, turn) | Self::Step(StepRecord { turn, .. }) => turn,
        }
    }

    /// About how many bytes of memory it takes.
    fn bytes(&self) -> usize {
        let given = match self {
            Self::Step(StepRecord {
                receipt: Some(given), ..
            }) => {
                let items = given.context.items.iter().map(|item| item.text.len()).sum::<usize>();
                given.context.block.len() + items
            }
            _ => 0,
        };
        self.turn().content.len() + given + 1_024
    }
}

/// What became of a turn.
#[derive(Debug)]
pub(crate) enum Kept {
    /// It is durable.
    Stored(Turn),
    /// It waits, for this reason.
    Waiting {
        turn: Turn,
        code: ErrorCode,
        reason: String,
    },
}

/// The turns that wait to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct WaitingTurns {
    /// Which, in the order they were said.
    pub turns: Vec<TurnId>,
    /// About how many bytes of memory they take.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub bytes: usize,
    /// Since when the first of them waits.
    pub since: Timestamp,
    /// Why.
    pub code: ErrorCode,
    /// So many wait that no cycle may begin.
    pub is_full: bool,
}

impl MemoryService {
    /// Stores a turn, or keeps it waiting where memory fails; `number` is what it is shown under until it is stored.
    ///
    /// # Errors
    /// What keeps it from being stored and is no outage: the session is archived or gone.
    pub(crate) fn keep(&self, record: Record, number: u32) -> Result<Kept, Error> {
        turns::check_content(record.turn())?;
        let (conversation, record) = (record.turn().conversation_id, Arc::new(record));
        self.try_waiting();
        // Behind those of its conversation that wait already, whatever they wait for.
        let before = self.waiting.reason(conversation);
        let (code, reason) = match before {
            Some(before) => before,
            None => match self.write_record(&record) {
                Ok(turn) => return Ok(Kept::Stored(turn)),
                Err(error) if error.is_outage() => {
                    let told = (error.code(), error.to_string());
                    if error.is_of_the_disk() {
                        self.waiting.failed(told.0, &told.1, self.now());
                    }
                    told
                }
                Err(error) => return Err(error),
            },
        };
        let turn = record.turn().clone().numbered(number);
        self.waiting.push(Entry::new(record, number, code, self.now()));
        Ok(Kept::Waiting { turn, code, reason })
    }

    /// Writes what waits, in order, whether or not the disk was given its rest; how many it wrote.
    pub fn write_waiting(&self) -> usize {
        if self.waiting.is_empty() {
            return 0;
        }
        let _one_at_a_time = self.waiting.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.write_all()
    }

    /// As [`Self::write_waiting`], where the disk had its rest and nobody else tries it.
    pub fn try_waiting(&self) -> usize {
        if !self.waiting.is_due(self.now()) {
            return 0;
        }
        match self.waiting.writing.try_lock() {
            Ok(_one_at_a_time) => self.write_all(),
            Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => 0,
        }
    }

    fn write_all(&self) -> usize {
        let (mut written, mut passed_over) = (0, Vec::new());
        for record in self.waiting.records() {
            let (turn, conversation) = (record.turn().id, record.turn().conversation_id);
            // A conversation's turns keep their order: none is written before one that cannot be.
            if passed_over.contains(&conversation) {
                continue;
            }
            match self.write_record(&record) {
                Ok(_) => {
                    self.waiting.remove(turn);
                    written += 1;
                }
                Err(error) if error.is_of_the_disk() => {
                    self.waiting.failed(error.code(), &error.to_string(), self.now());
                    return written;
                }
                Err(error) => {
                    self.waiting.refused(turn, error.code());
                    passed_over.push(conversation);
                }
            }
        }
        self.waiting.succeeded();
        if written > 0 {
            tracing::info!(written, "turns that waited are stored");
        }
        written
    }

    /// Writes a record in one transaction. One that is there already is left as it is.
    pub(super) fn write_record(&self, record: &Arc<Record>) -> Result<Turn, Error> {
        let _timed = self.latencies.time("store_conversation_turn");
        let (core, record) = (self.core.clone(), record.clone());
        let turn = self.db.write(move |tx| match &*record {
            Record::Beginning(conversation, turn) => {
                conversations::begin(&core, tx, conversation)?;
                turns::append(&core, tx, turn.clone())
            }
            Record::Step(step) => turns::store_step(&core, tx, step.clone()),
        })?;
        self.index.append(&turn);
        Ok(turn)
    }

    /// What waits to be written; none where everything is stored.
    pub fn waiting(&self) -> Option<WaitingTurns> {
        self.waiting.view()
    }

    /// The turns that wait, in the order they were said.
    pub fn waiting_turns(&self) -> Vec<Turn> {
        self.waiting.turns(|_| true)
    }

    /// As [`Self::waiting_turns`], each with its receipt.
    pub(crate) fn waiting_exports(&self) -> Vec<TurnExport> {
        self.waiting.exports()
    }

    /// Why memory takes nothing now, if it does not; gives the disk a try where that is due.
    pub(crate) fn outage(&self) -> Option<(ErrorCode, String)> {
        self.try_waiting();
        self.waiting.outage()
    }

    /// Whether a cycle may begin.
    ///
    /// # Errors
    /// [`Error::TooMuchWaits`].
    pub(crate) fn check_room_to_begin(&self) -> Result<(), Error> {
        match self.waiting.is_full() && self.write_waiting() == 0 {
            true => Err(Error::TooMuchWaits),
            false => Ok(()),
        }
    }

    /// Whether a cycle that runs may ask for another step.
    pub(crate) fn has_room_to_go_on(&self) -> bool {
        self.waiting.has_room_to_go_on()
    }

    /// A conversation with its turns as they were said, those that wait after those that are stored.
    ///
    /// # Errors
    /// As [`MemoryService::get_conversation_history`].
    pub(crate) fn conversation_as_said(&self, id: ConversationId) -> Result<(Conversation, Vec<Turn>), Error> {
        let waiting = self.waiting.turns(|turn| turn.conversation_id == id);
        let (mut conversation, mut turns) = match self.waiting.beginning(id) {
            Some(begun) => (begun, Vec::new()),
            None => (self.conversation(id)?, self.get_conversation_history(id)?),
        };
        // One may have been written between the two looks.
        turns.extend(waiting.into_iter().filter(|turn| turn.number > conversation.turn_count));
        if let Some(status) = self.waiting.status(id) {
            conversation.status = status;
        }
        conversation.turn_count = u32::try_from(turns.len()).unwrap_or(u32::MAX);
        Ok((conversation, turns))
    }

    /// The conversations of a session that wait to be written, oldest first.
    pub(crate) fn waiting_conversations(&self, session: SessionId) -> Vec<Conversation> {
        self.waiting.conversations(session)
    }

    /// Whether turns of this conversation wait.
    pub(crate) fn waits(&self, conversation: ConversationId) -> bool {
        self.waiting.reason_of_its_own(conversation)
    }

    /// Drops what waits; how many turns those were. They were nowhere else.
    pub(crate) fn drop_waiting(&self) -> usize {
        self.waiting.forget(|_| true)
    }

    /// Drops what waits of a session that is deleted or emptied.
    pub(super) fn forget_waiting_of(&self, session: SessionId) {
        self.waiting.forget(|turn| turn.session_id == session);
    }
}
