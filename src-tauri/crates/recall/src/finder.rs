//! Finding the words of a query in a text itself.
//!
//! The index tells which turns are worth opening; what stands where, and whether words follow one another, only the text
//! tells. A [`Finder`] reads a text once, word by word as the index does, so that both take the same for a word.

use std::ops::Range;

use crate::{
    language::{Language, Votes},
    words::{self, Word, each_word},
};

/// After so many finds the rest of a text is not read, unless something must still be there or must not: nobody counts
/// more.
const MOST_FOUND: usize = 500;

/// What is looked for in a text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought<'a> {
    /// Words to be found in any form.
    pub words: &'a [String],
    /// A word that may go on.
    pub begun: Option<&'a str>,
    /// Word sequences that must be there, letter for letter but for case and accents.
    pub phrases: &'a [String],
    /// Whether the last word of the last of the phrases may go on.
    pub unfinished_phrase: bool,
    /// Words in any form and word sequences that must not be there.
    pub without: &'a [String],
}

/// What a word must be.
#[derive(Debug, PartialEq)]
enum Pattern {
    /// This folded word.
    Is(String),
    /// One that begins so.
    Begins(String),
    /// One with one of these stems; or, of those that say nothing, the word itself.
    Form { stems: Vec<String>, small: Option<String> },
}

/// What is looked for, ready to be found.
pub struct Finder {
    sequences: Vec<(Vec<Pattern>, Need)>,
    forms: bool,
    /// What must be there and holds no word at all, such as `=>`.
    literal: Vec<String>,
    unwanted: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Shown,
    Required,
    Forbidden,
}

impl Finder {
    /// Reads what is sought.
    pub fn new(sought: &Sought<'_>) -> Self {
        let mut finder = Self {
            sequences: Vec::new(),
            forms: false,
            literal: Vec::new(),
            unwanted: Vec::new(),
        };
        for word in sought.words {
            for pattern in forms(word, false) {
                finder.sequences.push((pattern, Need::Shown));
            }
        }
        if let Some(begun) = sought.begun {
            finder.sequences.push((exactly(begun, true), Need::Shown));
        }
        for (n, phrase) in sought.phrases.iter().enumerate() {
            let goes_on = sought.unfinished_phrase && n + 1 == sought.phrases.len();
            finder.need(exactly(phrase, goes_on), phrase, Need::Required);
        }
        for text in sought.without {
            let words = exactly(text, false);
            if words.len() == 1 {
                forms(text, true)
                    .into_iter()
                    .for_each(|form| finder.sequences.push((form, Need::Forbidden)));
            } else {
                finder.need(words, text, Need::Forbidden);
            }
        }
        finder.sequences.retain(|(patterns, _)| !patterns.is_empty());
        let is_form = |pattern: &Pattern| matches!(pattern, Pattern::Form { .. });
        finder.forms = finder
            .sequences
            .iter()
            .any(|(patterns, _)| patterns.iter().any(is_form));
        finder
    }

    fn need(&mut self, patterns: Vec<Pattern>, text: &str, need: Need) {
        if !patterns.is_empty() {
            self.sequences.push((patterns, need));
        } else if need == Need::Required {
            self.literal.push(text.to_owned());
        } else {
            self.unwanted.push(text.to_owned());
        }
    }

    /// Where in `text` the words and phrases stand, as byte ranges, sorted and apart. None where a phrase is not in it,
    /// or something is that must not be.
    pub fn find(&self, text: &str) -> Option<Vec<Range<usize>>> {
        if self.unwanted.iter().any(|unwanted| text.contains(unwanted.as_str())) {
            return None;
        }
        let mut found = Vec::new();
        for literal in &self.literal {
            let (at, _) = text.match_indices(literal.as_str()).next()?;
            found.push(at..at + literal.len());
        }
        let mut reading = Reading::new(self);
        let language = if self.forms {
            language_of(text)
        } else {
            Language::English
        };
        each_token(text, |range, folded| reading.take(range, folded, language));
        if reading.unwanted || reading.missing.iter().any(|missing| *missing) {
            return None;
        }
        found.extend(reading.found);
        Some(apart(found))
    }
}

