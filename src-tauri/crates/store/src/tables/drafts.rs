//! Drafts: the text of running steps.

use ccc_domain::{ConversationId, SessionId, Timestamp, TurnId};
use rusqlite::{Connection, Row};

use crate::Error;

/// A draft as stored. Every clear column is authenticated with the sealed one, which each update seals anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// The id the finished turn will have.
    pub turn_id: TurnId,
    /// Its session.
    pub session_id: SessionId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// When the step was begun.
    pub started_at: Timestamp,
    /// When the text was last saved.
    pub updated_at: Timestamp,
    /// The text so far and where it belongs.
    pub draft_sealed: Vec<u8>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow {
        turn_id: TurnId::from_bytes(row.get(0)?),
        session_id: SessionId::from_bytes(row.get(1)?),
        conversation_id: ConversationId::from_bytes(row.get(2)?),
        started_at: Timestamp::from_ms(row.get(3)?),
        updated_at: Timestamp::from_ms(row.get(4)?),
        draft_sealed: row.get(5)?,
    })
}

/// Adds the draft or saves its newer text.
pub fn put(connection: &Connection, row: &DraftRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO drafts (turn_id, session_id, conversation_id, started_at, updated_at, draft_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (turn_id) DO UPDATE SET updated_at = excluded.updated_at, draft_sealed = excluded.draft_sealed",
        )?
        .execute((
            row.turn_id.to_bytes(),
            row.session_id.to_bytes(),
            row.conversation_id.to_bytes(),
            row.started_at.ms(),
            row.updated_at.ms(),
            &row.draft_sealed,
        ))?;
    Ok(())
}

/// Every draft, oldest first.
pub fn list(connection: &Connection) -> Result<Vec<DraftRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT turn_id, session_id, conversation_id, started_at, updated_at, draft_sealed FROM drafts
         ORDER BY started_at, turn_id",
    )?;
    let rows = statement.query_map([], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Removes a draft.
pub fn delete(connection: &Connection, turn: TurnId) -> Result<bool, Error> {
    Ok(connection
        .prepare_cached("DELETE FROM drafts WHERE turn_id = ?1")?
        .execute([turn.to_bytes()])?
        > 0)
}
