//! Turns. Rows are written once; deleting one overwrites what is sealed in it, and its row stays in its place.

use ccc_domain::{Agent, ConversationId, SessionId, Timestamp, TurnId, TurnStatus};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{Error, tables::parsed};

/// A turn as stored. Every clear column is authenticated with the sealed ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnRow {
    /// Its id.
    pub id: TurnId,
    /// Its session.
    pub session_id: SessionId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its place in the conversation, from 1.
    pub number: u32,
    /// Who contributed it.
    pub agent: Agent,
    /// Whether it is whole.
    pub status: TurnStatus,
    /// When.
    pub created_at: Timestamp,
    /// The speaker's name in imported text.
    pub speaker_sealed: Option<Vec<u8>>,
    /// What was said.
    pub content_sealed: Vec<u8>,
    /// How it came about.
    pub metadata_sealed: Vec<u8>,
}

/// The columns in the order [`map`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT t.turn_id, t.session_id, t.conversation_id, t.turn_number, t.agent, t.status, t.created_at,
                    t.speaker_sealed, t.content_sealed, t.metadata_sealed FROM turns t ",
            $rest
        )
    };
}

fn map(row: &Row<'_>) -> rusqlite::Result<TurnRow> {
    Ok(TurnRow {
        id: TurnId::from_bytes(row.get(0)?),
        session_id: SessionId::from_bytes(row.get(1)?),
        conversation_id: ConversationId::from_bytes(row.get(2)?),
        number: row.get(3)?,
        agent: parsed(row, 4, |text| text.parse().ok())?,
        status: parsed(row, 5, TurnStatus::parse)?,
        created_at: Timestamp::from_ms(row.get(6)?),
        speaker_sealed: row.get(7)?,
        content_sealed: row.get(8)?,
        metadata_sealed: row.get(9)?,
    })
}

/// Adds a turn.
pub fn insert(connection: &Connection, row: &TurnRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO turns (turn_id, session_id, conversation_id, turn_number, agent, status, created_at,
                                speaker_sealed, content_sealed, metadata_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute((
            row.id.to_bytes(),
            row.session_id.to_bytes(),
            row.conversation_id.to_bytes(),
            row.number,
            row.agent.as_str(),
            row.status.as_str(),
            row.created_at.ms(),
            &row.speaker_sealed,
            &row.content_sealed,
            &row.metadata_sealed,
        ))?;
    Ok(())
}

/// Overwrites the sealed values of a turn.
pub fn overwrite(connection: &Connection, row: &TurnRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "UPDATE turns SET speaker_sealed = ?2, content_sealed = ?3, metadata_sealed = ?4 WHERE turn_id = ?1",
        )?
        .execute((
            row.id.to_bytes(),
            &row.speaker_sealed,
            &row.content_sealed,
            &row.metadata_sealed,
        ))?;
    Ok(())
}

/// One turn.
pub fn get(connection: &Connection, id: TurnId) -> Result<Option<TurnRow>, Error> {
    Ok(connection
        .prepare_cached(select!("WHERE t.turn_id = ?1"))?
        .query_row([id.to_bytes()], map)
        .optional()?)
}

/// The turns of a conversation, by number.
pub fn list(connection: &Connection, conversation: ConversationId) -> Result<Vec<TurnRow>, Error> {
    let mut statement = connection.prepare_cached(select!("WHERE t.conversation_id = ?1 ORDER BY t.turn_number"))?;
    let rows = statement.query_map([conversation.to_bytes()], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The turn of this number.
pub fn at(connection: &Connection, conversation: ConversationId, number: u32) -> Result<Option<TurnRow>, Error> {
    Ok(connection
        .prepare_cached(select!("WHERE t.conversation_id = ?1 AND t.turn_number = ?2"))?
        .query_row((conversation.to_bytes(), number), map)
        .optional()?)
}

/// The turns of a conversation after this number, by number, handed to `each` one by one so that a large conversation
/// need not be held at once.
pub fn each_after<E: From<Error>>(
    connection: &Connection,
    conversation: ConversationId,
    number: u32,
    mut each: impl FnMut(TurnRow) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection
        .prepare_cached(select!(
            "WHERE t.conversation_id = ?1 AND t.turn_number > ?2 ORDER BY t.turn_number"
        ))
        .map_err(Error::from)?;
    let mut rows = statement
        .query((conversation.to_bytes(), number))
        .map_err(Error::from)?;
    while let Some(row) = rows.next().map_err(Error::from)? {
        each(map(row).map_err(Error::from)?)?;
    }
    Ok(())
}

/// The ids of a session's newest whole turns outside one conversation, newest first, at most `limit`.
pub fn newest(
    connection: &Connection,
    session: SessionId,
    except: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<TurnId>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT t.turn_id FROM conversations c JOIN turns t USING (conversation_id)
         WHERE c.session_id = ?1 AND c.conversation_id IS NOT ?2 AND t.status = 'complete'
         ORDER BY c.created_at DESC, c.conversation_id DESC, t.turn_number DESC LIMIT ?3",
    )?;
    let parameters = (session.to_bytes(), except.map(ConversationId::to_bytes), limit);
    let rows = statement.query_map(parameters, |row| row.get(0).map(TurnId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many turns there are.
pub fn count(connection: &Connection) -> Result<u64, Error> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM turns")?
        .query_row([], |row| row.get(0))?)
}

/// What was stored on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day in UTC, `2026-05-08`.
    pub day: String,
    /// How many turns.
    pub turns: u32,
    /// How many bytes their sealed values take.
    pub bytes: u64,
}

/// The days on which turns were made, oldest first.
pub fn by_day(connection: &Connection) -> Result<Vec<Day>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT date(created_at / 1000, 'unixepoch') AS day, count(*),
                sum(length(content_sealed) + length(metadata_sealed) + coalesce(length(speaker_sealed), 0))
         FROM turns GROUP BY day ORDER BY day",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Day {
            day: row.get(0)?,
            turns: row.get(1)?,
            bytes: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<TurnRow>, Error> {
    Ok(connection
        .prepare_cached(select!("WHERE t.rowid = ?1"))?
        .query_row([number], map)
        .optional()?)
}
