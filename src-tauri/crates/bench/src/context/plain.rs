//! What FTS5 ranks first, with the text of as many turns as the budget takes.

use ccc_domain::{SessionId, tokens};

use crate::{error::Error, plain::Plain};

/// As many as the engine considers.
const MOST_CANDIDATES: u32 = 80;
/// The engine's own default.
const BUDGET_TOKENS: u32 = 1_000;

const OVER_ALL: &str = "SELECT rowid FROM turns_fts WHERE turns_fts MATCH ?1 ORDER BY rank LIMIT ?2";
const IN_SESSION: &str = "SELECT rowid FROM turns_fts WHERE turns_fts MATCH ?1 AND rowid BETWEEN ?3 AND ?4
    ORDER BY rank LIMIT ?2";
const ROWS_OF: &str = "SELECT min(t.rowid), max(t.rowid) FROM conversations c JOIN turns t USING (conversation_id)
    WHERE c.session_id = ?1";

/// The rows of a session, which stand side by side as the store was filled. Joining each match with its row instead takes
/// FTS5 several times longer; the kindest way to it is measured.
pub fn rows_of(plain: &Plain, session: SessionId) -> Result<(i64, i64), Error> {
    let mut statement = plain.connection().prepare_cached(ROWS_OF)?;
    Ok(statement.query_row([session.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The texts that fit the budget, best first. Words are joined by OR; `rows` restricts the turns to a session's.
pub fn context(plain: &Plain, words: &[String], rows: Option<(i64, i64)>) -> Result<Vec<String>, Error> {
    let asked: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let asked = asked.join(" OR ");
    let connection = plain.connection();
    let rows: Vec<i64> = match rows {
        None => connection
            .prepare_cached(OVER_ALL)?
            .query_map((asked, MOST_CANDIDATES), |row| row.get(0))?
            .collect::<Result<_, _>>()?,
        Some((first, last)) => connection
            .prepare_cached(IN_SESSION)?
            .query_map((asked, MOST_CANDIDATES, first, last), |row| row.get(0))?
            .collect::<Result<_, _>>()?,
    };
    let mut statement = connection.prepare_cached("SELECT content FROM turns WHERE rowid = ?1")?;
    let (mut texts, mut used) = (Vec::new(), 0);
    for row in rows {
        let text: String = statement.query_row([row], |row| row.get(0))?;
        used += tokens::estimate(&text);
        if used > BUDGET_TOKENS {
            break;
        }
        texts.push(text);
    }
    Ok(texts)
}
