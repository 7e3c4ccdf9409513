//! The text that is stored: the same on every machine, shaped like talk.
//!
//! Words are drawn by Zipf's law (weight 1 / (rank + 2.7)) from 50,000: the commonest are English function words, the
//! others are made of syllables, so that tokenising, stemming and stop words have their usual work. Two words in a
//! hundred are new every time (names, numbers, hashes), the heavy tail of real text. Lengths are log-normal with a mean
//! of 90 words (sigma 0.8). Conversations have 10 to 40 turns, sessions exactly 200. There is no topic in it: it says
//! nothing about how well anything is found.

use std::f64::consts::TAU;

/// How many distinct words there are, besides the new ones.
const VOCABULARY: usize = 50_000;
/// Turns in a session.
pub const SESSION_TURNS: u32 = 200;
/// Turns in a conversation.
const CONVERSATION_TURNS: std::ops::RangeInclusive<u32> = 10..=40;
/// One word in so many is new.
const NEW_WORD: u64 = 50;
/// Mean and sigma of the logarithm of a turn's length in words; the mean of the length is 90.
const LOG_LENGTH: (f64, f64) = (4.18, 0.8);

const COMMON: &str = "the of to and a in is it you that for on are with as be this or have not at by we can if from \
    was an but will what your all so they do there which should would about one when make more like then no some my \
    time how use new first its only into just see other could code file data test please them after also work";

/// SplitMix64: small, fast, and the same everywhere.
pub struct Rng(u64);

impl Rng {
    /// Numbers that follow from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// From 0 to below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normally distributed, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (TAU * self.unit()).cos()
    }
}

/// Makes turns' texts.
pub struct Writer {
    words: Vec<String>,
    /// The sum of weights up to each word.
    weights: Vec<f64>,
}

impl Writer {
    /// With its vocabulary.
    pub fn new() -> Self {
        let common = COMMON.split_whitespace().map(str::to_owned);
        let made = (0..).map(word);
        let words: Vec<String> = common.chain(made).take(VOCABULARY).collect();
        let mut sum = 0.0;
        let weights = (0..words.len())
            .map(|rank| {
                sum += 1.0 / (rank as f64 + 2.7);
                sum
            })
            .collect();
        Self { words, weights }
    }

    /// One turn's text.
    pub fn turn(&self, rng: &mut Rng) -> String {
        let (mean, sigma) = LOG_LENGTH;
        let length = (mean + sigma * rng.normal()).exp().clamp(1.0, 3_000.0) as usize;
        let mut text = String::with_capacity(length * 7);
        for n in 1..=length {
            match rng.below(NEW_WORD) {
                0 => text.push_str(&format!("x{:06x}", rng.below(1 << 24))),
                _ => text.push_str(self.word(rng)),
            }
            text.push_str(if n == length {
                "."
            } else if n % 14 == 0 {
                ". "
            } else {
                " "
            });
        }
        text
    }

    fn word(&self, rng: &mut Rng) -> &str {
        self.ranked_word(rng).1
    }

    /// A word, as often as the text has it, with its rank: 0 for the commonest.
    pub fn ranked_word(&self, rng: &mut Rng) -> (usize, &str) {
        let at = rng.unit() * self.weights.last().copied().unwrap_or_default();
        let rank = self.weights.partition_point(|&sum| sum <= at);
        (rank, self.words.get(rank).map_or("the", String::as_str))
    }
}

/// The `n`th made word, two to four syllables.
fn word(n: u64) -> String {
    const ONSETS: [&str; 16] = [
        "b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl",
    ];
    const RHYMES: [&str; 16] = [
        "a", "e", "i", "o", "u", "er", "an", "ing", "ed", "al", "or", "ent", "is", "at", "ive", "ous",
    ];
    // Scattered, so that neighbours in rank look different; distinct, because the factor is odd.
    let scattered = n.wrapping_mul(40_503) & 0xFFFF;
    let mut text = String::new();
    for shift in [0, 8] {
        let part = (scattered >> shift) as usize;
        text.push_str(ONSETS.get(part & 15).copied().unwrap_or("b"));
        text.push_str(RHYMES.get((part >> 4) & 15).copied().unwrap_or("a"));
    }
    text
}

/// How many turns each conversation of a session has: [`SESSION_TURNS`] together.
pub fn conversation_lengths(rng: &mut Rng) -> Vec<u32> {
    let (least, most) = (*CONVERSATION_TURNS.start(), *CONVERSATION_TURNS.end());
    let (mut left, mut lengths) = (SESSION_TURNS, Vec::new());
    while left > most {
        let room = most.min(left - least);
        let drawn = rng.below(u64::from(room - least + 1));
        let length = least + u32::try_from(drawn).unwrap_or(0);
        lengths.push(length);
        left -= length;
    }
    lengths.push(left);
    lengths
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn texts(turns: usize) -> Vec<String> {
        let (writer, mut rng) = (Writer::new(), Rng::new(1));
        (0..turns).map(|_| writer.turn(&mut rng)).collect()
    }

    #[test]
    fn the_same_seed_writes_the_same_text() {
        assert_eq!(texts(20), texts(20));
        assert_eq!(
            texts(20).iter().collect::<HashSet<_>>().len(),
            20,
            "no two turns are alike"
        );
    }

    #[test]
    fn the_text_is_shaped_like_talk() {
        let texts = texts(3_000);
        let words: usize = texts.iter().map(|text| text.split(' ').count()).sum();
        let mean = words as f64 / texts.len() as f64;
        assert!((80.0..100.0).contains(&mean), "{mean} words a turn");
        let mut in_turns: HashMap<&str, usize> = HashMap::new();
        for text in &texts {
            let distinct: HashSet<&str> = text.split(' ').map(|w| w.trim_end_matches('.')).collect();
            distinct.into_iter().for_each(|w| *in_turns.entry(w).or_default() += 1);
        }
        let share = |word| in_turns.get(word).copied().unwrap_or(0) as f64 / texts.len() as f64;
        assert!(
            share("the") > 0.8,
            "the commonest word is in {} of the turns",
            share("the")
        );
        let once = in_turns.values().filter(|&&turns| turns == 1).count() as f64 / in_turns.len() as f64;
        assert!(
            (0.2..0.7).contains(&once),
            "{once} of the words occur in one turn alone"
        );
    }

    #[test]
    fn a_session_has_its_turns_in_conversations_of_the_usual_length() {
        let mut rng = Rng::new(3);
        for _ in 0..500 {
            let lengths = conversation_lengths(&mut rng);
            assert_eq!(lengths.iter().sum::<u32>(), SESSION_TURNS);
            assert!(lengths.iter().all(|n| CONVERSATION_TURNS.contains(n)), "{lengths:?}");
        }
    }
}
