//! How past turns are ranked for a directive: the formulas and their constants. The index walks its postings and asks
//! here what each is worth.
//!
//! A turn is split into **passages** of at most [`PASSAGE_WORDS`] words. A passage borrows a part of its neighbours'
//! words in the same conversation, because an answer seldom repeats the words of its question. Over these virtual
//! frequencies BM25 scores; who said it, a date that is named and the forms of directive and passage ([`Cues`]) weigh the
//! score; and the best passages lend their most telling terms for a second pass ([`expansion`]).
//!
//! The constants were tuned on two kinds of text that pull apart, talk between two people and chats with an assistant,
//! and judged on conversations left out.

mod cues;
mod dates;

pub use cues::{Cues, marks};
pub use dates::{DateRange, dates};

/// The words a passage holds at most, unless one sentence alone has more.
pub const PASSAGE_WORDS: usize = 80;

/// BM25's saturation of repeated words.
pub const K1: f64 = 0.9;
/// BM25's normalisation by length.
pub const B: f64 = 0.75;

/// What a word of the passage before is worth, of the one before that, and of the one after.
pub const BEFORE: f64 = 0.3;
/// See [`BEFORE`].
pub const TWO_BEFORE: f64 = 0.2;
/// See [`BEFORE`].
pub const AFTER: f64 = 0.2;
/// In a talk between people, where turns are short, also what a word of the passage three before is worth, and of the one
/// two after.
pub const THREE_BEFORE: f64 = 0.1;
/// See [`THREE_BEFORE`].
pub const TWO_AFTER: f64 = 0.1;
/// A neighbour longer than this lends each of its words less, so that it lends no more than this many in all.
pub const LENDING_WORDS: u32 = 18;

/// What a word of the speaker's name is worth.
pub const NAME_WEIGHT: f64 = 0.5;
/// What a word of the date is worth, the date written `8 May 2023`.
pub const DATE_WEIGHT: f64 = 1.5;

/// What a word is worth that means about what a word of the directive means, beside the word itself.
pub const LIKE_WEIGHT: f64 = 0.3;

/// What an answer lends to the person's turn it follows: the question is found by the words of its answer.
pub const LIFT: f64 = 0.3;
/// What a question in a talk between people lends to the turn after it.
pub const ANSWER: f64 = 0.15;
/// What a turn of such a talk is worth that asks: it seldom tells.
pub const QUESTION: f64 = 0.9;

/// How much a turn's length counts when a budget is filled: its score is divided by its cost to this power.
pub const VALUE_POWER: f64 = 0.4;
/// A turn that costs less counts as one of this cost, in tokens.
pub const VALUE_FLOOR: u32 = 40;

/// How many passages lend terms to the second pass.
pub const FEEDBACK_PASSAGES: usize = 5;
/// How many terms they lend.
pub const FEEDBACK_TERMS: usize = 10;
/// What a lent term is worth, for each term of the directive.
pub const FEEDBACK_WEIGHT: f64 = 0.15;

/// The passages of a scope, as far as scoring must know them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Corpus {
    /// How many.
    pub passages: u64,
    /// The sum of their virtual lengths, in tenths: an integer, so that the order of adding cannot show.
    pub length_tenths: u64,
}

impl Corpus {
    /// The rarity of a term that `df` passages hold in their text, their speaker's name or their date.
    pub fn idf(&self, df: u64) -> f64 {
        let (n, df) = (self.passages as f64, df as f64);
        (1.0 + (n - df + 0.5) / (df + 0.5)).ln()
    }

    /// The mean virtual length.
    pub fn mean_length(&self) -> f64 {
        match self.passages {
            0 => 1.0,
            n => (self.length_tenths as f64 / 10.0 / n as f64).max(f64::MIN_POSITIVE),
        }
    }

    /// What the length of a passage adds to the divisor of [`saturate`].
    pub fn norm(&self, length_tenths: u32) -> f64 {
        K1 * (1.0 - B + B * (f64::from(length_tenths) / 10.0) / self.mean_length())
    }
}

/// BM25's value of a term with virtual frequency `tf`, before its rarity. `norm` is [`Corpus::norm`] of the passage.
#[inline]
pub fn saturate(tf: f64, norm: f64) -> f64 {
    tf * (K1 + 1.0) / (tf + norm)
}

/// What a neighbour of `words` words lends of each: 1 up to [`LENDING_WORDS`], less beyond.
#[inline]
pub fn damping(words: u32) -> f64 {
    f64::from(LENDING_WORDS.min(words.max(1))) / f64::from(words.max(1))
}

