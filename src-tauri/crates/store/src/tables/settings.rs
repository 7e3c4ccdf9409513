//! Settings of the profile.

use ccc_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::Error;

/// A setting as stored. Name and instant are authenticated with the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// Its name.
    pub name: String,
    /// When it was last set.
    pub updated_at: Timestamp,
    /// Its value.
    pub value_sealed: Vec<u8>,
}

/// Adds the setting or replaces it.
pub fn put(connection: &Connection, row: &SettingRow) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO settings (name, updated_at, value_sealed) VALUES (?1, ?2, ?3)")?
        .execute((&row.name, row.updated_at.ms(), &row.value_sealed))?;
    Ok(())
}

fn map(row: &Row<'_>) -> rusqlite::Result<SettingRow> {
    Ok(SettingRow {
        name: row.get(0)?,
        updated_at: Timestamp::from_ms(row.get(1)?),
        value_sealed: row.get(2)?,
    })
}

/// One setting.
pub fn get(connection: &Connection, name: &str) -> Result<Option<SettingRow>, Error> {
    Ok(connection
        .prepare_cached("SELECT name, updated_at, value_sealed FROM settings WHERE name = ?1")?
        .query_row([name], map)
        .optional()?)
}

/// Every setting, by name.
pub fn list(connection: &Connection) -> Result<Vec<SettingRow>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT name, updated_at, value_sealed FROM settings ORDER BY name")?;
    let rows = statement.query_map([], map)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The settings that can be read: from the first name on and from the last name back, as far as each goes.
pub fn readable(connection: &Connection) -> Vec<SettingRow> {
    let mut found: Vec<SettingRow> = Vec::new();
    for order in ["ASC", "DESC"] {
        let sql = format!("SELECT name, updated_at, value_sealed FROM settings ORDER BY name {order}");
        let Ok(mut statement) = connection.prepare(&sql) else {
            continue;
        };
        let Ok(rows) = statement.query_map([], map) else {
            continue;
        };
        for row in rows.map_while(Result::ok) {
            if !found.contains(&row) {
                found.push(row);
            }
        }
    }
    found
}
