//! Deleting in either space, after ending the cycles that would go on with what goes; and what waits to be stored in both.

use ccc_domain::{ConversationId, SessionId, TurnId};

use crate::{
    Engine, Error,
    memory::{ErasureReport, PendingErasure, SessionFilter, Target, WaitingTurns},
};

impl Engine {
    /// Deletes the text of a turn, after ending the cycles of its session.
    ///
    /// # Errors
    /// As [`crate::MemoryService::delete_turn`].
    pub fn delete_turn(&self, id: TurnId) -> Result<ErasureReport, Error> {
        let space = self.space_of_turn(id)?;
        space.cycle.interrupt_session(space.memory.get_turn(id)?.session_id);
        space.memory.delete_turn(id)
    }

    /// Deletes a conversation with all its turns, after ending the cycles of its session.
    ///
    /// # Errors
    /// As [`crate::MemoryService::delete_conversation`].
    pub fn delete_conversation(&self, id: ConversationId) -> Result<ErasureReport, Error> {
        let space = self.space_of_conversation(id)?;
        space.cycle.interrupt_session(space.memory.conversation(id)?.session_id);
        space.memory.delete_conversation(id)
    }

    /// Takes a turn out of sight, after ending the cycles of its session; it is deleted when the time to take that back is
    /// over.
    ///
    /// # Errors
    /// As [`crate::MemoryService::delete_later`].
    pub fn delete_turn_later(&self, id: TurnId) -> Result<PendingErasure, Error> {
        let space = self.space_of_turn(id)?;
        space.cycle.interrupt_session(space.memory.get_turn(id)?.session_id);
        space.memory.delete_later(Target::Turn(id))
    }

    /// As [`Self::delete_turn_later`], of a conversation.
    ///
    /// # Errors
    /// As [`crate::MemoryService::delete_later`].
    pub fn delete_conversation_later(&self, id: ConversationId) -> Result<PendingErasure, Error> {
        let space = self.space_of_conversation(id)?;
        space.cycle.interrupt_session(space.memory.conversation(id)?.session_id);
        space.memory.delete_later(Target::Conversation(id))
    }

    /// Takes the deletion of a turn or a conversation back.
    ///
    /// # Errors
    /// As [`crate::MemoryService::undo_erasure`].
    pub fn undo_erasure(&self, target: Target) -> Result<(), Error> {
        let spaces = self.spaces().into_iter();
        let mut undone = spaces.map(|space| space.memory.undo_erasure(target)).rev();
        let first = undone.next().unwrap_or(Ok(()));
        undone.fold(first, |done, next| done.or(next))
    }

    /// What waits to be stored, in both spaces; none where everything is.
    pub fn waiting(&self) -> Option<WaitingTurns> {
        let waiting = self.spaces().into_iter().filter_map(|space| space.memory.waiting());
        waiting.reduce(|mut all, mut more| {
            all.turns.append(&mut more.turns);
            all.bytes += more.bytes;
            all.since = all.since.min(more.since);
            all.is_full |= more.is_full;
            all
        })
    }

    /// Deletes every session; settings and the audit trail, which hold nothing that was said, stay. How many there were.
    ///
    /// # Errors
    /// Those of the keys file and the store; what was begun is finished at the next start.
    pub fn delete_everything(&self) -> Result<usize, Error> {
        self.drop_temporary();
        self.cycle.interrupt_all();
        let sessions = self.memory.list_sessions(SessionFilter::All)?;
        let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
        self.memory.delete_sessions(&ids)?;
        Ok(ids.len())
    }
}
