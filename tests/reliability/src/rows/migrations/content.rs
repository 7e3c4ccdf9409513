//! What is in a data file, read past the program.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags, types::Value};

use crate::error::Error;

/// Every row of every table, by its columns then.
pub type Content = BTreeMap<String, (Vec<String>, Vec<Vec<Value>>)>;

fn open(file: &Path) -> Result<Connection, Error> {
    Ok(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

/// Whether the pages of a file hang together.
pub fn is_sound(file: &Path) -> bool {
    let verdict = open(file)
        .and_then(|connection| Ok(connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?));
    verdict.is_ok_and(|verdict| verdict == "ok")
}

/// Every table of a file with its columns and rows.
pub fn content(file: &Path) -> Result<Content, Error> {
    let connection = open(file)?;
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
            AND name <> 'refinery_schema_history'",
    )?;
    let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut shape = Content::new();
    for name in names {
        let rows = connection.prepare(&format!("SELECT * FROM {name}"))?;
        let columns: Vec<String> = rows.column_names().map(str::to_owned).collect();
        shape.insert(name, (columns, Vec::new()));
    }
    content_of(file, &shape)
}

/// What a file has in the tables and columns of `shape`; it may have more.
pub fn content_of(file: &Path, shape: &Content) -> Result<Content, Error> {
    let (connection, mut content) = (open(file)?, Content::new());
    for (name, (columns, _)) in shape {
        let (count, all) = (columns.len(), columns.join(", "));
        let mut rows = connection.prepare(&format!("SELECT {all} FROM {name} ORDER BY {all}"))?;
        let rows = rows.query_map([], |row| (0..count).map(|column| row.get(column)).collect())?;
        content.insert(name.clone(), (columns.clone(), rows.collect::<Result<_, _>>()?));
    }
    Ok(content)
}
