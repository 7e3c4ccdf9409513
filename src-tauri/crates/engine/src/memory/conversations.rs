//! Conversations: started with a directive, read back whole.

use std::sync::Arc;

use ccc_domain::{
    Agent, Conversation, ConversationId, ConversationStatus, NewTurn, SessionId, Timestamp, Tray, Turn, TurnId,
    TurnMetadata, TurnStatus,
};
use ccc_store::{
    Connection,
    tables::{conversations, sessions, turns},
};

use crate::{
    Entity, Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
    memory::{MAX_DIRECTIVE_BYTES, Record, sessions as session_ops},
};

impl MemoryService {
    /// Starts a conversation without storing its directive as a turn; for importing and tests of single turns.
    ///
    /// # Errors
    /// [`Error::Blank`] or [`Error::TooLarge`] for the directive; [`Error::NotFound`] or [`Error::ReadOnly`] for the
    /// session.
    pub fn create_conversation(&self, session: SessionId, directive: &str) -> Result<Conversation, Error> {
        check_directive(directive)?;
        let conversation = self.new_conversation(session, directive, None);
        let (core, made) = (self.core.clone(), conversation.clone());
        self.db.write(move |tx| insert(&core, tx, &made))?;
        Ok(conversation)
    }

    /// Starts a conversation and stores its directive as the first turn, both or neither.
    ///
    /// # Errors
    /// As [`Self::create_conversation`].
    pub fn start_conversation(
        &self,
        session: SessionId,
        directive: &str,
        branch_of: Option<ConversationId>,
    ) -> Result<(Conversation, Turn), Error> {
        let (mut conversation, turn) = self.beginning(session, directive, branch_of, None)?;
        let turn = self.write_record(&Arc::new(Record::Beginning(conversation.clone(), turn)))?;
        conversation.turn_count = 1;
        Ok((conversation, turn))
    }

    /// A conversation to be stored with its directive, and with what the person let through of the directive's memory.
    ///
    /// # Errors
    /// [`Error::Blank`] or [`Error::TooLarge`] for the directive.
    pub(crate) fn beginning(
        &self,
        session: SessionId,
        directive: &str,
        branch_of: Option<ConversationId>,
        tray: Option<Tray>,
    ) -> Result<(Conversation, NewTurn), Error> {
        check_directive(directive)?;
        let conversation = self.new_conversation(session, directive, branch_of);
        let turn = NewTurn {
            id: self.core.id::<TurnId>(),
            session_id: session,
            conversation_id: conversation.id,
            agent: Agent::Wykeve,
            speaker: None,
            content: directive.to_owned(),
            created_at: conversation.created_at,
            status: TurnStatus::Complete,
            metadata: TurnMetadata {
                tray,
                ..TurnMetadata::default()
            },
        };
        Ok((conversation, turn))
    }

