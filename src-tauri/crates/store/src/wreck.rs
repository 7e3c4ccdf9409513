//! What can still be read of a damaged file, row by row: a page that cannot be read costs its own rows alone.
//!
//! Rows are asked for by their internal number, each by a way of its own from the top of the table, because a scan ends
//! at the first damaged page. What is read proves nothing: whoever has the keys opens it, or drops it.

use std::path::Path;

use rusqlite::Connection;

use crate::{
    Error, open, pragma,
    tables::{
        agent_states::{self, AgentStateRow},
        audit::{self, AuditRow},
        context_summaries::{self, SummaryRow},
        conversations::{self, ConversationRow},
        drafts::{self, DraftRow},
        patterns::{self, PatternRow},
        receipts::{self, ReceiptRow},
        sessions::{self, SessionRow},
        settings::{self, SettingRow},
        turns::{self, TurnRow},
    },
};

/// After so many numbers in a row without a row the table is asked for its next one, and again after as many more.
const GAP: i64 = 1_000;
/// A hole in which every number is tried: tens of MiB of damage in one piece.
const HOLE: i64 = 100_000;

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
    PatternRow from patterns
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

    /// Whether the file hangs together: no page of it is damaged, whatever is in its rows.
    pub fn hangs_together(&self) -> bool {
        open::check_structure(&self.0, true).is_ok()
    }

    /// One row; none where there is none, or it cannot be read.
    pub fn row<T: Numbered>(&self, number: i64) -> Option<T> {
        T::at(&self.0, number).ok().flatten()
    }

    /// Hands every row that can be read to `each`, with its number, in the order of the numbers. Numbers are tried one by
    /// one, as what leads to a row may be damaged for a scan; but not up to the last one that the table admits to having: that
    /// one may be damaged itself, and lie beyond counting.
    pub fn each<T: Numbered>(&self, mut each: impl FnMut(i64, T)) {
        let (mut next, mut without) = (Some(0), 0);
        while let Some(number) = next {
            match self.row::<T>(number) {
                Some(row) => {
                    each(number, row);
                    without = 0;
                }
                None => without += 1,
            }
            next = if without == 0 || without % GAP > 0 {
                number.checked_add(1)
            } else {
                self.beyond::<T>(number, without)
            };
        }
    }

    /// Where to go on after `without` numbers without a row.
    fn beyond<T: Numbered>(&self, number: i64, without: i64) -> Option<i64> {
        let next = match self.after::<T>(number) {
            Ok(next) => next,
            // Pages are damaged there: further away, until the table can say. Where it never can, its end is damaged.
            Err(_) => {
                let ahead = |doubled| self.after::<T>(number.saturating_add(1i64 << doubled)).ok();
                match (0..i64::BITS - 1).find_map(ahead) {
                    Some(_) if without < HOLE => number.checked_add(1),
                    far => far.flatten(),
                }
            }
        };
        // A damaged table may say anything.
        next.filter(|next| *next > number)
    }

    /// The number after this one that the table admits to having.
    fn after<T: Numbered>(&self, number: i64) -> Result<Option<i64>, Error> {
        let sql = format!("SELECT min(rowid) FROM {} WHERE rowid > ?1", T::TABLE);
        let mut asked = self.0.prepare_cached(&sql)?;
        Ok(asked.query_row([number], |row| row.get(0))?)
    }

    /// The settings that can be read.
    pub fn settings(&self) -> Vec<SettingRow> {
        settings::readable(&self.0)
    }
}
