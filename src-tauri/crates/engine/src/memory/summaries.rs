//! Summaries of a session: a plain extract for now, older ones kept.

use ccc_domain::{ContextSummary, Conversation, SessionId};
use ccc_store::{Connection, tables::context_summaries};
use serde::Serialize;

use crate::{
    Error, MemoryService,
    audit::{self, Entry},
    cells,
    core::Core,
    memory::{sessions, topics::topics},
};

/// How many words a summary holds at most, the length the retrieval study measured extracts at.
const MAX_WORDS: usize = 100;

/// What a session is about, as its panel shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SessionContext {
    /// The newest summary.
    pub summary: Option<ContextSummary>,
    /// The latest conversations, newest first, at most ten.
    pub recent: Vec<Conversation>,
    /// What its directives are about, most telling first, at most six.
    pub topics: Vec<String>,
}

impl MemoryService {
    /// Writes a summary of the session from its directives, newest first, and stores it beside the older ones.
    /// A summary equal to the newest one is not stored again.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to a row; those of the store.
    pub fn generate_context_summary(&self, session: SessionId) -> Result<ContextSummary, Error> {
        let conversations = self.list_conversations(session)?;
        self.update_context_summary(session, &extract(&conversations))
    }

    /// Stores a summary of the session beside the older ones.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of the store.
    pub fn update_context_summary(&self, session: SessionId, text: &str) -> Result<ContextSummary, Error> {
        let (core, text) = (self.core.clone(), text.to_owned());
        self.db.write(move |tx| {
            let conversation_count = sessions::find(tx, session)?.conversation_count;
            if let Some(newest) = newest(&core, tx, session)?
                && newest.text == text
            {
                return Ok(newest);
            }
            let now = core.now();
            let summary = ContextSummary {
                id: core.id(),
                session_id: session,
                text,
                conversation_count,
                created_at: now,
                updated_at: now,
            };
            context_summaries::insert(tx, &cells::seal_summary(&core.keys, &summary)?)?;
            audit::record(
                &core,
                tx,
                Entry::new("summarise", "session", session.to_bytes()).by("app"),
            )?;
            Ok(summary)
        })
    }

    /// The summaries of a session, newest first.
    ///
    /// # Errors
    /// Damage to a row; those of the store.
    pub fn list_summaries(&self, session: SessionId) -> Result<Vec<ContextSummary>, Error> {
        let rows = self.db.read(|c| context_summaries::list(c, session))?;
        rows.iter()
            .map(|row| cells::open_summary(&self.core.keys, row))
            .collect()
    }

    /// What a session is about.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to a row.
    pub fn get_session_context(&self, session: SessionId) -> Result<SessionContext, Error> {
        let _timed = self.latencies.time("get_session_context");
        let summary = self.db.read(|c| newest(&self.core, c, session))?;
        let mut recent = self.list_conversations(session)?;
        let topics = topics(&recent);
        recent.reverse();
        recent.truncate(10);
        Ok(SessionContext {
            summary,
            recent,
            topics,
        })
    }
}

fn newest(core: &Core, connection: &Connection, session: SessionId) -> Result<Option<ContextSummary>, Error> {
    let rows = context_summaries::list(connection, session)?;
    rows.first().map(|row| cells::open_summary(&core.keys, row)).transpose()
}

/// The first sentences of the directives, newest first until the words run out, printed oldest first.
fn extract(conversations: &[Conversation]) -> String {
    let (mut lines, mut words) = (Vec::new(), 0);
    for conversation in conversations.iter().rev() {
        let sentence = first_sentence(&conversation.directive);
        words += sentence.split_whitespace().count();
        if words > MAX_WORDS && !lines.is_empty() {
            break;
        }
        lines.push(format!("{}: {sentence}", conversation.created_at.day()));
    }
    lines.reverse();
    lines.join("\n")
}

fn first_sentence(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let end = line
        .char_indices()
        .find(|&(at, c)| {
            let next = line.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
            matches!(c, '。' | '！' | '？') || (matches!(c, '.' | '!' | '?') && next.is_none_or(char::is_whitespace))
        })
        .map_or(line.len(), |(at, c)| at + c.len_utf8());
    line.get(..end)
        .unwrap_or(line)
        .split_whitespace()
        .take(MAX_WORDS)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_it_ends() {
        assert_eq!(first_sentence("  \nUse v1.2 of it. Then stop."), "Use v1.2 of it.");
        assert_eq!(first_sentence("検索する。次に"), "検索する。");
        assert_eq!(first_sentence("no end"), "no end");
    }
}
