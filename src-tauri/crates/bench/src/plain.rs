//! The baseline: an unencrypted SQLite database with an FTS5 index, doing the same logical work.
//!
//! Same tables, keys and secondary indexes as CCC's for what is stored here, the same pragmas, statements kept prepared,
//! and an audit row in the transaction of every turn. It seals, compresses and authenticates nothing, numbers no audit
//! chain, and does not check for an id that is there: whatever CCC does beyond it counts against CCC.

use std::path::Path;

use ccc_domain::{ConversationId, NewTurn, SessionId, Timestamp};
use rusqlite::{Connection, OpenFlags, Row};

use crate::error::Error;

/// CCC's own, so that durability costs both the same.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA cache_size = -16000;
    PRAGMA journal_size_limit = 67108864;";

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS sessions (
      session_id BLOB NOT NULL PRIMARY KEY, created_at INTEGER NOT NULL, last_active_at INTEGER NOT NULL,
      status TEXT NOT NULL, pinned INTEGER NOT NULL, conversation_count INTEGER NOT NULL,
      title TEXT NOT NULL, preferences TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS conversations (
      conversation_id BLOB NOT NULL PRIMARY KEY, session_id BLOB NOT NULL REFERENCES sessions (session_id),
      created_at INTEGER NOT NULL, status TEXT NOT NULL, turn_count INTEGER NOT NULL, directive TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS conversations_by_session ON conversations (session_id, created_at);
    CREATE TABLE IF NOT EXISTS turns (
      turn_id BLOB NOT NULL PRIMARY KEY, session_id BLOB NOT NULL,
      conversation_id BLOB NOT NULL REFERENCES conversations (conversation_id), turn_number INTEGER NOT NULL,
      agent TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL,
      speaker TEXT, content TEXT NOT NULL, metadata TEXT NOT NULL) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS turns_by_conversation ON turns (conversation_id, turn_number);
    CREATE TABLE IF NOT EXISTS audit (
      audit_id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
      entity TEXT NOT NULL, entity_id BLOB, detail TEXT) STRICT;
    CREATE VIRTUAL TABLE IF NOT EXISTS turns_fts USING fts5(
      content, content = 'turns', content_rowid = 'rowid', tokenize = 'porter unicode61');";

/// The plain database.
pub struct Plain(Connection);

/// A turn as read back.
#[derive(Debug, PartialEq, Eq)]
pub struct PlainTurn {
    /// Its number.
    pub number: u32,
    /// What was said.
    pub content: String,
    /// How it came about, as JSON.
    pub metadata: String,
    /// The rest of the row: id, agent, status, instant, speaker.
    pub rest: ([u8; 16], String, String, i64, Option<String>),
}

impl Plain {
    /// Opens the database at `path`, made where there is none.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(PRAGMAS)?;
        Ok(Self(connection))
    }

    /// Its connection, for queries that one measurement alone makes.
    pub fn connection(&self) -> &Connection {
        &self.0
    }

    /// Makes the tables.
    pub fn make_tables(&self) -> Result<(), Error> {
        Ok(self.0.execute_batch(SCHEMA)?)
    }

    /// Begins a transaction that holds many turns, for filling a store quickly.
    pub fn begin(&self) -> Result<(), Error> {
        self.run("BEGIN IMMEDIATE")
    }

    /// Ends it.
    pub fn commit(&self) -> Result<(), Error> {
        self.run("COMMIT")
    }

    fn run(&self, sql: &str) -> Result<(), Error> {
        self.0.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Adds a session.
    pub fn add_session(&self, id: SessionId, at: Timestamp, title: &str, preferences: &str) -> Result<(), Error> {
        self.0
            .prepare_cached("INSERT INTO sessions VALUES (?1, ?2, ?2, 'active', 0, 0, ?3, ?4)")?
            .execute((id.to_bytes(), at.ms(), title, preferences))?;
        Ok(())
    }

    /// Adds a conversation.
    pub fn add_conversation(
        &self,
        id: ConversationId,
        session: SessionId,
        at: Timestamp,
        directive: &str,
    ) -> Result<(), Error> {
        self.0
            .prepare_cached("INSERT INTO conversations VALUES (?1, ?2, ?3, 'active', 0, ?4)")?
            .execute((id.to_bytes(), session.to_bytes(), at.ms(), directive))?;
        Ok(())
    }

    /// Stores a turn, durably.
    pub fn append(&self, turn: &NewTurn) -> Result<(), Error> {
        self.begin()?;
        self.add_turn(turn)?;
        self.commit()
    }

    /// Stores a turn in the transaction that is open: its number, its row, its words, its audit entry, and when its
    /// session was last active.
    pub fn add_turn(&self, turn: &NewTurn) -> Result<(), Error> {
        let metadata = serde_json::to_string(&turn.metadata).map_err(|_| Error::Internal("metadata is not JSON"))?;
        let number: u32 = self
            .0
            .prepare_cached(
                "UPDATE conversations SET turn_count = turn_count + 1 WHERE conversation_id = ?1 RETURNING turn_count",
            )?
            .query_row([turn.conversation_id.to_bytes()], |row| row.get(0))?;
        self.0
            .prepare_cached("INSERT INTO turns VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
            .execute((
                turn.id.to_bytes(),
                turn.session_id.to_bytes(),
                turn.conversation_id.to_bytes(),
                number,
                turn.agent.as_str(),
                turn.status.as_str(),
                turn.created_at.ms(),
                &turn.speaker,
                &turn.content,
                metadata,
            ))?;
        let row = self.0.last_insert_rowid();
        self.0
            .prepare_cached("INSERT INTO turns_fts (rowid, content) VALUES (?1, ?2)")?
            .execute((row, &turn.content))?;
        self.0
            .prepare_cached(
                "INSERT INTO audit (at, actor, action, entity, entity_id) VALUES (?1, ?2, 'store', 'turn', ?3)",
            )?
            .execute((turn.created_at.ms(), turn.agent.as_str(), turn.id.to_bytes()))?;
        self.0
            .prepare_cached("UPDATE sessions SET last_active_at = max(last_active_at, ?2) WHERE session_id = ?1")?
            .execute((turn.session_id.to_bytes(), turn.created_at.ms()))?;
        Ok(())
    }

    /// Every session with all its columns, the last active first.
    pub fn sessions(&self) -> Result<Vec<(SessionId, String, String)>, Error> {
        let mut statement = self.0.prepare_cached(
            "SELECT session_id, created_at, last_active_at, status, pinned, conversation_count, title, preferences
             FROM sessions ORDER BY pinned DESC, last_active_at DESC, session_id DESC",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((SessionId::from_bytes(row.get(0)?), row.get(6)?, row.get(7)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The conversations of a session, oldest first.
    pub fn conversations(&self, session: SessionId) -> Result<Vec<(ConversationId, String)>, Error> {
        let mut statement = self.0.prepare_cached(
            "SELECT conversation_id, session_id, created_at, status, turn_count, directive FROM conversations
             WHERE session_id = ?1 ORDER BY created_at, conversation_id",
        )?;
        let rows = statement.query_map([session.to_bytes()], |row| {
            Ok((ConversationId::from_bytes(row.get(0)?), row.get(5)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The turns of a conversation, by number.
    pub fn history(&self, conversation: ConversationId) -> Result<Vec<PlainTurn>, Error> {
        let mut statement = self.0.prepare_cached(
            "SELECT turn_number, content, metadata, turn_id, agent, status, created_at, speaker FROM turns
             WHERE conversation_id = ?1 ORDER BY turn_number",
        )?;
        let rows = statement.query_map([conversation.to_bytes()], turn)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many turns there are, and how many of them match a word.
    pub fn count(&self, word: &str) -> Result<(u64, u64), Error> {
        let count = |sql, word: &[&str]| {
            self.0
                .prepare_cached(sql)?
                .query_row(rusqlite::params_from_iter(word), |row| row.get(0))
        };
        let all = count("SELECT count(*) FROM turns", &[])?;
        let found = count("SELECT count(*) FROM turns_fts WHERE turns_fts MATCH ?1", &[word])?;
        Ok((all, found))
    }
}

fn turn(row: &Row<'_>) -> rusqlite::Result<PlainTurn> {
    Ok(PlainTurn {
        number: row.get(0)?,
        content: row.get(1)?,
        metadata: row.get(2)?,
        rest: (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?),
    })
}
