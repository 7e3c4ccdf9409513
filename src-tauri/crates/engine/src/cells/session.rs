//! Sessions: title and preferences sealed, the rest under the row's mac.

use ccc_domain::{Preferences, Session};
use ccc_store::tables::sessions::SessionRow;
use ccc_vault::{EncryptionService, Field, Place};

use super::{Reseal, open_json, open_text, seal_json};
use crate::Error;

fn session_place<'a>(column: &'a str, row: &SessionRow, fixed: &'a [Field<'a>]) -> Place<'a> {
    Place {
        table: "sessions",
        column,
        row: row.id.to_bytes(),
        session: Some(row.id),
        fixed,
    }
}

/// Seals what a session's row holds and renews its mac.
pub(crate) fn seal_session(keys: &EncryptionService, session: &Session) -> Result<SessionRow, Error> {
    let mut row = SessionRow {
        id: session.id,
        created_at: session.created_at,
        last_active_at: session.last_active_at,
        status: session.status,
        pinned: session.pinned,
        conversation_count: session.conversation_count,
        title_sealed: Vec::new(),
        preferences_sealed: Vec::new(),
        row_mac: [0; 32],
    };
    let fixed = [Field::Int(row.created_at.ms())];
    row.title_sealed = keys.seal(&session_place("title", &row, &fixed), session.title.as_bytes())?;
    row.preferences_sealed = seal_json(keys, &session_place("preferences", &row, &fixed), &session.preferences)?;
    mac_session(keys, &mut row)?;
    Ok(row)
}

/// Renews a session row's mac after its clear columns changed.
pub(crate) fn mac_session(keys: &EncryptionService, row: &mut SessionRow) -> Result<(), Error> {
    let fixed = [Field::Int(row.created_at.ms())];
    row.row_mac = keys.row_mac(&session_place("", row, &fixed), &session_mutable(row))?;
    Ok(())
}

/// Whether a session row's clear columns are as they were written.
pub(crate) fn check_session(keys: &EncryptionService, row: &SessionRow) -> Result<(), Error> {
    let fixed = [Field::Int(row.created_at.ms())];
    Ok(keys.verify_row_mac(&session_place("", row, &fixed), &session_mutable(row), &row.row_mac)?)
}

fn session_mutable(row: &SessionRow) -> [Field<'_>; 6] {
    [
        Field::Int(row.last_active_at.ms()),
        Field::Text(row.status.as_str()),
        Field::Int(i64::from(row.pinned)),
        Field::Int(i64::from(row.conversation_count)),
        Field::Bytes(&row.title_sealed),
        Field::Bytes(&row.preferences_sealed),
    ]
}

/// Opens a session's row.
pub(crate) fn open_session(keys: &EncryptionService, row: &SessionRow) -> Result<Session, Error> {
    check_session(keys, row)?;
    let fixed = [Field::Int(row.created_at.ms())];
    let preferences: Preferences = open_json(
        keys,
        &session_place("preferences", row, &fixed),
        &row.preferences_sealed,
    )?;
    Ok(Session {
        id: row.id,
        title: open_text(keys, &session_place("title", row, &fixed), &row.title_sealed)?,
        created_at: row.created_at,
        last_active_at: row.last_active_at,
        status: row.status,
        pinned: row.pinned,
        conversation_count: row.conversation_count,
        preferences,
    })
}

impl Reseal<'_> {
    /// A session's row under the other keys.
    pub(crate) fn session(&self, mut row: SessionRow) -> Result<SessionRow, Error> {
        check_session(self.from, &row)?;
        let fixed = [Field::Int(row.created_at.ms())];
        row.title_sealed = self.value(&session_place("title", &row, &fixed), &row.title_sealed)?;
        row.preferences_sealed = self.value(&session_place("preferences", &row, &fixed), &row.preferences_sealed)?;
        mac_session(self.to, &mut row)?;
        Ok(row)
    }
}
