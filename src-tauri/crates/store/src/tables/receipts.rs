//! Receipts: what each step was given from memory.

use ccc_domain::{ReceiptId, SessionId, Timestamp, TurnId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::Error;

/// A receipt as stored. Every clear column is authenticated with the sealed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Its id.
    pub id: ReceiptId,
    /// Its session.
    pub session_id: SessionId,
    /// The turn that answered.
    pub turn_id: TurnId,
    /// When the request was made.
    pub created_at: Timestamp,
    /// What was injected.
    pub receipt_sealed: Vec<u8>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<ReceiptRow> {
    Ok(ReceiptRow {
        id: ReceiptId::from_bytes(row.get(0)?),
        session_id: SessionId::from_bytes(row.get(1)?),
        turn_id: TurnId::from_bytes(row.get(2)?),
        created_at: Timestamp::from_ms(row.get(3)?),
        receipt_sealed: row.get(4)?,
    })
}

/// Adds a receipt.
pub fn insert(connection: &Connection, row: &ReceiptRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO receipts (receipt_id, session_id, turn_id, created_at, receipt_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            row.id.to_bytes(),
            row.session_id.to_bytes(),
            row.turn_id.to_bytes(),
            row.created_at.ms(),
            &row.receipt_sealed,
        ))?;
    Ok(())
}

/// Receipts by turn, after that of turn `after`, at most `limit`.
pub fn list_after(connection: &Connection, after: TurnId, limit: u32) -> Result<Vec<ReceiptRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT receipt_id, session_id, turn_id, created_at, receipt_sealed FROM receipts
         WHERE turn_id > ?1 ORDER BY turn_id LIMIT ?2",
    )?;
    let rows = statement.query_map((after.to_bytes(), limit), map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Overwrites what is sealed in a receipt.
pub fn overwrite(connection: &Connection, row: &ReceiptRow) -> Result<(), Error> {
    connection
        .prepare_cached("UPDATE receipts SET receipt_sealed = ?2 WHERE receipt_id = ?1")?
        .execute((row.id.to_bytes(), &row.receipt_sealed))?;
    Ok(())
}

/// Deletes the receipt of a turn.
pub fn delete(connection: &Connection, turn: TurnId) -> Result<bool, Error> {
    let deleted = connection
        .prepare_cached("DELETE FROM receipts WHERE turn_id = ?1")?
        .execute([turn.to_bytes()])?;
    Ok(deleted > 0)
}

/// The receipt of a turn.
pub fn get(connection: &Connection, turn: TurnId) -> Result<Option<ReceiptRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT receipt_id, session_id, turn_id, created_at, receipt_sealed FROM receipts WHERE turn_id = ?1",
        )?
        .query_row([turn.to_bytes()], map)
        .optional()?)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<ReceiptRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT receipt_id, session_id, turn_id, created_at, receipt_sealed
             FROM receipts WHERE rowid = ?1",
        )?
        .query_row([number], map)
        .optional()?)
}
