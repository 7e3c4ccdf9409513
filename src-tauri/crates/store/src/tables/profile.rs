//! The one row that says whose file this is.

use ccc_domain::ProfileId;
use rusqlite::Connection;

use crate::Error;

/// The profile the file belongs to.
pub fn get(connection: &Connection) -> Result<ProfileId, Error> {
    let id = connection.query_row("SELECT profile_id FROM profile WHERE one = 1", [], |row| row.get(0))?;
    Ok(ProfileId::from_bytes(id))
}
