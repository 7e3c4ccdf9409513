//! Directives of telling words, drawn as the text's own words are: half of them are in more than a fortieth of the turns.

use crate::text::{Rng, Writer};

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
    pub fn next(&mut self, words: usize) -> Vec<String> {
        let mut drawn: Vec<String> = Vec::new();
        while drawn.len() < words {
            let word = self.writer.word(&mut self.rng);
            let telling = !ccc_recall::stems(word).is_empty();
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
            (0..50).map(|_| directives.next(8)).collect::<Vec<_>>()
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
