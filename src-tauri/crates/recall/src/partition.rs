//! One session's postings, and BM25 over them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ccc_domain::TurnId;
use foldhash::fast::RandomState;

use crate::{
    stems,
    words::{each_word, stem},
};

/// BM25's saturation of repeated words and its length normalisation, the values that held on both development sets of
/// the retrieval study (two-person talk and chats with an assistant).
const K1: f64 = 0.9;
const B: f64 = 0.75;

/// A turn that matches a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The turn.
    pub turn_id: TurnId,
    /// Its BM25 score; above 0, comparable within one search.
    pub score: f64,
    /// The query's stems it holds, in alphabetical order.
    pub matched: Vec<String>,
}

struct Posting {
    turn: usize,
    count: u32,
}

/// The postings of one session's turns.
#[derive(Default)]
pub struct Partition {
    /// Postings by term.
    postings: Vec<Vec<Posting>>,
    /// A term's number by its stem.
    terms: HashMap<String, usize, RandomState>,
    /// What a folded word comes to: a term's number, or nothing for a stop word. Most words of a turn were seen before
    /// in its session, and looking one up spares stemming it.
    words: HashMap<String, Option<usize>, RandomState>,
    /// Id and length in stems, by the number postings use.
    turns: Vec<(TurnId, u32)>,
    known: BTreeSet<TurnId>,
    total_len: u64,
}

impl Partition {
    /// A partition with no turns.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many turns it holds.
    pub fn len(&self) -> usize {
        self.turns.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Adds a turn. Adding the same id again changes nothing.
    pub fn append(&mut self, turn_id: TurnId, text: &str) {
        if !self.known.insert(turn_id) {
            return;
        }
        let (turn, mut len) = (self.turns.len(), 0u32);
        each_word(text, |word| {
            let Some(term) = self.term(word) else { return };
            let Some(postings) = self.postings.get_mut(term) else {
                return;
            };
            len = len.saturating_add(1);
            match postings.last_mut() {
                Some(last) if last.turn == turn => last.count += 1,
                _ => postings.push(Posting { turn, count: 1 }),
            }
        });
        self.total_len += u64::from(len);
        self.turns.push((turn_id, len));
    }

    /// The number of a folded word's term, given now where the word is new.
    fn term(&mut self, word: &str) -> Option<usize> {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let term = stem(word).map(|stem| match self.terms.get(stem.as_ref()) {
            Some(term) => *term,
            None => {
                self.postings.push(Vec::new());
                let term = self.postings.len() - 1;
                self.terms.insert(stem.into_owned(), term);
                term
            }
        });
        self.words.insert(word.to_owned(), term);
        term
    }

    /// The turns that share a stem with `query`, best first; of equal scores the newer id first.
    pub fn search(&self, query: &str) -> Vec<Hit> {
        let terms: BTreeSet<String> = stems(query).collect();
        let mut found: BTreeMap<usize, Hit> = BTreeMap::new();
        for term in terms {
            let Some(postings) = self.terms.get(&term).and_then(|number| self.postings.get(*number)) else {
                continue;
            };
            let idf = self.idf(postings.len());
            for posting in postings {
                let Some(&(turn_id, len)) = self.turns.get(posting.turn) else {
                    continue;
                };
                let hit = found.entry(posting.turn).or_insert_with(|| Hit {
                    turn_id,
                    score: 0.0,
                    matched: Vec::new(),
                });
                hit.score += idf * self.saturation(posting.count, len);
                hit.matched.push(term.clone());
            }
        }
        let mut hits: Vec<Hit> = found.into_values().collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.turn_id.cmp(&a.turn_id)));
        hits
    }

    fn idf(&self, df: usize) -> f64 {
        let (n, df) = (self.turns.len() as f64, df as f64);
        (1.0 + (n - df + 0.5) / (df + 0.5)).ln()
    }

    fn saturation(&self, count: u32, len: u32) -> f64 {
        let average = self.total_len as f64 / self.turns.len() as f64;
        let tf = f64::from(count);
        tf * (K1 + 1.0) / (tf + K1 * (1.0 - B + B * f64::from(len) / average))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> TurnId {
        TurnId::from_bytes([n; 16])
    }

    const TEXTS: [&str; 4] = [
        "Keep backups for ninety days, then delete them.",
        "The retention of logs is thirty days.",
        "Paint the window blue.",
        "Log retention: thirty days. Backup retention: ninety days. Retention everywhere else: none.",
    ];

    fn partition(order: [usize; 4]) -> Partition {
        let mut partition = Partition::new();
        for n in order {
            partition.append(id(n as u8), TEXTS[n]);
        }
        partition
    }

    #[test]
    fn the_best_match_comes_first_and_says_why() {
        let hits = partition([0, 1, 2, 3]).search("What was our log retention?");
        let found: Vec<_> = hits.iter().map(|hit| hit.turn_id).collect();
        assert_eq!(found, [id(1), id(3)], "of two that match, the shorter one is about it");
        assert_eq!(hits[0].matched, ["log", "retent"]);
        assert!(
            partition([0, 1, 2, 3]).search("unrelated").is_empty(),
            "nothing shared, nothing found"
        );
    }

    #[test]
    fn answers_do_not_depend_on_the_order_of_adding() {
        let expected = partition([0, 1, 2, 3]).search("retention of backups");
        for order in [[3, 2, 1, 0], [2, 0, 3, 1]] {
            assert_eq!(partition(order).search("retention of backups"), expected);
        }
    }

    #[test]
    fn adding_a_turn_twice_changes_nothing() {
        let mut twice = partition([0, 1, 2, 3]);
        twice.append(id(1), TEXTS[1]);
        assert_eq!(twice.len(), 4);
        assert_eq!(twice.search("retention"), partition([0, 1, 2, 3]).search("retention"));
    }
}
