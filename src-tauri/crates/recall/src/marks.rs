//! The marks of a passage: what its form says, beside its words. English only, as the forms of directives are.

use std::{collections::HashMap, sync::LazyLock};

use ccc_domain::rank::marks::{DENIAL, INSTRUCTION, PERSON, PREFERENCE, TIME};
use foldhash::fast::RandomState;

/// Words of whoever speaks of themselves.
const PERSONS: &str = "i i'm i've i'd i'll my me we we're we've we'd we'll our";
/// Times. "May" is left out: as a word it is too common.
const TIMES: &str = "yesterday today tonight tomorrow last next ago weekend recently since monday tuesday wednesday \
    thursday friday saturday sunday january february march april june july august september october november december \
    day days week weeks month months year years";

/// One look, where comparing with word after word took a tenth of reading a text.
static MARKS: LazyLock<HashMap<&str, u8, RandomState>> = LazyLock::new(|| {
    let persons = PERSONS.split_ascii_whitespace().map(|word| (word, PERSON));
    let times = TIMES.split_ascii_whitespace().map(|word| (word, TIME));
    persons.chain(times).collect()
});

/// The marks that one folded word gives, with the word before it.
pub(crate) fn of_word(before: &str, word: &str) -> u8 {
    if let Some(marks) = MARKS.get(word) {
        return *marks;
    }
    match word {
        "morning" | "summer" | "winter" | "spring" | "fall" if before == "this" => TIME,
        number if is_year_or_ordinal(number) => TIME,
        _ => 0,
    }
}

fn is_year_or_ordinal(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    match word.get(digits..) {
        Some("") => digits == 4,
        Some("st" | "nd" | "rd" | "th") => digits > 0,
        _ => false,
    }
}

/// The marks of a piece of the person's own text: what is asked for from then on, and what is preferred.
pub(crate) fn of_person(piece: &str) -> u8 {
    let instruction = if starts(piece).any(instructs) { INSTRUCTION } else { 0 };
    let preference = if prefers(piece) { PREFERENCE } else { 0 };
    instruction | preference | if denies(piece) { DENIAL } else { 0 }
}

fn denies(piece: &str) -> bool {
    let mut words = piece.split(|c: char| !c.is_alphanumeric());
    words.any(|word| word.eq_ignore_ascii_case("never"))
}

/// Where sentences and lines begin, without the white space before them.
fn starts(piece: &str) -> impl Iterator<Item = &str> {
    let ends = piece.match_indices(['.', '!', '?', '\n']).map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(ends)
        .filter_map(|at| Some(piece.get(at..)?.trim_start()))
}

fn instructs(sentence: &str) -> bool {
    const OPENINGS: [&str; 10] = [
        "always",
        "never",
        "from now on",
        "please always",
        "whenever i",
        "going forward",
        "in future",
        "in the future",
        "remember to",
        "remember that",
    ];
    OPENINGS.iter().any(|opening| {
        let begins = sentence
            .get(..opening.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(opening));
        begins
            && !sentence
                .get(opening.len()..)
                .is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    })
}

fn prefers(piece: &str) -> bool {
    const KEYS: [&str; 4] = ["prefer", "rather", "like to keep", "preference"];
    const ADVERBS: [&str; 6] = ["really", "always", "usually", "generally", "still", "also"];
    let lower = piece.to_ascii_lowercase().replace('\u{2019}', "'");
    if !KEYS.iter().any(|key| lower.contains(key)) {
        return false;
    }
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .collect();
    let at = |n: usize| words.get(n).copied().unwrap_or_default();
    (0..words.len()).any(|n| {
        if at(n) == "my" && at(n + 1) == "preference" {
            return true;
        }
        let mut next = match (at(n), at(n + 1)) {
            ("i", "would") => n + 2,
            ("i" | "i'd", _) => n + 1,
            _ => return false,
        };
        next += usize::from(ADVERBS.contains(&at(next)));
        matches!(at(next), "prefer" | "rather") || (at(next), at(next + 1), at(next + 2)) == ("like", "to", "keep")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_persons_are_seen_word_by_word() {
        assert_eq!(
            [
                of_word("", "2023"),
                of_word("", "8th"),
                of_word("", "80"),
                of_word("", "th")
            ],
            [TIME, TIME, 0, 0]
        );
        assert_eq!([of_word("this", "spring"), of_word("a", "spring")], [TIME, 0]);
        assert_eq!(
            [of_word("", "i've"), of_word("", "mine"), of_word("it", "may")],
            [PERSON, 0, 0]
        );
    }

    #[test]
    fn instructions_open_a_sentence() {
        for text in [
            "Always use tabs.",
            "Fine. From now on, be short",
            "Whenever I ask, answer",
        ] {
            assert_eq!(of_person(text), INSTRUCTION, "{text}");
        }
        for text in ["I always use tabs.", "Nevertheless it works.", "In the futures market"] {
            assert_eq!(of_person(text), 0, "{text}");
        }
    }

    #[test]
    fn never_denies_wherever_it_stands() {
        assert_eq!(of_person("I have never used it."), DENIAL);
        assert_eq!(of_person("x\nNever guess"), INSTRUCTION | DENIAL);
    }

    #[test]
    fn preferences_are_the_speakers_own() {
        for text in [
            "Well, I’d really prefer tea.",
            "I would rather wait",
            "I like to keep it small",
            "it is my preference",
        ] {
            assert_eq!(of_person(text), PREFERENCE, "{text}");
        }
        for text in ["She prefers tea.", "I preferred tea.", "rather good"] {
            assert_eq!(of_person(text), 0, "{text}");
        }
    }
}
