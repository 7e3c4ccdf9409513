//! Which other conversations are about the same.

use std::collections::HashSet;

use ccc_domain::{Conversation, ConversationId, SessionId, Timestamp, TurnId};
use ccc_store::{
    Connection,
    tables::{pending_deletions, turns},
};
use serde::Serialize;

use crate::{Error, MemoryService, cells, memory::conversations};

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

/// A turn that shares words with a conversation, and those.
struct Match {
    session_id: SessionId,
    turn_id: TurnId,
    words: Vec<String>,
}

impl MemoryService {
    /// The conversations whose best turn matches this one's directive and topics best, best first, at most `limit`. They
    /// are looked for where the session's memory is. Muted turns speak for none, a session whose deletion was asked for
    /// has none, and a conversation is not related to itself.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to a row; those of the store.
    pub fn related_conversations(&self, id: ConversationId, limit: usize) -> Result<Vec<RelatedConversation>, Error> {
        self.note_read("relate", "conversation", Some(id.to_bytes()));
        let _timed = self.latencies.time("related_conversations");
        let asked = self.conversation(id)?;
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
                if seen.insert(row.conversation_id) && !pending.contains(&found.session_id) {
                    related.extend(self.related(c, &asked, row.conversation_id, &found)?);
                }
            }
            Ok(related)
        })
    }

    /// The turns that match the directive and the topics, best first. The one place that ranks.
    fn matches(&self, asked: &Conversation) -> Result<Vec<Match>, Error> {
        let preferences = self.session(asked.session_id)?.preferences;
        let muted = preferences.muted_turns;
        self.load_index(asked.session_id)?;
        let digest = self.conversation_digest(asked, &muted)?;
        let topics = self.topics(asked.session_id, &digest).join("\n");
        let scope = self.scope(asked.session_id, &preferences.scope)?;
        let text = format!("{}\n{topics}", asked.directive);
        let hits = self.rank(scope.as_deref(), &text, MOST_HITS)?;
        let telling = hits.turns.into_iter().filter(|hit| !hit.matched.is_empty());
        self.db.read(|c| {
            let mut matches = Vec::new();
            for hit in telling {
                let turn = turns::at(c, hit.conversation, hit.number)?.map(|row| row.id);
                matches.extend(turn.filter(|id| !muted.contains(id)).map(|turn_id| Match {
                    session_id: hit.session,
                    turn_id,
                    words: hit.matched,
                }));
            }
            Ok(matches)
        })
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
        Ok((other.session_id == found.session_id).then(|| RelatedConversation {
            conversation_id: other.id,
            session_id: other.session_id,
            turn_id: found.turn_id,
            directive: other.directive,
            created_at: other.created_at,
            reason: format!("shares “{}”", shared(&asked.directive, &found.words).join("”, “")),
        }))
    }
}

/// Those of `words` that come first in `directive`, in its order.
fn shared(directive: &str, words: &[String]) -> Vec<String> {
    let lower = directive.to_lowercase();
    let mut placed: Vec<(usize, &String)> = words
        .iter()
        .map(|word| (lower.find(word.as_str()).unwrap_or(usize::MAX), word))
        .collect();
    placed.sort();
    placed
        .into_iter()
        .take(MOST_WORDS)
        .map(|(_, word)| word.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_words_are_named_in_the_order_of_the_directive() {
        let words = ["logs", "keep", "backups", "plan"].map(str::to_owned);
        assert_eq!(
            shared("Plan the backups, (logs) and backups: keep them.", &words),
            ["plan", "backups", "logs"]
        );
        assert_eq!(shared("nothing alike", &[]), Vec::<String>::new());
    }
}
