//! Conversations.

use ccc_domain::{ConversationId, ConversationStatus, SessionId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{Error, tables::parsed};

/// A conversation as stored. Ids, `created_at` and the directive never change; `row_mac` covers status, count and chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Its id.
    pub id: ConversationId,
    /// Its session.
    pub session_id: SessionId,
    /// The conversation it branched from.
    pub branch_of: Option<ConversationId>,
    /// When it was started.
    pub created_at: Timestamp,
    /// Where it stands.
    pub status: ConversationStatus,
    /// How many turns it holds.
    pub turn_count: u32,
    /// The chain over them.
    pub chain: [u8; 32],
    /// The directive.
    pub directive_sealed: Vec<u8>,
    /// Authenticates the mutable columns.
    pub row_mac: [u8; 32],
}

/// The columns in the order [`map`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT conversation_id, session_id, branch_of, created_at, status, turn_count, chain, directive_sealed,
                    row_mac FROM conversations ",
            $rest
        )
    };
}

fn map(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    Ok(ConversationRow {
        id: ConversationId::from_bytes(row.get(0)?),
        session_id: SessionId::from_bytes(row.get(1)?),
        branch_of: row.get::<_, Option<[u8; 16]>>(2)?.map(ConversationId::from_bytes),
        created_at: Timestamp::from_ms(row.get(3)?),
        status: parsed(row, 4, ConversationStatus::parse)?,
        turn_count: row.get(5)?,
        chain: row.get(6)?,
        directive_sealed: row.get(7)?,
        row_mac: row.get(8)?,
    })
}

/// Adds a conversation.
pub fn insert(connection: &Connection, row: &ConversationRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO conversations (conversation_id, session_id, branch_of, created_at, status, turn_count, chain,
                                        directive_sealed, row_mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            row.id.to_bytes(),
            row.session_id.to_bytes(),
            row.branch_of.map(ConversationId::to_bytes),
            row.created_at.ms(),
            row.status.as_str(),
            row.turn_count,
            row.chain,
            &row.directive_sealed,
            row.row_mac,
        ))?;
    Ok(())
}

/// One conversation.
pub fn get(connection: &Connection, id: ConversationId) -> Result<Option<ConversationRow>, Error> {
    Ok(connection
        .prepare_cached(select!("WHERE conversation_id = ?1"))?
        .query_row([id.to_bytes()], map)
        .optional()?)
}

/// The conversations of a session, oldest first.
pub fn list(connection: &Connection, session: SessionId) -> Result<Vec<ConversationRow>, Error> {
    let mut statement =
        connection.prepare_cached(select!("WHERE session_id = ?1 ORDER BY created_at, conversation_id"))?;
    let rows = statement.query_map([session.to_bytes()], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The conversations of a session with how many turns each holds, oldest first.
pub fn counts(connection: &Connection, session: SessionId) -> Result<Vec<(ConversationId, u32)>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation_id, turn_count FROM conversations WHERE session_id = ?1
         ORDER BY created_at, conversation_id",
    )?;
    let rows = statement.query_map([session.to_bytes()], |row| {
        Ok((ConversationId::from_bytes(row.get(0)?), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Hands the ids of a session's conversations to `each`, newest first, until it returns false.
pub fn each_newest<E: From<Error>>(
    connection: &Connection,
    session: SessionId,
    mut each: impl FnMut(ConversationId) -> Result<bool, E>,
) -> Result<(), E> {
    let mut statement = connection
        .prepare_cached(
            "SELECT conversation_id FROM conversations WHERE session_id = ?1
             ORDER BY created_at DESC, conversation_id DESC",
        )
        .map_err(Error::from)?;
    let mut rows = statement.query([session.to_bytes()]).map_err(Error::from)?;
    while let Some(row) = rows.next().map_err(Error::from)? {
        if !each(ConversationId::from_bytes(row.get(0).map_err(Error::from)?))? {
            break;
        }
    }
    Ok(())
}

/// Writes the mutable columns.
pub fn update(connection: &Connection, row: &ConversationRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "UPDATE conversations SET status = ?2, turn_count = ?3, chain = ?4, row_mac = ?5 WHERE conversation_id = ?1",
        )?
        .execute((row.id.to_bytes(), row.status.as_str(), row.turn_count, row.chain, row.row_mac))?;
    Ok(())
}

/// Overwrites the directive, and writes the mutable columns.
pub fn overwrite(connection: &Connection, row: &ConversationRow) -> Result<(), Error> {
    connection
        .prepare_cached("UPDATE conversations SET directive_sealed = ?2 WHERE conversation_id = ?1")?
        .execute((row.id.to_bytes(), &row.directive_sealed))?;
    update(connection, row)
}

/// Deletes a conversation and, by cascade, its turns, receipts and drafts.
pub fn delete(connection: &Connection, id: ConversationId) -> Result<bool, Error> {
    Ok(connection
        .prepare_cached("DELETE FROM conversations WHERE conversation_id = ?1")?
        .execute([id.to_bytes()])?
        > 0)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<ConversationRow>, Error> {
    Ok(connection
        .prepare_cached(select!("WHERE rowid = ?1"))?
        .query_row([number], map)
        .optional()?)
}
