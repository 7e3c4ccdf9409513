//! A profile with something of everything, copies of it changed behind the engine's back, and what is read of them.

use std::{fs, path::Path};

use ccc_engine::{
    Engine, Error, RecoveryKey,
    domain::{Agent, AgentStateData, ConversationId, ErrorCode, SessionId, TurnId},
    memory::{ContextRequest, SessionFilter},
};
use rusqlite::{Connection, OpenFlags, Params};
use tempfile::TempDir;

use crate::place::{conversation, create, reopen, session, turn};

/// Two sessions; the first has two conversations of three turns, a summary and an agent's state.
pub struct Original {
    pub directory: TempDir,
    pub recovery: RecoveryKey,
    pub sessions: [SessionId; 2],
    pub conversations: [ConversationId; 2],
    pub turns: [[TurnId; 3]; 2],
}

pub fn original() -> Original {
    let directory = TempDir::new().unwrap();
    let (engine, recovery) = create(directory.path());
    let sessions = ["First", "Second"].map(|title| session(&engine, title).id);
    let conversations = [0, 1].map(|_| conversation(&engine, sessions[0]));
    let turns = [0, 1].map(|of| {
        [1, 2, 3].map(|n| {
            let turn = turn(&engine, &conversations[of], &format!("conversation {of}, turn {n}"));
            engine.memory.store_conversation_turn(turn).unwrap().id
        })
    });
    for session in sessions {
        engine
            .memory
            .update_context_summary(session, &format!("About {session}"))
            .unwrap();
        let state = AgentStateData {
            interactions: 1,
            ..AgentStateData::default()
        };
        engine.memory.update_agent_state(session, Agent::Codey, state).unwrap();
    }
    engine.settings.set("first", &"a value").unwrap();
    engine.settings.set("second", &"another value").unwrap();
    drop(engine);
    let conversations = conversations.map(|conversation| conversation.id);
    Original {
        directory,
        recovery,
        sessions,
        conversations,
        turns,
    }
}

/// A changed copy of a profile.
pub struct Changed<'a> {
    pub of: &'a Original,
    pub directory: TempDir,
}

impl Original {
    /// A copy changed by `sql`, which must change something.
    pub fn changed(&self, sql: &str, params: impl Params) -> Changed<'_> {
        let copy = self.copied();
        let rows = connect(copy.directory.path()).execute(sql, params).unwrap();
        assert!(rows > 0, "nothing was changed by {sql}");
        copy
    }

    pub fn copied(&self) -> Changed<'_> {
        let directory = TempDir::new().unwrap();
        for entry in fs::read_dir(self.directory.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), directory.path().join(entry.file_name())).unwrap();
            }
        }
        Changed { of: self, directory }
    }
}

/// The data file, opened past everything that guards it; without foreign keys, so that rows go alone.
pub fn connect(directory: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory.join("data.ccc"), flags).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
        .unwrap();
    connection
}

/// What is read after a change.
pub type Read = fn(&Engine, &Original) -> Result<(), Error>;

pub const HISTORY: Read = |engine, of| engine.memory.get_conversation_history(of.conversations[0]).map(drop);
pub const TURN: Read = |engine, of| engine.memory.get_turn(of.turns[0][0]).map(drop);
pub const CONVERSATION: Read = |engine, of| engine.memory.get_conversation(of.conversations[0]).map(drop);
pub const CONVERSATIONS: Read = |engine, of| engine.memory.list_conversations(of.sessions[0]).map(drop);
pub const SESSION: Read = |engine, of| engine.memory.get_session(of.sessions[0]).map(drop);
/// Whom to send to is part of a session: where it cannot be read, nobody is asked.
pub const OPTIONS: Read = |engine, of| engine.cycle_options(of.sessions[0], true, None).map(drop);
pub const SESSIONS: Read = |engine, _| engine.memory.list_sessions(SessionFilter::All).map(drop);
pub const SUMMARIES: Read = |engine, of| engine.memory.list_summaries(of.sessions[0]).map(drop);
pub const STATE: Read = |engine, of| engine.memory.get_agent_state(of.sessions[0], Agent::Codey).map(drop);
pub const SETTING: Read = |engine, _| engine.settings.get::<String>("first").map(drop);
pub const CONTEXT: Read = |engine, of| {
    let request = ContextRequest::default();
    engine
        .memory
        .get_relevant_context(of.sessions[1], "anything", &request)
        .map(drop)
};
pub const EVERYTHING: [Read; 11] = [
    HISTORY,
    TURN,
    CONVERSATION,
    CONVERSATIONS,
    SESSION,
    OPTIONS,
    SESSIONS,
    SUMMARIES,
    STATE,
    SETTING,
    CONTEXT,
];

impl Changed<'_> {
    pub fn read(&self, read: Read) -> Result<(), ErrorCode> {
        let engine = reopen(self.directory.path(), &self.of.recovery).map_err(|error| error.code())?;
        read(&engine, self.of).map_err(|error| error.code())
    }

    pub fn assert_noticed(&self, what: &str, reads: &[Read]) {
        for (n, read) in reads.iter().enumerate() {
            assert_eq!(self.read(*read), Err(ErrorCode::DataDamaged), "{what}, read {n}");
        }
    }
}
