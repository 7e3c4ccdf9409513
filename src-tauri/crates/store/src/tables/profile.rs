//! The one row that says whose file this is.

use ccc_domain::{ProfileId, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::Error;

/// The profile the file belongs to. Every file is made with one: without it, it is [`Error::Damaged`].
pub fn get(connection: &Connection) -> Result<ProfileId, Error> {
    let id = connection
        .query_row("SELECT profile_id FROM profile WHERE one = 1", [], |row| row.get(0))
        .optional()?;
    id.map(ProfileId::from_bytes).ok_or(Error::Damaged)
}

/// When the file's profile was made.
pub fn created_at(connection: &Connection) -> Result<Timestamp, Error> {
    let at = connection
        .query_row("SELECT created_at FROM profile WHERE one = 1", [], |row| row.get(0))
        .optional()?;
    at.map(Timestamp::from_ms).ok_or(Error::Damaged)
}
