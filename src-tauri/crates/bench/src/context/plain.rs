//! What FTS5 ranks first, with the text of as many turns as the budget takes.

use ccc_domain::{SessionId, tokens};

use crate::{error::Error, plain::Plain};

/// As many as the engine considers.
const MOST_CANDIDATES: u32 = 80;
/// The engine's own default.
const BUDGET_TOKENS: u32 = 1_000;

const OVER_ALL: &str = "SELECT rowid FROM turns_fts WHERE turns_fts MATCH ?1 ORDER BY rank LIMIT ?2";
const IN_SESSION: &str = "SELECT f.rowid FROM turns_fts f JOIN turns t ON t.rowid = f.rowid
    WHERE f.turns_fts MATCH ?1 AND t.session_id = ?3 ORDER BY f.rank LIMIT ?2";

/// The texts that fit the budget, best first. Words are joined by OR; `session` restricts the turns to one session.
pub fn context(plain: &Plain, words: &[String], session: Option<SessionId>) -> Result<Vec<String>, Error> {
    let asked: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let asked = asked.join(" OR ");
    let connection = plain.connection();
    let rows: Vec<i64> = match session {
        None => connection
            .prepare_cached(OVER_ALL)?
            .query_map((asked, MOST_CANDIDATES), |row| row.get(0))?
            .collect::<Result<_, _>>()?,
        Some(session) => connection
            .prepare_cached(IN_SESSION)?
            .query_map((asked, MOST_CANDIDATES, session.to_bytes()), |row| row.get(0))?
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
