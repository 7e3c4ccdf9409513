//! Text to terms: folded words, their stems, and pairs of characters where a script has no spaces.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};
use unicode_segmentation::UnicodeSegmentation;

use crate::{english, language::Language};

/// Longer words are cut here and not stemmed: no word of a language is this long, and a stemmer's cost may grow with the
/// square of a word's length.
const LONGEST_WORD: usize = 64;

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word<'a> {
    /// A folded word, with its apostrophe if it has one.
    Spaced(&'a str),
    /// Two characters, or one that stands alone, of a script without spaces. They are terms as they are.
    Dense(&'a str),
}

/// The words of `text` in their order, handed over one by one.
pub(crate) fn each_word(text: &str, mut each: impl FnMut(Word<'_>)) {
    let mut folded = String::new();
    for chunk in text.split_ascii_whitespace() {
        if chunk.is_ascii() {
            folded.clear();
            folded.push_str(chunk);
            folded.make_ascii_lowercase();
            spaced(&folded, &mut each);
        } else {
            other(chunk, &mut folded, &mut each);
        }
    }
}

/// The words of one folded text without spaces: runs of letters and digits, with one apostrophe and letters after it.
fn spaced(text: &str, each: &mut impl FnMut(Word<'_>)) {
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        rest = rest.get(start..).unwrap_or_default();
        let mut end = rest.find(|c: char| !in_word(c)).unwrap_or(rest.len());
        if let Some(tail) = rest.get(end..).and_then(|tail| tail.strip_prefix('\'')) {
            let letters = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
            end += if letters > 0 { 1 + letters } else { 0 };
        }
        let (word, after) = rest.split_at(end);
        each(Word::Spaced(
            word.get(..word.floor_char_boundary(LONGEST_WORD)).unwrap_or(word),
        ));
        rest = after;
    }
}

/// The parts of `text` between ASCII spaces, with where they begin.
pub(crate) fn chunks(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(|c: char| c.is_ascii_whitespace()).filter_map(move |chunk| {
        let start = at;
        at += chunk.len() + 1;
        (!chunk.is_empty()).then_some((start, chunk))
    })
}

/// The words of a text without ASCII spaces, as [`each_word`] cuts them, with where they stand; characters of scripts
/// without spaces come one by one. A word that folding cuts in two comes as both, in one place.
pub(crate) fn each_place(chunk: &str, each: &mut impl FnMut(Range<usize>, &str)) {
    if chunk.is_ascii() {
        let folded = chunk.to_ascii_lowercase();
        return places(&folded, |range, word| each(range, word));
    }
    let mut folded = String::new();
    for (start, word) in chunk.unicode_word_indices() {
        if word.chars().all(is_dense) {
            for (at, c) in word.char_indices() {
                let text: String = std::iter::once(c).nfkc().collect();
                each(start + at..start + at + c.len_utf8(), &text);
            }
        } else {
            fold(word, &mut folded);
            places(&folded, |_, part| each(start..start + word.len(), part));
        }
    }
}

/// As [`spaced`], with where each word stands in `text`.
fn places(text: &str, mut each: impl FnMut(Range<usize>, &str)) {
    spaced(text, &mut |word| {
        if let Word::Spaced(word) = word {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            each(start..start + word.len(), word);
        }
    });
}

/// Letters, digits, and the marks that belong to letters in scripts such as Devanagari.
pub(crate) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || canonical_combining_class(c) != 0
}

/// As [`each_word`], for a text with other characters than ASCII's.
fn other(chunk: &str, folded: &mut String, each: &mut impl FnMut(Word<'_>)) {
    let (mut dense, mut end) = (String::new(), 0);
    for (start, word) in chunk.unicode_word_indices() {
        if start != end {
            pairs(&mut dense, each);
        }
        end = start + word.len();
        if word.chars().all(is_dense) {
            dense.push_str(word);
            continue;
        }
        pairs(&mut dense, each);
        fold(word, folded);
        spaced(folded, each);
    }
    pairs(&mut dense, each);
}

/// Hands over each two neighbours of a run, and empties it.
fn pairs(run: &mut String, each: &mut impl FnMut(Word<'_>)) {
    if run.is_empty() {
        return;
    }
    let text: String = run.nfkc().collect();
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if starts.len() == 2 {
        each(Word::Dense(&text));
    }
    for ends in starts.windows(3) {
        if let [start, _, end] = ends {
            each(Word::Dense(text.get(*start..*end).unwrap_or_default()));
        }
    }
    run.clear();
}

/// Scripts whose words are not set apart by spaces.
pub(crate) fn is_dense(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3134f}')
}

/// Lower case, plain apostrophe, compatibility forms, without the accents of Latin, Greek, Hebrew and Arabic letters.
/// The marks that make another letter (й, が, क्) stay.
pub(crate) fn folded(word: &str) -> String {
    let mut out = String::new();
    fold(word, &mut out);
    out
}

fn fold(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
        return;
    }
    let mut base = ' ';
    let lower = word.to_lowercase();
    let kept = lower.nfkd().filter(|&c| {
        if canonical_combining_class(c) == 0 {
            base = c;
            return true;
        }
        !is_accent(base, c)
    });
    out.extend(
        kept.nfc()
            .map(|c| if matches!(c, '\u{2019}' | '\u{2bc}') { '\'' } else { c }),
    );
}

/// Whether `mark` on `base` is left out. Of the Cyrillic letters only ё loses its dots: it is often written without.
fn is_accent(base: char, mark: char) -> bool {
    match mark {
        '\u{308}' if base == 'е' => true,
        '\u{300}'..='\u{36f}' => !matches!(base, '\u{400}'..='\u{52f}'),
        '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{670}' => true,
        _ => false,
    }
}

/// The stem of a spaced word in a language that Latin letters mean here; none for a word that says nothing.
pub(crate) fn stem(word: &str, latin: Language) -> Option<String> {
    let language = Language::of_script(word).unwrap_or(latin);
    let word = word.strip_suffix("'s").unwrap_or(word);
    if language.is_small(word) {
        return None;
    }
    let word = if language == Language::English {
        english::base(word)
    } else {
        word
    };
    let word: String = word.chars().filter(|&c| c != '\'').collect();
    if word.is_empty() {
        return None;
    }
    Some(if word.len() >= LONGEST_WORD - 3 {
        word
    } else {
        language.stem(&word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_word(text, |word| {
            found.push(match word {
                Word::Spaced(word) => word.to_owned(),
                Word::Dense(pair) => format!("[{pair}]"),
            });
        });
        found
    }

    fn stems(text: &str, language: Language) -> Vec<String> {
        words(text).iter().filter_map(|word| stem(word, language)).collect()
    }

    #[test]
    fn words_are_cut_as_the_study_cut_them() {
        assert_eq!(
            words("Don’t e-mail 3.5 km, foo_bar; rock'n'roll's"),
            ["don't", "e", "mail", "3", "5", "km", "foo", "bar", "rock'n", "roll's"]
        );
        assert_eq!(words("Café Zoë — naïve ﬁles"), ["cafe", "zoe", "naive", "files"]);
        assert_eq!(words("'quoted' o'clock"), ["quoted", "o'clock"]);
    }

    #[test]
    fn scripts_without_spaces_come_in_pairs() {
        assert_eq!(words("検索結果 が"), ["[検索]", "[索結]", "[結果]", "[が]"]);
        assert_eq!(words("CCCの検索"), ["ccc", "[の検]", "[検索]"]);
        assert_eq!(words("ｶﾞ"), ["[ガ]"], "half-width forms are the full ones");
    }

    #[test]
    fn letters_that_only_look_like_accented_ones_stay() {
        assert_eq!(words("Красный ёж йод"), ["красный", "еж", "йод"]);
        assert_eq!(words("مُسْتَطِيل"), ["مستطيل"], "vowel signs are left out");
        assert_eq!(words("हिन्दी में"), ["हिन्दी", "में"]);
    }

    #[test]
    fn stems_follow_the_language() {
        assert_eq!(
            stems("What are the Retention policies?", Language::English),
            ["retent", "polici"]
        );
        assert_eq!(stems("Caroline’s dogs don't", Language::English), ["carolin", "dog"]);
        assert_eq!(
            stems("die Flächen der Rechtecke", Language::German),
            ["flach", "rechteck"]
        );
        assert_eq!(
            stems("функции прямоугольников", Language::English),
            stems("функция прямоугольник", Language::English)
        );
    }

    #[test]
    fn a_word_of_any_length_is_a_bounded_term() {
        let long = "ay".repeat(1 << 19);
        assert_eq!(stems(&long, Language::English), ["ay".repeat(LONGEST_WORD / 2)]);
        assert_eq!(words(&"é".repeat(100)), ["e".repeat(LONGEST_WORD)]);
    }
}
