//! The baseline: SQLite's FTS5 with its stemmer, the words of a question joined by OR, small words left out.

use rusqlite::Connection;

use super::set::Set;
use crate::error::Error;

/// A file's turns in an FTS5 table.
pub struct Baseline(Connection);

impl Baseline {
    /// Fills the table: speaker, text and date of each turn as one text.
    pub fn new(set: &Set) -> Result<Self, Error> {
        let db = Connection::open_in_memory()?;
        db.execute_batch("CREATE VIRTUAL TABLE turns USING fts5(content, tokenize = 'porter unicode61')")?;
        {
            let mut insert = db.prepare("INSERT INTO turns (rowid, content) VALUES (?1, ?2)")?;
            for (n, turn) in set.turns.iter().enumerate() {
                let day = turn.at()?.map(|at| at.day()).unwrap_or_default();
                insert.execute((n as i64, format!("{} {} {day}", turn.speaker, turn.content())))?;
            }
        }
        Ok(Self(db))
    }

    /// The turns that match, best first, in FTS5's own ranking.
    pub fn ranked(&self, question: &str) -> Result<Vec<(usize, f64)>, Error> {
        let words = question.split(|c: char| !c.is_alphanumeric() && c != '\'');
        let telling: Vec<String> = words
            .map(|word| word.trim_matches('\'').trim_end_matches("'s"))
            .filter(|word| !word.is_empty() && !ccc_recall::stems(word).is_empty())
            .map(|word| format!("\"{word}\""))
            .collect();
        if telling.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = self
            .0
            .prepare_cached("SELECT rowid, -rank FROM turns WHERE turns MATCH ?1 ORDER BY rank, rowid")?;
        let rows = statement.query_map([telling.join(" OR ")], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?))
        })?;
        let mut ranked = Vec::new();
        for row in rows {
            let (turn, score) = row?;
            ranked.extend(usize::try_from(turn).ok().map(|turn| (turn, score)));
        }
        Ok(ranked)
    }
}