/// A text being read.
struct Reading<'a> {
    finder: &'a Finder,
    /// For each sequence, the occurrences that began: where, and which pattern is next.
    open: Vec<Vec<(usize, usize)>>,
    /// For each sequence, whether it must still be found.
    missing: Vec<bool>,
    unwanted: bool,
    /// Whether the end of the text cannot change what comes out, beside further finds.
    lenient: bool,
    found: Vec<Range<usize>>,
}

impl<'a> Reading<'a> {
    fn new(finder: &'a Finder) -> Self {
        let missing: Vec<bool> = finder
            .sequences
            .iter()
            .map(|(_, need)| *need == Need::Required)
            .collect();
        Self {
            open: vec![Vec::new(); finder.sequences.len()],
            unwanted: false,
            lenient: !finder.sequences.iter().any(|(_, need)| *need == Need::Forbidden),
            found: Vec::new(),
            missing,
            finder,
        }
    }

    /// Takes a word of the text; whether more are wanted.
    fn take(&mut self, range: Range<usize>, folded: &str, language: Language) -> bool {
        let stem = if self.finder.forms {
            words::stem(folded, language)
        } else {
            None
        };
        let sequences = self.finder.sequences.iter().zip(&mut self.open).zip(&mut self.missing);
        for (((patterns, need), open), missing) in sequences {
            if open.is_empty() && !fits(patterns.first(), folded, stem.as_deref()) {
                continue;
            }
            open.push((range.start, 0));
            open.retain_mut(|(_, next)| {
                let fits = fits(patterns.get(*next), folded, stem.as_deref());
                *next += 1;
                fits
            });
            let Some(at) = open.iter().position(|(_, next)| *next == patterns.len()) else {
                continue;
            };
            let (start, _) = open.remove(at);
            *missing = false;
            if *need == Need::Forbidden {
                self.unwanted = true;
            } else {
                self.found.push(start..range.end);
            }
        }
        let enough = self.lenient && self.found.len() >= MOST_FOUND && !self.missing.iter().any(|missing| *missing);
        !self.unwanted && !enough
    }
}

fn fits(pattern: Option<&Pattern>, folded: &str, stem: Option<&str>) -> bool {
    match pattern {
        Some(Pattern::Is(word)) => word == folded,
        Some(Pattern::Begins(word)) => folded.starts_with(word.as_str()),
        Some(Pattern::Form { stems, small }) => {
            stem.is_some_and(|stem| stems.iter().any(|known| known == stem)) || small.as_deref() == Some(folded)
        }
        None => false,
    }
}

/// The words of `text` as they must stand.
fn exactly(text: &str, goes_on: bool) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    each_token(text, |_, folded| {
        patterns.push(Pattern::Is(folded.to_owned()));
        true
    });
    if goes_on && let Some(Pattern::Is(last)) = patterns.pop() {
        patterns.push(Pattern::Begins(last));
    }
    patterns
}

/// Each word of `text` by its stems in every language; pairs of characters as they are. With `small`, also words that
/// say nothing.
fn forms(text: &str, small: bool) -> Vec<Vec<Pattern>> {
    let mut found = Vec::new();
    each_word(text, |word| match word {
        Word::Spaced(word) => {
            let mut stems: Vec<String> = Language::ALL
                .iter()
                .filter_map(|language| words::stem(word, *language))
                .collect();
            // What the index calls a match may be a stem already.
            stems.push(word.to_owned());
            stems.sort_unstable();
            stems.dedup();
            let small = small.then(|| word.to_owned());
            found.push(vec![Pattern::Form { stems, small }]);
        }
        Word::Dense(pair) => found.push(pair.chars().map(|c| Pattern::Is(c.to_string())).collect()),
    });
    found
}

fn language_of(text: &str) -> Language {
    let mut votes = Votes::default();
    each_word(text, |word| {
        if let Word::Spaced(word) = word {
            votes.add(word);
        }
    });
    votes.language()
}

/// The words of `text` with where they stand, as [`each_word`] cuts them, while `each` wants more; characters of scripts
/// without spaces come one by one.
fn each_token(text: &str, mut each: impl FnMut(Range<usize>, &str) -> bool) {
    let mut on = true;
    for (start, chunk) in words::chunks(text) {
        let mut hand = |range: Range<usize>, folded: &str| {
            on = on && each(start + range.start..start + range.end, folded);
        };
        words::each_place(chunk, &mut hand);
        if !on {
            return;
        }
    }
}

/// Sorted, and those that touch or overlap as one.
fn apart(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}
