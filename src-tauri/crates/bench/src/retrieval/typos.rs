//! Slips of the finger.

use crate::text::Rng;

/// Words shorter than this stay as they are.
const LONG: usize = 5;

/// `question` with one letter dropped, doubled, replaced or swapped with the next in one of its long words; as it is
/// where there is none. The same seed gives the same slip.
pub fn slip(question: &str, seed: u64) -> String {
    let mut rng = Rng::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut draw = |below: usize| (rng.next() % below.max(1) as u64) as usize;
    let words: Vec<&str> = question.split(' ').collect();
    let letters = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count();
    let long: Vec<usize> = (0..words.len())
        .filter(|n| words.get(*n).is_some_and(|w| letters(w) >= LONG))
        .collect();
    let Some(&chosen) = long.get(draw(long.len())) else {
        return question.to_owned();
    };
    let mut word: Vec<char> = words.get(chosen).map(|word| word.chars().collect()).unwrap_or_default();
    let places: Vec<usize> = (0..word.len()).filter(|n| word[*n].is_alphabetic()).collect();
    let at = places[draw(places.len() - 1)];
    match draw(4) {
        0 => drop(word.remove(at)),
        1 => word.insert(at, word[at]),
        2 => word[at] = char::from(b'a' + draw(26) as u8),
        _ => word.swap(at, at + 1),
    }
    let slipped: String = word.into_iter().collect();
    let word = |(n, word): (usize, &&str)| {
        if n == chosen {
            slipped.clone()
        } else {
            (*word).to_owned()
        }
    };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_word_is_one_letter_off() {
        let question = "When did the retention policy change?";
        for seed in 0..200 {
            let slipped = slip(question, seed);
            let changed = question
                .split(' ')
                .zip(slipped.split(' '))
                .filter(|(a, b)| a != b)
                .count();
            assert!(changed <= 1, "{slipped}");
            assert!(slipped.len().abs_diff(question.len()) <= 1, "{slipped}");
        }
        assert_eq!(slip("Who is it?", 3), "Who is it?");
        assert_eq!(slip(question, 5), slip(question, 5));
    }
}
