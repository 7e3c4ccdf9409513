//! Sessions.

use ccc_domain::{SessionId, SessionStatus, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{Error, tables::parsed};

/// A session as stored. Its id and `created_at` never change; `row_mac` covers all the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last stored in it.
    pub last_active_at: Timestamp,
    /// Where it stands.
    pub status: SessionStatus,
    /// Shown first.
    pub pinned: bool,
    /// How many conversations it holds.
    pub conversation_count: u32,
    /// Its title.
    pub title_sealed: Vec<u8>,
    /// Its preferences.
    pub preferences_sealed: Vec<u8>,
    /// Authenticates the mutable columns.
    pub row_mac: [u8; 32],
}

/// The columns in the order [`map`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT session_id, created_at, last_active_at, status, pinned, conversation_count, title_sealed,
                    preferences_sealed, row_mac FROM sessions ",
            $rest
        )
    };
}

fn map(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        id: SessionId::from_bytes(row.get(0)?),
        created_at: Timestamp::from_ms(row.get(1)?),
        last_active_at: Timestamp::from_ms(row.get(2)?),
        status: parsed(row, 3, SessionStatus::parse)?,
        pinned: row.get(4)?,
        conversation_count: row.get(5)?,
        title_sealed: row.get(6)?,
        preferences_sealed: row.get(7)?,
        row_mac: row.get(8)?,
    })
}

/// Adds a session.
pub fn insert(connection: &Connection, row: &SessionRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (session_id, created_at, last_active_at, status, pinned, conversation_count,
                                   title_sealed, preferences_sealed, row_mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            row.id.to_bytes(),
            row.created_at.ms(),
            row.last_active_at.ms(),
            row.status.as_str(),
            row.pinned,
            row.conversation_count,
            &row.title_sealed,
            &row.preferences_sealed,
            row.row_mac,
        ))?;
    Ok(())
}

/// One session.
pub fn get(connection: &Connection, id: SessionId) -> Result<Option<SessionRow>, Error> {
    Ok(connection
        .prepare_cached(select!("WHERE session_id = ?1"))?
        .query_row([id.to_bytes()], map)
        .optional()?)
}

/// Every session, or those of one status: pinned ones first, then the last active first. Those whose deletion was begun
/// are left out.
pub fn list(connection: &Connection, status: Option<SessionStatus>) -> Result<Vec<SessionRow>, Error> {
    let mut statement = connection.prepare_cached(select!(
        "WHERE (?1 IS NULL OR status = ?1) AND session_id NOT IN (SELECT session_id FROM pending_deletions)
         ORDER BY pinned DESC, last_active_at DESC, session_id DESC"
    ))?;
    let rows = statement.query_map([status.map(SessionStatus::as_str)], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The ids of every session whose deletion was not begun, in their order.
pub fn ids(connection: &Connection) -> Result<Vec<SessionId>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT session_id FROM sessions WHERE session_id NOT IN (SELECT session_id FROM pending_deletions)
         ORDER BY session_id",
    )?;
    let rows = statement.query_map([], |row| row.get(0).map(SessionId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The ids of every session, also of those whose deletion was begun, in their order.
pub fn all_ids(connection: &Connection) -> Result<Vec<SessionId>, Error> {
    let mut statement = connection.prepare_cached("SELECT session_id FROM sessions ORDER BY session_id")?;
    let rows = statement.query_map([], |row| row.get(0).map(SessionId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes the mutable columns.
pub fn update(connection: &Connection, row: &SessionRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "UPDATE sessions SET last_active_at = ?2, status = ?3, pinned = ?4, conversation_count = ?5,
                                 title_sealed = ?6, preferences_sealed = ?7, row_mac = ?8
             WHERE session_id = ?1",
        )?
        .execute((
            row.id.to_bytes(),
            row.last_active_at.ms(),
            row.status.as_str(),
            row.pinned,
            row.conversation_count,
            &row.title_sealed,
            &row.preferences_sealed,
            row.row_mac,
        ))?;
    Ok(())
}

/// Deletes everything in a session and leaves its row, which the caller updates.
pub fn clear(connection: &Connection, id: SessionId) -> Result<(), Error> {
    for sql in [
        // By cascade with them: turns, receipts, drafts.
        "DELETE FROM conversations WHERE session_id = ?1",
        "DELETE FROM agent_states WHERE session_id = ?1",
        "DELETE FROM context_summaries WHERE session_id = ?1",
        "DELETE FROM patterns WHERE session_id = ?1",
        "DELETE FROM index_partitions WHERE session_id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id.to_bytes()])?;
    }
    Ok(())
}

/// Deletes a session and, by cascade, everything in it.
pub fn delete(connection: &Connection, id: SessionId) -> Result<bool, Error> {
    Ok(connection
        .prepare_cached("DELETE FROM sessions WHERE session_id = ?1")?
        .execute([id.to_bytes()])?
        > 0)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<SessionRow>, Error> {
    Ok(connection
        .prepare_cached(select!("WHERE rowid = ?1"))?
        .query_row([number], map)
        .optional()?)
}
