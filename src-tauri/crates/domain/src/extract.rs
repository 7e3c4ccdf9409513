//! Which sentences of a text stand for it: the formulas of an extract and their constants.
//!
//! A sentence is worth its likeness to the whole text, both as vectors of term frequency times rarity, less when it asks,
//! is short or stands late. Sentences are taken one by one, each by its worth less its likeness to those taken already,
//! as many as fit a number of words. Measured on talks with written summaries, this form told more of what mattered than
//! leading sentences, graph ranking and plain term weights.

use std::collections::BTreeMap;

/// What a question is worth: it seldom tells.
const QUESTION: f64 = 0.5;
/// A sentence of fewer words is worth so much less.
const WHOLE_WORDS: f64 = 10.0;
/// What the first sentence is worth for its place, falling to 1 at the last.
const FIRST: f64 = 1.15;
/// How much worth counts against likeness to what is taken already.
const LAMBDA: f64 = 0.7;

/// A sentence, as far as choosing must know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sentence {
    /// Its terms, by numbers of the caller's, with how rare each is; one that occurs twice stands here twice.
    pub terms: Vec<(u32, f64)>,
    /// How many words it takes up.
    pub words: usize,
    /// Whether it ends with a question mark.
    pub asks: bool,
}

/// A vector by term, and its length.
struct Vector {
    values: BTreeMap<u32, f64>,
    norm: f64,
}

impl Vector {
    fn of<'a>(terms: impl Iterator<Item = &'a (u32, f64)>) -> Self {
        let mut values = BTreeMap::new();
        for (term, rarity) in terms {
            *values.entry(*term).or_insert(0.0) += rarity;
        }
        let norm = values.values().map(|value| value * value).sum::<f64>().sqrt();
        Self { values, norm }
    }

    fn likeness(&self, other: &Self) -> f64 {
        let (few, many) = match self.values.len() <= other.values.len() {
            true => (self, other),
            false => (other, self),
        };
        let shared = |(term, value): (&u32, &f64)| many.values.get(term).map(|other| value * other);
        let product: f64 = few.values.iter().filter_map(shared).sum();
        match self.norm * other.norm {
            0.0 => 0.0,
            norms => product / norms,
        }
    }
}

/// The sentences that stand for all of them, by their places in order: at most `words` words, but one at least where any
/// has terms. Equal input gives equal output.
pub fn choose(sentences: &[Sentence], words: usize) -> Vec<usize> {
    let vectors: Vec<Vector> = sentences.iter().map(|s| Vector::of(s.terms.iter())).collect();
    let worth = worth(sentences, &vectors);
    let mut likest = vec![0.0_f64; sentences.len()];
    let mut open: Vec<usize> = (0..sentences.len()).filter(|&n| worth[n] > 0.0).collect();
    let (mut chosen, mut used) = (Vec::new(), 0);
    while let Some(best) = best_of(&open, |n| LAMBDA * worth[n] - (1.0 - LAMBDA) * likest[n]) {
        open.retain(|&n| n != best);
        used += sentences[best].words;
        chosen.push(best);
        open.retain(|&n| used + sentences[n].words <= words);
        for &n in &open {
            likest[n] = likest[n].max(vectors[n].likeness(&vectors[best]));
        }
    }
    chosen.sort_unstable();
    chosen
}

/// What each sentence is worth by itself, 1 for the best.
fn worth(sentences: &[Sentence], vectors: &[Vector]) -> Vec<f64> {
    let all = Vector::of(sentences.iter().flat_map(|sentence| &sentence.terms));
    let last = sentences.len().saturating_sub(1).max(1) as f64;
    let worth = |(n, sentence): (usize, &Sentence)| {
        let asks = if sentence.asks { QUESTION } else { 1.0 };
        let length = (sentence.words as f64 / WHOLE_WORDS).min(1.0);
        let place = FIRST - (FIRST - 1.0) * n as f64 / last;
        vectors[n].likeness(&all) * asks * length * place
    };
    let worth: Vec<f64> = sentences.iter().enumerate().map(worth).collect();
    let most = worth.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    worth.iter().map(|worth| worth / most).collect()
}

/// The one with the highest value; of equals the first.
fn best_of(open: &[usize], value: impl Fn(usize) -> f64) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for &n in open {
        let value = value(n);
        if best.is_none_or(|(_, most)| value > most) {
            best = Some((n, value));
        }
    }
    best.map(|(n, _)| n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence of ten words with these terms, all equally rare.
    fn of(terms: &[u32]) -> Sentence {
        Sentence {
            terms: terms.iter().map(|term| (*term, 1.0)).collect(),
            words: 10,
            asks: false,
        }
    }

    #[test]
    fn what_most_is_about_comes_first_and_places_are_in_order() {
        let text = [of(&[7, 8]), of(&[1, 2]), of(&[1, 2, 3]), of(&[1, 3])];
        assert_eq!(choose(&text, 10), [2], "the one most like all");
        assert_eq!(choose(&text, 20), [1, 2]);
        let twice = [of(&[1]), of(&[1]), of(&[2]), of(&[2])];
        assert_eq!(
            choose(&twice, 20),
            [0, 2],
            "nothing is said twice while something is not said"
        );
        assert_eq!(choose(&twice, 1_000), [0, 1, 2, 3]);
    }

    #[test]
    fn questions_short_sentences_and_late_ones_are_worth_less() {
        let asking = Sentence { asks: true, ..of(&[1]) };
        let short = Sentence { words: 4, ..of(&[1]) };
        assert_eq!(choose(&[asking, of(&[1])], 10), [1]);
        assert_eq!(choose(&[short, of(&[1])], 10), [1]);
        assert_eq!(choose(&[of(&[1]), of(&[1])], 10), [0]);
    }

    #[test]
    fn what_does_not_fit_is_passed_over_and_a_sentence_alone_may_be_too_long() {
        let long = Sentence {
            words: 80,
            ..of(&[1, 2, 3])
        };
        assert_eq!(
            choose(&[of(&[1, 2]), long.clone(), of(&[3])], 20),
            [1],
            "best, and nothing beside it"
        );
        assert_eq!(choose(&[of(&[1, 2, 3]), long, of(&[4])], 20), [0, 2]);
        assert_eq!(choose(&[], 20), Vec::<usize>::new());
        assert_eq!(choose(&[of(&[])], 20), Vec::<usize>::new(), "nothing to go by");
    }

    #[test]
    fn a_rare_term_counts_for_more() {
        let rare = Sentence {
            terms: vec![(9, 5.0)],
            ..of(&[])
        };
        assert_eq!(choose(&[of(&[1]), rare, of(&[2])], 10), [1]);
    }
}
