//! A text as its readers see it: sentences, and words as they were written with what tells them from others.

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    language::{Language, Votes},
    passages,
    words::{self, Word, each_word, is_dense},
};

/// Of Latin, wide, Arabic and Greek writing.
const QUESTION_MARKS: [char; 4] = ['?', '？', '؟', '\u{37e}'];

/// A sentence, a list item, or a paragraph without sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence<'a> {
    /// As it was written, without the white space around it.
    pub text: &'a str,
    /// Its terms, as [`crate::stems`] gives them in the language of the whole text.
    pub stems: Vec<String>,
    /// How many words it takes up; two characters of a script without spaces count as one.
    pub words: usize,
    /// Whether it ends with a question mark.
    pub asks: bool,
}

/// The sentences of `text`, in its order. Blank ones are left out.
pub fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let language = language(text);
    let written = passages::passages(text).into_iter().flatten().map(str::trim);
    written
        .map(|text| Sentence {
            text,
            stems: stems_in(text, language),
            words: passages::words(text),
            asks: text.ends_with(QUESTION_MARKS),
        })
        .collect()
}

/// The terms of `text` in its order, in its own language: what tells a word from others whatever its form. Words that
/// say nothing are left out.
pub fn stems(text: &str) -> Vec<String> {
    stems_in(text, language(text))
}

/// The language that a text's words in Latin letters are in.
pub(crate) fn language(text: &str) -> Language {
    let mut votes = Votes::default();
    each_word(text, |word| {
        if let Word::Spaced(word) = word {
            votes.add(word);
        }
    });
    votes.language()
}

fn stems_in(text: &str, language: Language) -> Vec<String> {
    let mut found = Vec::new();
    each_word(text, |word| {
        found.extend(match word {
            Word::Spaced(word) => words::stem(word, language),
            Word::Dense(pair) => Some(pair.to_owned()),
        });
    });
    found
}

/// A word that says something, where it stands in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Telling {
    pub(crate) stem: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What of a text may be a topic.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written<'a> {
    /// Its words in scripts with spaces.
    pub(crate) words: Vec<Telling>,
    /// Its runs of one script without spaces, but for those of Hiragana, which is grammar for the most part.
    pub(crate) runs: Vec<&'a str>,
}

/// Reads the words of `text`.
pub(crate) fn written(text: &str) -> Written<'_> {
    let (language, mut read) = (language(text), Written::default());
    let mut run: Option<(Script, usize, usize)> = None;
    for (start, word) in text.unicode_word_indices() {
        if !word.chars().all(is_dense) {
            spaced(word, start, language, &mut read.words);
            continue;
        }
        for (at, c) in word.char_indices() {
            let (from, to, script) = (start + at, start + at + c.len_utf8(), Script::of(c));
            match &mut run {
                Some((known, _, end)) if *known == script && *end == from => *end = to,
                _ => {
                    read.runs.extend(taken(text, run));
                    run = Some((script, from, to));
                }
            }
        }
    }
    read.runs.extend(taken(text, run));
    read
}

fn taken(text: &str, run: Option<(Script, usize, usize)>) -> Option<&str> {
    let (_, start, end) = run.filter(|(script, ..)| *script != Script::Hiragana)?;
    text.get(start..end)
}

/// The words of what Unicode takes for one: `foo_bar` is two.
fn spaced(word: &str, start: usize, language: Language, words: &mut Vec<Telling>) {
    let mut from = 0;
    let apostrophe = |c: char| matches!(c, '\'' | '\u{2019}');
    for part in word.split(|c: char| !(words::in_word(c) || apostrophe(c))) {
        let at = start + from;
        from += part.len();
        from += word
            .get(from..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        let Some(stem) = words::stem(&words::folded(part), language) else {
            continue;
        };
        words.push(Telling {
            stem,
            start: at,
            end: at + part.len(),
        });
    }
}

/// Scripts without spaces, told apart where words end with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Hiragana,
    Katakana,
    Han,
    Hangul,
    Other,
}

impl Script {
    fn of(c: char) -> Self {
        match c {
            '\u{3040}'..='\u{309f}' => Self::Hiragana,
            '\u{30a0}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => Self::Katakana,
            '\u{ac00}'..='\u{d7af}' => Self::Hangul,
            '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}' => {
                Self::Han
            }
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(text: &str) -> Vec<(&str, String)> {
        let words = written(text).words.into_iter();
        words
            .map(|word| (text.get(word.start..word.end).unwrap(), word.stem))
            .collect()
    }

    #[test]
    fn words_are_told_as_they_were_written() {
        let text = "The Café’s pools, and max_idle: 3";
        assert_eq!(
            words_of(text),
            [
                ("Café’s", "cafe".to_owned()),
                ("pools", "pool".to_owned()),
                ("max", "max".to_owned()),
                ("idle", "idl".to_owned()),
                ("3", "3".to_owned())
            ]
            .map(|(written, stem)| (written, stem)),
            "small words are left out"
        );
        let found: Vec<String> = written(text).words.into_iter().map(|word| word.stem).collect();
        assert_eq!(found, stems(text), "the terms are those of the index");
    }

    #[test]
    fn runs_end_where_the_script_does() {
        assert_eq!(written("長方形の面積をテストする").runs, ["長方形", "面積", "テスト"]);
        assert_eq!(written("면적 함수").runs, ["면적", "함수"]);
        assert_eq!(written("検索 CCC").runs, ["検索"]);
    }

    #[test]
    fn sentences_know_their_words_and_whether_they_ask() {
        let read = sentences("Which logs? Keep the logs.\n\n ログは？");
        let told: Vec<_> = read.iter().map(|s| (s.text, s.words, s.asks)).collect();
        assert_eq!(
            told,
            [
                ("Which logs?", 2, true),
                ("Keep the logs.", 3, false),
                ("ログは？", 2, true)
            ]
        );
        assert_eq!(read[1].stems, ["keep", "log"]);
        assert_eq!(sentences(" \n "), []);
    }
}
