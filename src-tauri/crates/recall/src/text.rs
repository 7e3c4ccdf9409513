//! A turn's text as terms, passage by passage.

use ccc_domain::Timestamp;

use crate::{
    language::{Language, Votes},
    marks,
    passages::passages,
    vocabulary::{Term, Vocabulary},
    words::{self, Word, each_word},
};

/// Names that are roles: whoever has one has no name.
const ROLES: &[&str] = &["user", "assistant", "human", "ai", "system"];

/// Where a word of the text begins in the buffer, and whether it is a pair of characters.
struct Span {
    end: usize,
    dense: bool,
}

/// Reads texts; keeps its buffers and the terms of the last day from one to the next.
#[derive(Default)]
pub(crate) struct Text {
    buffer: String,
    spans: Vec<Span>,
    /// Where each passage's words end in `spans`.
    ends: Vec<usize>,
    /// The marks of each passage.
    marks: Vec<u8>,
    terms: Vec<Term>,
    /// Where each passage's terms end in `terms`.
    term_ends: Vec<usize>,
    languages: u16,
    day: Option<(i64, Vec<Term>)>,
}

impl Text {
    /// Reads a text; `by_person`: whether the person wrote it to an agent.
    pub(crate) fn read(&mut self, text: &str, by_person: bool, vocabulary: &mut Vocabulary) {
        self.buffer.clear();
        self.spans.clear();
        self.ends.clear();
        self.marks.clear();
        self.terms.clear();
        self.term_ends.clear();
        let mut votes = Votes::default();
        for pieces in passages(text) {
            let mut marks = 0;
            for piece in pieces {
                each_word(piece, |word| marks |= self.take(word, &mut votes));
                marks |= if by_person { marks::of_person(piece) } else { 0 };
            }
            self.ends.push(self.spans.len());
            self.marks.push(marks);
        }
        let language = votes.language();
        self.languages = language.bit();
        let (mut start, mut at) = (0, 0);
        for &passage_end in &self.ends {
            for span in self.spans.get(at..passage_end).unwrap_or_default() {
                let word = self.buffer.get(start..span.end).unwrap_or_default();
                start = span.end;
                let term = if span.dense {
                    Some(vocabulary.intern(word))
                } else {
                    vocabulary.of_word(word, language)
                };
                self.terms.extend(term);
            }
            at = passage_end;
            self.term_ends.push(self.terms.len());
        }
    }

    /// Takes a word down; the marks it gives.
    fn take(&mut self, word: Word<'_>, votes: &mut Votes) -> u8 {
        let (text, dense) = match word {
            Word::Spaced(text) => (text, false),
            Word::Dense(text) => (text, true),
        };
        let mut marks = 0;
        if !dense {
            votes.add(text);
            let start = self
                .spans
                .len()
                .checked_sub(2)
                .and_then(|n| self.spans.get(n))
                .map_or(0, |span| span.end);
            marks = marks::of_word(self.buffer.get(start..).unwrap_or_default(), text);
        }
        self.buffer.push_str(text);
        self.spans.push(Span {
            end: self.buffer.len(),
            dense,
        });
        marks
    }

    /// The language of the text that was read last, as a bit.
    pub(crate) fn languages(&self) -> u16 {
        self.languages
    }

    /// The terms of each passage of the text that was read last, in the text's order, with the passage's marks.
    pub(crate) fn passages(&self) -> impl Iterator<Item = (&[Term], u8)> {
        let mut start = 0;
        self.term_ends.iter().zip(&self.marks).map(move |(&end, &marks)| {
            let terms = self.terms.get(start..end).unwrap_or_default();
            start = end;
            (terms, marks)
        })
    }

    /// The terms of a day, written `8 May 2023`.
    pub(crate) fn date(&mut self, at: Timestamp, vocabulary: &mut Vocabulary) -> Vec<Term> {
        let day = at.ms().div_euclid(86_400_000);
        match &self.day {
            Some((known, terms)) if *known == day => terms.clone(),
            _ => {
                let terms = terms_of(&at.day(), vocabulary);
                self.day = Some((day, terms.clone()));
                terms
            }
        }
    }

    /// Forgets the terms of the last day, whose numbers may be given to others after a release.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

fn terms_of(text: &str, vocabulary: &mut Vocabulary) -> Vec<Term> {
    let mut terms = Vec::new();
    each_word(text, |word| {
        terms.extend(match word {
            Word::Spaced(word) => vocabulary.of_word(word, Language::English),
            Word::Dense(pair) => Some(vocabulary.intern(pair)),
        });
    });
    terms
}

/// The folded words and the terms of a speaker's name; nothing for a bare role.
pub(crate) fn name(name: &str, vocabulary: &mut Vocabulary) -> (Vec<Box<str>>, Vec<Term>) {
    if ROLES.contains(&words::folded(name.trim()).as_str()) {
        return (Vec::new(), Vec::new());
    }
    let mut folded = Vec::new();
    each_word(name, |word| {
        let (Word::Spaced(word) | Word::Dense(word)) = word;
        folded.push(word.into());
    });
    (folded, terms_of(name, vocabulary))
}
