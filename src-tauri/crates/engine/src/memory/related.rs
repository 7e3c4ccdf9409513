//! Which other conversations are about the same.

use std::collections::HashSet;

use ccc_domain::{Conversation, ConversationId, SessionId, Timestamp, TurnId};
use ccc_store::{
    Connection,
    tables::{pending_deletions, turns},
};
use serde::Serialize;

use crate::{
    Error, MemoryService, cells,
    memory::{conversations, index, topics},
};

/// How many ranked turns are looked up at most: with a few turns a conversation, enough for many more conversations than
/// a panel shows.
const MOST_HITS: usize = 200;
/// How many shared words are named: what fits a line.
const MOST_WORDS: usize = 3;

/// Another conversation about the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RelatedConversation {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its session.
    pub session_id: SessionId,
    /// Its turn that matches best.
    pub turn_id: TurnId,
    /// What was asked for in it.
    pub directive: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Why it is here, in words.
    pub reason: String,
}

/// A turn that shares words with the directive, and the stems of those.
struct Match {
    turn_id: TurnId,
    stems: Vec<String>,
}

impl MemoryService {
    /// The conversations of the same session that share the most telling words with this one's directive, best first, at
    /// most `limit`. Muted turns speak for none, and a session whose deletion was asked for has none.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to a row; those of the store.
    pub fn related_conversations(&self, id: ConversationId, limit: usize) -> Result<Vec<RelatedConversation>, Error> {
        let _timed = self.latencies.time("related_conversations");
        let asked = self.get_conversation(id)?;
        let matches = self.matches(&asked)?;
        self.db.read(|c| {
            let pending = pending_deletions::list(c, Timestamp::from_ms(i64::MAX))?;
            let mut seen = HashSet::from([id]);
            let mut related = Vec::new();
            for found in matches {
                if related.len() == limit {
                    break;
                }
                let Some(row) = turns::get(c, found.turn_id)? else {
                    continue;
                };
                if seen.insert(row.conversation_id) && !pending.contains(&row.session_id) {
                    related.extend(self.related(c, &asked, row.conversation_id, &found)?);
                }
            }
            Ok(related)
        })
    }

    /// The turns that match the directive, best first. The one place that ranks.
    fn matches(&self, asked: &Conversation) -> Result<Vec<Match>, Error> {
        let muted = self.get_session(asked.session_id)?.preferences.muted_turns;
        let partition = self.partition(asked.session_id)?;
        let hits = index::lock(&partition).search(&asked.directive);
        let hits = hits.into_iter().filter(|hit| !muted.contains(&hit.turn_id));
        Ok(hits
            .take(MOST_HITS)
            .map(|hit| Match {
                turn_id: hit.turn_id,
                stems: hit.matched,
            })
            .collect())
    }

    /// One related conversation; none where its row says another session than the one that was searched.
    fn related(
        &self,
        connection: &Connection,
        asked: &Conversation,
        id: ConversationId,
        found: &Match,
    ) -> Result<Option<RelatedConversation>, Error> {
        let other = cells::open_conversation(&self.core.keys, &conversations::find(connection, id)?)?;
        Ok((other.session_id == asked.session_id).then(|| RelatedConversation {
            conversation_id: other.id,
            session_id: other.session_id,
            turn_id: found.turn_id,
            directive: other.directive,
            created_at: other.created_at,
            reason: format!("shares “{}”", shared(&asked.directive, &found.stems).join("”, “")),
        }))
    }
}

/// The words of `directive` with these stems, as they stand there, each once.
fn shared(directive: &str, stems: &[String]) -> Vec<String> {
    let mut left: HashSet<&str> = stems.iter().map(String::as_str).collect();
    let mut words = Vec::new();
    for word in directive.split_whitespace().map(topics::bare) {
        let mut of_word = ccc_recall::stems(word);
        if words.len() < MOST_WORDS && of_word.any(|stem| left.remove(stem.as_str())) {
            words.push(word.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_words_are_named_as_they_were_written() {
        let stems: Vec<String> = ccc_recall::stems("backup plan log keep").collect();
        assert_eq!(
            shared("Plan the backups, (logs) and backups: keep them.", &stems),
            ["plan", "backups", "logs"]
        );
        assert_eq!(shared("nothing alike", &stems), Vec::<String>::new());
    }
}
