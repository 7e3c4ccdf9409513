//! Deletions that were begun.

use ccc_domain::{SessionId, Timestamp};
use rusqlite::Connection;

use crate::Error;

/// Notes that a session is to be deleted. Noting it twice keeps the first note.
pub fn insert(connection: &Connection, session: SessionId, at: Timestamp) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO pending_deletions (session_id, requested_at) VALUES (?1, ?2)")?
        .execute((session.to_bytes(), at.ms()))?;
    Ok(())
}

/// The sessions whose deletion was begun until `until`, in the order it was asked for.
pub fn list(connection: &Connection, until: Timestamp) -> Result<Vec<SessionId>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT session_id FROM pending_deletions WHERE requested_at <= ?1 ORDER BY requested_at, session_id",
    )?;
    let rows = statement.query_map([until.ms()], |row| row.get(0).map(SessionId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that a deletion is done, or taken back.
pub fn delete(connection: &Connection, session: SessionId) -> Result<bool, Error> {
    let done = connection
        .prepare_cached("DELETE FROM pending_deletions WHERE session_id = ?1")?
        .execute([session.to_bytes()])?;
    Ok(done > 0)
}
