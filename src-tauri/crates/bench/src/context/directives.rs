//! Directives of telling words, drawn as often as the text has them: from its commonest words, or from all.
//!
//! Of the words that say something in English prose, half are in more than 3 % of the passages of a large store. The text's
//! commonest three hundred words are like that; drawn from all its words, half are in fewer than 0.5 % of the turns.

use std::collections::BTreeSet;

use crate::text::{Rng, Writer};

/// Which words are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// The commonest three hundred.
    Common,
    /// All.
    Any,
}

/// How many are common.
const COMMON: usize = 300;

/// Draws directives, each another one.
pub struct Directives {
    writer: Writer,
    rng: Rng,
    drawn: BTreeSet<Vec<String>>,
}

/// How often another directive is drawn in place of one that was: then there are no others.
const REDRAWN: u32 = 10_000;

impl Directives {
    /// The same in every run.
    pub fn new() -> Self {
        Self {
            writer: Writer::new(),
            rng: Rng::new(5),
            drawn: BTreeSet::new(),
        }
    }

    /// The next one, of so many distinct words that say something.
    pub fn next(&mut self, words: usize, from: Words) -> Vec<String> {
        let mut directive = self.draw(words, from);
        for _ in 0..REDRAWN {
            if self.drawn.insert(directive.clone()) {
                break;
            }
            directive = self.draw(words, from);
        }
        directive
    }

    fn draw(&mut self, words: usize, from: Words) -> Vec<String> {
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
            let one_word = (0..50)
                .map(|_| directives.next(1, Words::Common))
                .collect::<BTreeSet<_>>();
            assert_eq!(one_word.len(), 50, "no directive comes twice");
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
