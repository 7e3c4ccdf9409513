//! What is told of the turns that were found.

use ccc_domain::{ConversationId, SessionId, Timestamp};

use crate::{
    Hit,
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

/// The turns that were found, in their order, with the words that they hold.
pub(crate) fn hits(work: &[Work<'_>], best: &[Ranked], terms: &[Found], priors: &Priors<'_>) -> Vec<Hit> {
    let mut words = matched(work, best, terms);
    let found = best.iter().zip(&mut words);
    found
        .filter_map(|(ranked, words)| hit(work, ranked, std::mem::take(words), priors))
        .collect()
}

fn hit(work: &[Work<'_>], ranked: &Ranked, matched: Vec<String>, priors: &Priors<'_>) -> Option<Hit> {
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
        matched,
        named: priors.named(partition, turn),
        dated: priors.dated(turn) > 1.0,
    })
}

/// For each of `best`, the words of the query that its own text holds, in the query's order, each once.
fn matched(work: &[Work<'_>], best: &[Ranked], terms: &[Found]) -> Vec<Vec<String>> {
    let mut words = vec![Vec::new(); best.len()];
    let mut sorted: Vec<(usize, &Ranked)> = best.iter().enumerate().collect();
    sorted.sort_unstable_by_key(|(_, ranked)| (ranked.work, ranked.turn));
    for group in sorted.chunk_by(|(_, a), (_, b)| a.work == b.work) {
        let work = group.first().and_then(|(_, ranked)| work.get(ranked.work as usize));
        let Some(partition) = work.map(|work| work.partition) else {
            continue;
        };
        let of = |(n, ranked): &(usize, &Ranked)| partition.passages_of(ranked.turn).zip(std::iter::repeat(*n));
        let passages: Vec<(u32, usize)> = group.iter().flat_map(of).collect();
        for found in terms {
            let Some(word) = found.word.as_deref() else { continue };
            partition.each_posting_in(&passages, found.term, |n: usize, posting| {
                let Some(words) = words.get_mut(n).filter(|_| posting.text > 0) else {
                    return;
                };
                if !words.iter().any(|known: &String| known == word) {
                    words.push(word.to_owned());
                }
            });
        }
    }
    words
}
