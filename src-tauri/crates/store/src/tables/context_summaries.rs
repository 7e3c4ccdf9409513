//! Summaries of sessions.

use ccc_domain::{SessionId, SummaryId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::Error;

/// A summary as stored. Every clear column is authenticated with the sealed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// Its id.
    pub id: SummaryId,
    /// Its session.
    pub session_id: SessionId,
    /// How many conversations it covers.
    pub conversation_count: u32,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The summary.
    pub summary_sealed: Vec<u8>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<SummaryRow> {
    Ok(SummaryRow {
        id: SummaryId::from_bytes(row.get(0)?),
        session_id: SessionId::from_bytes(row.get(1)?),
        conversation_count: row.get(2)?,
        created_at: Timestamp::from_ms(row.get(3)?),
        updated_at: Timestamp::from_ms(row.get(4)?),
        summary_sealed: row.get(5)?,
    })
}

/// Adds a summary.
pub fn insert(connection: &Connection, row: &SummaryRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO context_summaries (summary_id, session_id, conversation_count, created_at, updated_at,
                                            summary_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            row.id.to_bytes(),
            row.session_id.to_bytes(),
            row.conversation_count,
            row.created_at.ms(),
            row.updated_at.ms(),
            &row.summary_sealed,
        ))?;
    Ok(())
}

/// Deletes a summary.
pub fn delete(connection: &Connection, id: SummaryId) -> Result<bool, Error> {
    let deleted = connection
        .prepare_cached("DELETE FROM context_summaries WHERE summary_id = ?1")?
        .execute([id.to_bytes()])?;
    Ok(deleted > 0)
}

/// The summaries of a session, newest first.
pub fn list(connection: &Connection, session: SessionId) -> Result<Vec<SummaryRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT summary_id, session_id, conversation_count, created_at, updated_at, summary_sealed
         FROM context_summaries WHERE session_id = ?1 ORDER BY created_at DESC, summary_id DESC",
    )?;
    let rows = statement.query_map([session.to_bytes()], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<SummaryRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT summary_id, session_id, conversation_count, created_at, updated_at, summary_sealed
             FROM context_summaries WHERE rowid = ?1",
        )?
        .query_row([number], map)
        .optional()?)
}
