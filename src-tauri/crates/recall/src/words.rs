//! Text to word stems.

use std::{borrow::Cow, sync::LazyLock};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

/// Words that say nothing about the matter: articles, pronouns, auxiliaries, prepositions, and the question words that
/// open most directives. Sorted, for binary search.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been",
    "before", "being", "between", "both", "but", "by", "can", "could", "did", "do", "does", "doing", "down", "during",
    "each", "few", "for", "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his",
    "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "more", "most", "my", "no", "nor", "not", "now",
    "of", "off", "on", "once", "only", "or", "other", "our", "ours", "out", "over", "own", "please", "same", "she",
    "should", "so", "some", "such", "than", "that", "the", "their", "theirs", "them", "then", "there", "these", "they",
    "this", "those", "through", "to", "too", "under", "until", "up", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "whom", "why", "will", "with", "would", "you", "your", "yours",
];

/// In bytes: a longer word is none of them without looking.
const LONGEST_STOP_WORD: usize = 7;

static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// The stems of the words of `text` in their order, stop words left out. Words are split by the Unicode rules, so
/// scripts without spaces give one stem per character.
pub fn stems(text: &str) -> impl Iterator<Item = String> {
    let mut stems = Vec::new();
    each_word(text, |word| stems.extend(stem(word).map(Cow::into_owned)));
    stems.into_iter()
}

/// The folded words of `text` in their order, handed over one by one: adding a turn is part of storing it, and most of
/// its words were seen before.
pub(crate) fn each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut folded = String::new();
    for word in text.unicode_words() {
        fold(word, &mut folded);
        folded.truncate(folded.floor_char_boundary(LONGEST_WORD));
        each(&folded);
    }
}

/// Longer words are cut here and not stemmed: the stemmer's cost grows with the square of a word's length (a word of
/// 1 MiB took 29 s), and no word of a language is this long.
const LONGEST_WORD: usize = 64;

/// The stem of a folded word; none for one that says nothing.
pub(crate) fn stem(word: &str) -> Option<Cow<'_, str>> {
    let word = word.strip_suffix("'s").unwrap_or(word);
    if word.len() >= LONGEST_WORD {
        return Some(Cow::Borrowed(word));
    }
    (!is_stop_word(word)).then(|| ENGLISH.stem(word))
}

/// Writes `word` in lower case, with the plain apostrophe, in place of what `out` held.
fn fold(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
    } else {
        out.push_str(&word.to_lowercase().replace('’', "'"));
    }
}

fn is_stop_word(word: &str) -> bool {
    word.len() <= LONGEST_STOP_WORD && STOP_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted(), "binary search needs the order");
        let longest = STOP_WORDS.iter().map(|word| word.len()).max();
        assert_eq!(longest, Some(LONGEST_STOP_WORD), "no stop word is passed over");
    }

    #[test]
    fn a_word_of_any_length_is_a_bounded_term() {
        let long = "ay".repeat(1 << 19);
        let found: Vec<_> = stems(&long).collect();
        assert_eq!(
            found,
            ["ay".repeat(LONGEST_WORD / 2)],
            "cut, and found again by the same cut"
        );
        assert_eq!(
            stems(&"é".repeat(100)).collect::<Vec<_>>(),
            ["é".repeat(LONGEST_WORD / 2)],
            "between characters"
        );
    }

    #[test]
    fn words_of_any_script_become_stems() {
        let of = |text| stems(text).collect::<Vec<_>>();
        assert_eq!(of("What are the Retention policies?"), ["retent", "polici"]);
        assert_eq!(of("Beatrice’s review"), ["beatric", "review"]);
        assert_eq!(of("検索"), ["検", "索"]);
        assert_eq!(of("Резервная копия"), ["резервная", "копия"]);
    }
}
