//! What can still be read of a damaged file, row by row: a page that cannot be read costs its own rows alone.
//!
//! Rows are asked for by their internal number, each by a way of its own from the top of the table, because a scan ends
//! at the first damaged page. What is read proves nothing: whoever has the keys opens it, or drops it.

use std::path::Path;

use rusqlite::Connection;

use crate::{
    Error, pragma,
    tables::{
        agent_states::{self, AgentStateRow},
        audit::{self, AuditRow},
        context_summaries::{self, SummaryRow},
        conversations::{self, ConversationRow},
        drafts::{self, DraftRow},
        receipts::{self, ReceiptRow},
        sessions::{self, SessionRow},
        settings::{self, SettingRow},
        turns::{self, TurnRow},
    },
};

/// How many numbers in a row without a row end the search beyond the last one known.
const GAP: i64 = 10_000;

/// A file that may be damaged, open to be read.
pub struct Wreck(Connection);

/// A table whose rows can be asked for by number.
pub trait Numbered: Sized {
    /// Its name.
    const TABLE: &'static str;
    /// The row of this number.
    ///
    /// # Errors
    /// Whatever keeps it from being read.
    fn at(connection: &Connection, number: i64) -> Result<Option<Self>, Error>;
}

macro_rules! numbered {
    ($($row:ident from $table:ident)*) => {$(
        impl Numbered for $row {
            const TABLE: &'static str = stringify!($table);

            fn at(connection: &Connection, number: i64) -> Result<Option<Self>, Error> {
                $table::at_number(connection, number)
            }
        }
    )*};
}

numbered! {
    SessionRow from sessions
    ConversationRow from conversations
    TurnRow from turns
    ReceiptRow from receipts
    DraftRow from drafts
    AgentStateRow from agent_states
    SummaryRow from context_summaries
    AuditRow from audit
}

impl Wreck {
    /// Opens the file at `path`, which is to be a copy: SQLite folds its log in.
    ///
    /// # Errors
    /// Whatever SQLite cannot make sense of before it reads a table.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self(pragma::open_reader(path)?))
    }

    /// One row; none where there is none, or it cannot be read.
    pub fn row<T: Numbered>(&self, number: i64) -> Option<T> {
        T::at(&self.0, number).ok().flatten()
    }

    /// Hands every row that can be read to `each`, with its number, in the order of the numbers.
    pub fn each<T: Numbered>(&self, mut each: impl FnMut(i64, T)) {
        let (mut last, mut number) = (self.last::<T>(), 0);
        while number <= last.saturating_add(GAP) {
            if let Some(row) = self.row::<T>(number) {
                last = last.max(number);
                each(number, row);
            }
            number += 1;
        }
    }

    /// The last number the table admits to having.
    fn last<T: Numbered>(&self) -> i64 {
        let sql = format!("SELECT max(rowid) FROM {}", T::TABLE);
        self.0
            .query_row(&sql, [], |row| row.get::<_, Option<i64>>(0))
            .ok()
            .flatten()
            .unwrap_or(0)
    }

    /// The settings that can be read.
    pub fn settings(&self) -> Vec<SettingRow> {
        settings::readable(&self.0)
    }
}
