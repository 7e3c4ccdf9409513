//! The SQL and the mapping of rows, one file per table.
//!
//! Functions take a connection and rows; what is sealed stays sealed. `insert` fails on a taken key with
//! [`Error::Constraint`](crate::Error::Constraint), `get` answers `None` where there is no row, `update` writes the
//! row's mutable columns and `delete` says whether there was a row.

pub mod agent_states;
pub mod audit;
pub mod context_summaries;
pub mod conversations;
pub mod drafts;
pub mod index_partitions;
pub mod patterns;
pub mod pending_deletions;
pub mod profile;
pub mod receipts;
pub mod sessions;
pub mod settings;
pub mod turns;

use rusqlite::types::Type;

/// A value that the schema's checks should not have let in.
fn unexpected(column: usize, found: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("unexpected value: {found}").into())
}

/// A column parsed by `parse`, as the enums of the domain are.
fn parsed<T>(row: &rusqlite::Row<'_>, column: usize, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).ok_or_else(|| unexpected(column, text))
}
