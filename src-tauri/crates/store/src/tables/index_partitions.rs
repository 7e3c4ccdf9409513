//! Snapshots of the search index.

use ccc_domain::{SessionId, Timestamp};
use rusqlite::{Connection, Row};

use crate::Error;

/// One segment of a session's partition. Every clear column is authenticated with the sealed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionRow {
    /// The session.
    pub session_id: SessionId,
    /// The segment's number, from 0.
    pub segment: u32,
    /// When it was written.
    pub updated_at: Timestamp,
    /// The segment.
    pub partition_sealed: Vec<u8>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<PartitionRow> {
    Ok(PartitionRow {
        session_id: SessionId::from_bytes(row.get(0)?),
        segment: row.get(1)?,
        updated_at: Timestamp::from_ms(row.get(2)?),
        partition_sealed: row.get(3)?,
    })
}

/// Adds a segment or replaces the one of the same number.
pub fn put(connection: &Connection, row: &PartitionRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO index_partitions (session_id, segment, updated_at, partition_sealed)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((
            row.session_id.to_bytes(),
            row.segment,
            row.updated_at.ms(),
            &row.partition_sealed,
        ))?;
    Ok(())
}

/// The segments of a session, in order.
pub fn list(connection: &Connection, session: SessionId) -> Result<Vec<PartitionRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT session_id, segment, updated_at, partition_sealed FROM index_partitions
         WHERE session_id = ?1 ORDER BY segment",
    )?;
    let rows = statement.query_map([session.to_bytes()], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Drops the segments of a session.
pub fn delete(connection: &Connection, session: SessionId) -> Result<(), Error> {
    connection
        .prepare_cached("DELETE FROM index_partitions WHERE session_id = ?1")?
        .execute([session.to_bytes()])?;
    Ok(())
}
