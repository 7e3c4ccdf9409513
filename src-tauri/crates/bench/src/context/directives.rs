//! Directives of telling words, drawn as often as the text has them: from its commonest words, or from all.
//!
//! In English prose half of the words that say something are in more than 3 % of all passages of its subject. The text's
//! commonest thousand words are like that; drawn from all its words, half are in fewer than 0.5 %.

use crate::text::{Rng, Writer};

/// Which words are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// The commonest thousand.
    Common,
    /// All.
    Any,
}

/// How many are common.
const COMMON: usize = 1_000;

/// Draws directives, each another one.
pub struct Directives {
    writer: Writer,
    rng: Rng,
}

impl Directives {
    /// The same in every run.
    pub fn new() -> Self {
        Self {
            writer: Writer::new(),
            rng: Rng::new(5),
        }
    }

    /// The next one, of so many distinct words that say something.
    pub fn next(&mut self, words: usize, from: Words) -> Vec<String> {
        let mut drawn: Vec<String> = Vec::new();
        while drawn.len() < words {
            let (rank, word) = self.writer.ranked_word(&mut self.rng);
            let telling = (from == Words::Any || rank < COMMON) && !ccc_recall::stems(word).is_empty();
            if telling && !drawn.iter().any(|known| known == word) {
                drawn.push(word.to_owned());
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_hold_distinct_telling_words_and_come_back_the_same() {
        let drawn = || {
            let mut directives = Directives::new();
            (0..50).map(|_| directives.next(8, Words::Common)).collect::<Vec<_>>()
        };
        let directives = drawn();
        assert_eq!(directives, drawn(), "another run asks the same");
        for directive in &directives {
            let distinct: std::collections::BTreeSet<&String> = directive.iter().collect();
            assert_eq!(distinct.len(), 8, "{directive:?}");
            assert!(!directive.iter().any(|word| word == "the"), "small words say nothing");
        }
    }
}
