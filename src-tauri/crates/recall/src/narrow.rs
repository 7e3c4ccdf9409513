//! Which turns a search is about, beside what they rank.

use std::fmt;

use ccc_domain::{Agent, ConversationId, SessionId, Timestamp};

use crate::{
    Hit, Hits, Index,
    entries::TurnEntry,
    language::Language,
    partition::Partition,
    query::Found,
    vocabulary::Term,
    words::{self, Word, each_word},
};

/// What is known of a turn without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its session.
    pub session: SessionId,
    /// Who contributed it.
    pub agent: Agent,
    /// When.
    pub at: Timestamp,
    /// Whether it is complete.
    pub whole: bool,
}

/// Which turns are left, and what else ranks them. The default leaves all.
#[derive(Clone, Copy, Default)]
pub struct Narrow<'a> {
    /// Leaves the turns for which it says so.
    pub keep: Option<&'a (dyn Fn(&Seen) -> bool + Sync)>,
    /// Leaves the turns that hold all words of each of these, in any form. Words that say nothing are not asked for.
    pub holding: &'a [String],
    /// Terms that rank like words of the query; see [`Index::completions`].
    pub terms: &'a [String],
}

impl fmt::Debug for Narrow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither words nor terms of what is looked for.
        f.debug_struct("Narrow")
            .field("kept", &self.keep.is_some())
            .finish_non_exhaustive()
    }
}

impl Narrow<'_> {
    /// Whether no turn is left out.
    pub(crate) fn leaves_all(&self) -> bool {
        self.keep.is_none() && self.holding.is_empty()
    }

    /// Its own terms that are not among the query's.
    pub(crate) fn begun(&self, index: &Index, known: &[Found], df: &impl Fn(Term) -> u64) -> Vec<Found> {
        let term = |text: &String| {
            let term = index.vocabulary.get(text)?;
            let new = df(term) > 0 && known.iter().all(|known| known.term != term);
            new.then(|| Found {
                term,
                weight: 1.0,
                word: Some(text.as_str().into()),
            })
        };
        self.terms.iter().filter_map(term).collect()
    }

    pub(crate) fn keeps(&self, session: SessionId, turn: &TurnEntry) -> bool {
        let seen = Seen {
            session,
            agent: turn.agent,
            at: turn.at,
            whole: turn.whole,
        };
        self.keep.is_none_or(|keep| keep(&seen))
    }

    /// The turns of a partition that hold what must be held.
    pub(crate) fn holding(&self, index: &Index, partition: &Partition) -> Holding {
        let mut held: Option<Vec<bool>> = None;
        for text in self.holding {
            each_word(text, |word| {
                let Some(stems) = stems(word, partition.languages) else {
                    return;
                };
                let with = turns_with(index, partition, &stems);
                held = Some(match held.take() {
                    Some(held) => held.iter().zip(with).map(|(held, with)| *held && with).collect(),
                    None => with,
                });
            });
        }
        Holding(held)
    }
}

/// Which turns of a partition hold what must be held; none for all.
pub(crate) struct Holding(Option<Vec<bool>>);

impl Holding {
    pub(crate) fn admits(&self, turn: u32) -> bool {
        self.0
            .as_ref()
            .is_none_or(|held| held.get(turn as usize).copied().unwrap_or(false))
    }
}

/// The terms a word may be in texts of these languages; none where it may say nothing in one, and so not be a term there.
fn stems(word: Word<'_>, languages: u16) -> Option<Vec<String>> {
    match word {
        Word::Dense(pair) => Some(vec![pair.to_owned()]),
        Word::Spaced(word) => {
            let spoken = Language::ALL
                .into_iter()
                .filter(|language| languages & language.bit() != 0);
            spoken.map(|language| words::stem(word, language)).collect()
        }
    }
}

fn turns_with(index: &Index, partition: &Partition, stems: &[String]) -> Vec<bool> {
    let mut with = vec![false; partition.turns.len()];
    for term in stems.iter().filter_map(|stem| index.vocabulary.get(stem)) {
        partition.each_posting(term, |posting| {
            let turn = partition.at(posting.passage).map(|passage| passage.turn as usize);
            if posting.text > 0
                && let Some(with) = turn.and_then(|turn| with.get_mut(turn))
            {
                *with = true;
            }
        });
    }
    with
}

impl Index {
    /// The newest turns of `sessions` that `narrow` leaves, newest first, at most `limit`, with a score of 0.
    pub fn newest(&self, sessions: &[SessionId], narrow: &Narrow<'_>, limit: usize) -> Hits {
        let mut hits = Hits::default();
        let mut ids = sessions.to_vec();
        ids.sort_unstable();
        ids.dedup();
        for (session, partition) in ids.iter().filter_map(|id| Some((*id, self.partitions.get(id)?))) {
            hits.considered += partition.turns.len();
            let holding = narrow.holding(self, partition);
            for (n, turn) in (0..).zip(&partition.turns) {
                let Some(conversation) = partition.conversations.get(turn.conversation as usize) else {
                    continue;
                };
                if holding.admits(n) && narrow.keeps(session, turn) {
                    hits.turns.push(plain(session, conversation.id, turn));
                }
            }
            // Few are wanted of what may be very many.
            if hits.turns.len() > limit.saturating_mul(4).max(10_000) {
                newest_first(&mut hits.turns, limit);
            }
        }
        newest_first(&mut hits.turns, limit);
        hits
    }
}

fn newest_first(turns: &mut Vec<Hit>, limit: usize) {
    let key = |hit: &Hit| (hit.at, hit.session, hit.conversation, hit.number);
    turns.sort_unstable_by_key(|hit| std::cmp::Reverse(key(hit)));
    turns.truncate(limit);
}

fn plain(session: SessionId, conversation: ConversationId, turn: &TurnEntry) -> Hit {
    Hit {
        session,
        conversation,
        number: turn.number,
        agent: turn.agent,
        at: turn.at,
        whole: turn.whole,
        tokens: turn.tokens,
        score: 0.0,
        matched: Vec::new(),
        named: false,
        dated: false,
    }
}

#[cfg(test)]
mod tests;