/// The words of a passage, and of what lends to it or stands beside it; 0 where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lengths {
    /// Of its own text.
    pub own: u32,
    /// Of the passages before and after it.
    pub before: u32,
    /// See [`Self::before`].
    pub two_before: u32,
    /// See [`Self::before`]; in a talk between people only.
    pub three_before: u32,
    /// See [`Self::before`].
    pub after: u32,
    /// See [`Self::before`]; in a talk between people only.
    pub two_after: u32,
    /// Of its speaker's name.
    pub name: u32,
    /// Of its date.
    pub date: u32,
}

impl Lengths {
    /// The virtual length, in tenths: each word for what it is worth.
    pub fn tenths(&self) -> u32 {
        let lent = |words: u32| words.min(LENDING_WORDS);
        self.own
            .saturating_mul(10)
            .saturating_add(3 * lent(self.before) + 2 * lent(self.two_before) + 2 * lent(self.after))
            .saturating_add(lent(self.three_before) + lent(self.two_after))
            .saturating_add(self.name.saturating_mul(5))
            .saturating_add(self.date.saturating_mul(15))
    }
}

/// In what order turns are offered to a budget: by score for what they cost.
pub fn value(score: f64, tokens: u32) -> f64 {
    score / f64::from(tokens.max(VALUE_FLOOR)).powf(VALUE_POWER)
}

/// A term lent by the best passages.
#[derive(Debug, Clone, PartialEq)]
pub struct Lent<T> {
    /// The term.
    pub term: T,
    /// Its share; all shares together are 1.
    pub share: f64,
}

/// The terms that matter most in the best passages: `gathered` holds each once with the sum of its values, weighted by
/// the passages' shares. The [`FEEDBACK_TERMS`] largest are kept, with all that equal the last of them.
pub fn expansion<T>(mut gathered: Vec<(T, f64)>) -> Vec<Lent<T>> {
    gathered.retain(|(_, value)| *value > 0.0);
    let mut values: Vec<f64> = gathered.iter().map(|(_, value)| *value).collect();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    let least = values.get(FEEDBACK_TERMS - 1).copied().unwrap_or(0.0);
    gathered.retain(|(_, value)| *value >= least);
    let sum: f64 = gathered.iter().map(|(_, value)| value).sum();
    gathered
        .into_iter()
        .map(|(term, value)| Lent {
            term,
            share: value / sum,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_term_is_worth_more_and_none_is_worth_less_than_nothing() {
        let corpus = Corpus {
            passages: 100,
            length_tenths: 10_000,
        };
        assert!(corpus.idf(1) > corpus.idf(50), "rarer is worth more");
        assert!(
            corpus.idf(100) > 0.0,
            "a term of every passage never counts against one"
        );
        assert!((corpus.mean_length() - 10.0).abs() < 1e-12);
        assert!(
            (Corpus::default().mean_length() - 1.0).abs() < 1e-12,
            "nothing is divided by zero"
        );
    }

    #[test]
    fn a_long_neighbour_lends_no_more_than_a_middling_one() {
        assert!((damping(18) * 18.0 - 18.0).abs() < 1e-9);
        assert!((damping(600) * 600.0 - 18.0).abs() < 1e-9);
        assert!((damping(0) - 1.0).abs() < 1e-12);
        let lengths = Lengths {
            own: 10,
            before: 4,
            two_before: 600,
            three_before: 9,
            after: 1,
            two_after: 0,
            name: 1,
            date: 3,
        };
        assert_eq!(lengths.tenths(), 100 + 12 + 36 + 9 + 2 + 5 + 45);
    }

    #[test]
    fn terms_that_equal_the_tenth_are_lent_too() {
        let mut gathered: Vec<(u32, f64)> = (0..9).map(|n| (n, 10.0 - f64::from(n))).collect();
        gathered.extend([(9, 0.5), (10, 0.5), (11, 0.25), (12, 0.0)]);
        let lent = expansion(gathered);
        let terms: Vec<u32> = lent.iter().map(|l| l.term).collect();
        assert_eq!(terms, (0..=10).collect::<Vec<_>>());
        assert!(
            (lent.iter().map(|l| l.share).sum::<f64>() - 1.0).abs() < 1e-12,
            "shares add up"
        );
        assert_eq!(expansion::<u32>(Vec::new()), Vec::new());
    }
}
