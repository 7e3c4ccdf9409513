//! The audit trail. Rows are numbered from 1 without gaps and never change.

use ccc_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::Error;

/// An entry as stored. `mac` covers all other columns and the `mac` before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, from 1.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it: the person, an agent, or the app itself.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub entity: String,
    /// To which one.
    pub entity_id: Option<[u8; 16]>,
    /// More, where there is more.
    pub detail_sealed: Option<Vec<u8>>,
    /// Chains the entry to the one before.
    pub mac: [u8; 32],
}

fn map(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        id: row.get(0)?,
        at: Timestamp::from_ms(row.get(1)?),
        actor: row.get(2)?,
        action: row.get(3)?,
        entity: row.get(4)?,
        entity_id: row.get(5)?,
        detail_sealed: row.get(6)?,
        mac: row.get(7)?,
    })
}

/// Adds the entry that follows [`head`].
pub fn insert(connection: &Connection, row: &AuditRow) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO audit (audit_id, at, actor, action, entity, entity_id, detail_sealed, mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            row.id,
            row.at.ms(),
            &row.actor,
            &row.action,
            &row.entity,
            row.entity_id,
            &row.detail_sealed,
            row.mac,
        ))?;
    Ok(())
}

/// What entries are looked for by; none of a field means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Before this number.
    pub before: Option<u64>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// By whom.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// To what kind of thing.
    pub entity: Option<String>,
    /// To which one.
    pub entity_id: Option<[u8; 16]>,
}

/// The entries that `filter` lets through, newest first, at most `limit`.
pub fn find(connection: &Connection, filter: &Filter, limit: u32) -> Result<Vec<AuditRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT audit_id, at, actor, action, entity, entity_id, detail_sealed, mac FROM audit
         WHERE audit_id < coalesce(?1, 9223372036854775807) AND at >= coalesce(?2, at) AND at < coalesce(?3, at + 1)
           AND actor = coalesce(?4, actor) AND action = coalesce(?5, action) AND entity = coalesce(?6, entity)
           AND (?7 IS NULL OR entity_id = ?7)
         ORDER BY audit_id DESC LIMIT ?8",
    )?;
    let parameters = (
        filter.before,
        filter.from.map(Timestamp::ms),
        filter.until.map(Timestamp::ms),
        &filter.actor,
        &filter.action,
        &filter.entity,
        filter.entity_id,
        limit,
    );
    let rows = statement.query_map(parameters, map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The mac of one entry.
pub fn mac(connection: &Connection, id: u64) -> Result<Option<[u8; 32]>, Error> {
    Ok(connection
        .prepare_cached("SELECT mac FROM audit WHERE audit_id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

/// The kinds of things and of operations that there are entries of, in their order: `(entity, action)`.
pub fn kinds(connection: &Connection) -> Result<Vec<(String, String)>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT entity, action FROM audit ORDER BY entity, action")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last entry's number and mac.
pub fn head(connection: &Connection) -> Result<Option<(u64, [u8; 32])>, Error> {
    Ok(connection
        .prepare_cached("SELECT audit_id, mac FROM audit ORDER BY audit_id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// Entries after number `after`, in order, at most `limit`.
pub fn list(connection: &Connection, after: u64, limit: u32) -> Result<Vec<AuditRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT audit_id, at, actor, action, entity, entity_id, detail_sealed, mac FROM audit
         WHERE audit_id > ?1 ORDER BY audit_id LIMIT ?2",
    )?;
    let rows = statement.query_map((after, limit), map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row of this internal number, as salvage reads them.
pub fn at_number(connection: &Connection, number: i64) -> Result<Option<AuditRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT audit_id, at, actor, action, entity, entity_id, detail_sealed, mac
             FROM audit WHERE rowid = ?1",
        )?
        .query_row([number], map)
        .optional()?)
}
