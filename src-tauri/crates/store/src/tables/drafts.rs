//! Drafts: the text of running steps, in pieces.

use ccc_domain::{ConversationId, SessionId, Timestamp, TurnId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::Error;

/// A piece of a draft as stored. Every clear column is authenticated with the sealed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// The id the finished turn will have.
    pub turn_id: TurnId,
    /// The piece's number, from 0.
    pub piece: u32,
    /// Its session.
    pub session_id: SessionId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// When the step was begun.
    pub started_at: Timestamp,
    /// When the piece was saved.
    pub saved_at: Timestamp,
    /// The text since the piece before, and where it belongs.
    pub draft_sealed: Vec<u8>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow {
        turn_id: TurnId::from_bytes(row.get(0)?),
        piece: row.get(1)?,
        session_id: SessionId::from_bytes(row.get(2)?),
        conversation_id: ConversationId::from_bytes(row.get(3)?),
        started_at: Timestamp::from_ms(row.get(4)?),
        saved_at: Timestamp::from_ms(row.get(5)?),
        draft_sealed: row.get(6)?,
    })
}

/// Adds a piece.
pub fn insert(connection: &Connection, row: &DraftRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO drafts (turn_id, piece, session_id, conversation_id, started_at, saved_at, draft_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            row.turn_id.to_bytes(),
            row.piece,
            row.session_id.to_bytes(),
            row.conversation_id.to_bytes(),
            row.started_at.ms(),
            row.saved_at.ms(),
            &row.draft_sealed,
        ))?;
    Ok(())
}

/// Every piece: drafts oldest first, the pieces of each in their order.
pub fn list(connection: &Connection) -> Result<Vec<DraftRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT turn_id, piece, session_id, conversation_id, started_at, saved_at, draft_sealed FROM drafts
         ORDER BY started_at, turn_id, piece",
    )?;
    let rows = statement.query_map([], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Overwrites what is sealed in a piece.
pub fn overwrite(connection: &Connection, row: &DraftRow) -> Result<(), Error> {
    connection
        .prepare_cached("UPDATE drafts SET draft_sealed = ?3 WHERE turn_id = ?1 AND piece = ?2")?
        .execute((row.turn_id.to_bytes(), row.piece, &row.draft_sealed))?;
    Ok(())
}

/// Removes a draft, all its pieces.
pub fn delete(connection: &Connection, turn: TurnId) -> Result<bool, Error> {
    let deleted = connection
        .prepare_cached("DELETE FROM drafts WHERE turn_id = ?1")?
        .execute([turn.to_bytes()])?;
    Ok(deleted > 0)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<DraftRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT turn_id, piece, session_id, conversation_id, started_at, saved_at, draft_sealed
             FROM drafts WHERE rowid = ?1",
        )?
        .query_row([number], map)
        .optional()?)
}
