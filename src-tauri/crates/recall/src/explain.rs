//! What is told of the turns that were found.

use ccc_domain::{ConversationId, SessionId, Timestamp};

use crate::{
    Hit,
    entries::TurnEntry,
    partition::Partition,
    query::{Found, Priors},
    weigh::Work,
};

/// A turn with its score; the best come first in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) score: f64,
    pub(crate) at: Timestamp,
    pub(crate) session: SessionId,
    pub(crate) conversation: ConversationId,
    pub(crate) number: u32,
    pub(crate) turn: u32,
    /// Its partition among all that are searched.
    pub(crate) work: u32,
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| other.at.cmp(&self.at))
            .then_with(|| {
                (self.session, self.conversation, self.number).cmp(&(other.session, other.conversation, other.number))
            })
    }
}

/// A turn that was found, with the words that it holds.
pub(crate) fn hit(work: &[Work<'_>], ranked: &Ranked, terms: &[Found], priors: &Priors<'_>) -> Option<Hit> {
    let partition = work.get(ranked.work as usize)?.partition;
    let turn = partition.turns.get(ranked.turn as usize)?;
    Some(Hit {
        session: ranked.session,
        conversation: ranked.conversation,
        number: ranked.number,
        agent: turn.agent,
        at: ranked.at,
        whole: turn.whole,
        tokens: turn.tokens,
        score: ranked.score,
        matched: matched(partition, ranked.turn, turn, terms),
        named: priors.named(partition, turn),
        dated: priors.dated(turn) > 1.0,
    })
}

/// The words of the query that a turn's own text holds, in the query's order, each once.
fn matched(partition: &Partition, n: u32, turn: &TurnEntry, terms: &[Found]) -> Vec<String> {
    let end = partition.turns.get(n as usize + 1).map(|next| next.first);
    let passages = turn.first..end.unwrap_or(partition.passages.len() as u32);
    let holds = |passage, term| partition.posting(passage, term).is_some_and(|posting| posting.text > 0);
    let mut words: Vec<String> = Vec::new();
    for found in terms {
        let Some(word) = found.word.as_deref() else { continue };
        if !words.iter().any(|known| known == word) && passages.clone().any(|passage| holds(passage, found.term)) {
            words.push(word.to_owned());
        }
    }
    words
}
