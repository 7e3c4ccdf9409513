//! What agents may have learned.

use ccc_domain::{Agent, PatternId, SessionId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{Error, tables::parsed};

/// A pattern as stored. Every clear column is authenticated with the sealed one, which each change seals anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternRow {
    /// Its id.
    pub id: PatternId,
    /// Its session.
    pub session_id: SessionId,
    /// The agent.
    pub agent: Agent,
    /// Whether it was accepted: one of the words that the schema lets in.
    pub status: String,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What may have been learned.
    pub pattern_sealed: Vec<u8>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<PatternRow> {
    Ok(PatternRow {
        id: PatternId::from_bytes(row.get(0)?),
        session_id: SessionId::from_bytes(row.get(1)?),
        agent: parsed(row, 2, |text| text.parse().ok())?,
        status: row.get(3)?,
        created_at: Timestamp::from_ms(row.get(4)?),
        updated_at: Timestamp::from_ms(row.get(5)?),
        pattern_sealed: row.get(6)?,
    })
}

/// Adds a pattern.
pub fn insert(connection: &Connection, row: &PatternRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO patterns (pattern_id, session_id, agent, status, created_at, updated_at, pattern_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            row.id.to_bytes(),
            row.session_id.to_bytes(),
            row.agent.as_str(),
            &row.status,
            row.created_at.ms(),
            row.updated_at.ms(),
            &row.pattern_sealed,
        ))?;
    Ok(())
}

/// The patterns of a session, oldest first.
pub fn list(connection: &Connection, session: SessionId) -> Result<Vec<PatternRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT pattern_id, session_id, agent, status, created_at, updated_at, pattern_sealed
         FROM patterns WHERE session_id = ?1 ORDER BY created_at, pattern_id",
    )?;
    let rows = statement.query_map([session.to_bytes()], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<PatternRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT pattern_id, session_id, agent, status, created_at, updated_at, pattern_sealed
             FROM patterns WHERE rowid = ?1",
        )?
        .query_row([number], map)
        .optional()?)
}