    fn new_conversation(&self, session: SessionId, directive: &str, branch_of: Option<ConversationId>) -> Conversation {
        Conversation {
            id: self.core.id(),
            session_id: session,
            branch_of,
            directive: directive.to_owned(),
            created_at: self.core.now(),
            status: ConversationStatus::Active,
            turn_count: 0,
        }
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to its row.
    pub fn get_conversation(&self, id: ConversationId) -> Result<Conversation, Error> {
        self.note_read("read", "conversation", Some(id.to_bytes()));
        self.conversation(id)
    }

    /// As [`Self::get_conversation`], where nobody asked for the conversation: a part of another operation.
    pub(crate) fn conversation(&self, id: ConversationId) -> Result<Conversation, Error> {
        self.db
            .read(|c| cells::open_conversation(&self.core.keys, &find(c, id)?))
    }

    /// The conversations of a session, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the session; damage to a row; [`Error::Damaged`] when one is missing.
    pub fn list_conversations(&self, session: SessionId) -> Result<Vec<Conversation>, Error> {
        self.note_read("list", "session", Some(session.to_bytes()));
        let (session, rows) = self.db.read(|c| {
            let rows = conversations::list(c, session).map_err(Error::from);
            Ok::<_, Error>((session_ops::find(c, session)?, rows?))
        })?;
        cells::check_session(&self.core.keys, &session)?;
        if rows.len() != session.conversation_count as usize {
            return Err(Error::Damaged("a conversation of this session is missing"));
        }
        rows.iter()
            .map(|row| cells::open_conversation(&self.core.keys, row))
            .collect()
    }

    /// Archives a conversation that is finished, as the app's doing. It stays readable, and its steps can be done again.
    pub(crate) fn archive_conversation(&self, id: ConversationId) -> Result<(), Error> {
        let core = self.core.clone();
        self.db.write(move |tx| {
            let mut row = find(tx, id)?;
            cells::check_conversation(&core.keys, &row)?;
            row.status = ConversationStatus::Archived;
            cells::mac_conversation(&core.keys, &mut row)?;
            conversations::update(tx, &row)?;
            let entry = Entry::new("archive", "conversation", id.to_bytes());
            audit::record(&core, tx, entry.by("app"))
        })
    }

    /// When the last turn of a conversation was made; when the conversation was, where it has none.
    pub(crate) fn last_said(&self, id: ConversationId) -> Result<Timestamp, Error> {
        self.db.read(|c| {
            let row = find(c, id)?;
            let last = turns::at(c, id, row.turn_count)?;
            Ok(last.map_or(row.created_at, |turn| turn.created_at))
        })
    }

    /// The turns of a conversation, by number, with their count and chain verified.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Damaged`] when a turn is missing, was moved or changed.
    pub fn get_conversation_history(&self, id: ConversationId) -> Result<Vec<Turn>, Error> {
        self.note_read("read", "conversation", Some(id.to_bytes()));
        let _timed = self.latencies.time("get_conversation_history");
        let (conversation, rows) = self
            .db
            .read(|c| Ok::<_, Error>((find(c, id)?, turns::list(c, id).map_err(Error::from)?)))?;
        check_chain(&self.core, &conversation, &rows)?;
        rows.iter().map(|row| cells::open_turn(&self.core.keys, row)).collect()
    }
}

/// Whether these are the turns of a conversation, all of them and as they were stored.
pub(super) fn check_chain(
    core: &Core,
    conversation: &conversations::ConversationRow,
    rows: &[turns::TurnRow],
) -> Result<(), Error> {
    cells::check_conversation(&core.keys, conversation)?;
    let mut chain = [0; 32];
    for row in rows {
        chain = cells::chain(&core.keys, &chain, row)?;
    }
    if rows.len() != conversation.turn_count as usize || chain != conversation.chain {
        return Err(Error::Damaged("a turn of this conversation is missing or was changed"));
    }
    Ok(())
}

/// The row of a conversation.
pub(super) fn find(connection: &Connection, id: ConversationId) -> Result<conversations::ConversationRow, Error> {
    conversations::get(connection, id)?.ok_or(Error::NotFound(Entity::Conversation))
}

/// Whether a directive, or an answer of the person's, can be stored.
pub(crate) fn check_directive(directive: &str) -> Result<(), Error> {
    if directive.trim().is_empty() {
        return Err(Error::Blank);
    }
    if directive.len() > MAX_DIRECTIVE_BYTES {
        return Err(Error::TooLarge {
            limit_bytes: MAX_DIRECTIVE_BYTES,
        });
    }
    Ok(())
}

/// Adds a conversation in `tx` that may be there already.
pub(super) fn begin(core: &Core, tx: &Connection, conversation: &Conversation) -> Result<(), Error> {
    let Some(row) = conversations::get(tx, conversation.id)? else {
        return insert(core, tx, conversation);
    };
    let there = cells::open_conversation(&core.keys, &row)?;
    let same = (there.session_id, there.branch_of, there.created_at, &there.directive)
        == (
            conversation.session_id,
            conversation.branch_of,
            conversation.created_at,
            &conversation.directive,
        );
    if same { Ok(()) } else { Err(Error::IdConflict) }
}

/// Adds a conversation in `tx`; an untitled session takes its title from the directive.
fn insert(core: &Core, tx: &Connection, conversation: &Conversation) -> Result<(), Error> {
    let row = session_ops::find(tx, conversation.session_id)?;
    let mut session = cells::open_session(&core.keys, &row)?;
    session_ops::writable(session.status)?;
    session.last_active_at = session.last_active_at.max(core.now());
    session.conversation_count += 1;
    if session.title.is_empty() {
        session.title = session_ops::title_of(&conversation.directive);
    }
    sessions::update(tx, &cells::seal_session(&core.keys, &session)?)?;
    conversations::insert(tx, &cells::seal_conversation(&core.keys, conversation)?)?;
    audit::record(
        core,
        tx,
        Entry::new("create", "conversation", conversation.id.to_bytes()),
    )
}
