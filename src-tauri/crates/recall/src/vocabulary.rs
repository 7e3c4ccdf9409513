//! The terms of all loaded partitions, and how many passages hold each.

use std::{collections::HashMap, hash::BuildHasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::{language::Language, words};

/// A term's number. Numbers depend on the order of loading and are never stored or compared for an order.
pub(crate) type Term = u32;

/// How many words are remembered with their terms, for each language, before remembering begins anew: most words of a
/// turn were seen before, and looking one up spares folding and stemming it.
const REMEMBERED: usize = 1 << 16;

/// A term's text. Most are short, and stand with their entry: another place in memory costs more than all else of a look-up.
enum Text {
    Short(u8, [u8; SHORT]),
    Long(Box<str>),
}

/// As many bytes as make a short text no larger than a long one's pointer makes it.
const SHORT: usize = 22;

impl Text {
    fn new(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            Some(start) => {
                start.copy_from_slice(text.as_bytes());
                Self::Short(text.len() as u8, bytes)
            }
            None => Self::Long(text.into()),
        }
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(len, bytes) => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(text) => text.as_bytes(),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Short(..) => std::str::from_utf8(self.bytes()).unwrap_or_default(),
            Self::Long(text) => text,
        }
    }
}

/// A term.
struct Entry {
    text: Text,
    /// How many passages hold it.
    df: u32,
    /// Which letters it has: two terms within an edit or two differ in few.
    letters: u64,
}

/// Terms by number and numbers by term.
#[derive(Default)]
pub(crate) struct Vocabulary {
    entries: Vec<Option<Entry>>,
    free: Vec<Term>,
    numbers: HashTable<Term>,
    hasher: RandomState,
    remembered: [HashMap<Box<str>, Option<Term>, RandomState>; Language::ALL.len()],
}

impl Vocabulary {
    /// The number of a term that is here.
    pub(crate) fn get(&self, text: &str) -> Option<Term> {
        let same = |&term: &Term| {
            self.entry(term)
                .is_some_and(|entry| entry.text.bytes() == text.as_bytes())
        };
        self.numbers.find(self.hash(text.as_bytes()), same).copied()
    }

    /// A term's text; empty for a number that is not in use.
    pub(crate) fn text(&self, term: Term) -> &str {
        self.entry(term).map_or("", |entry| entry.text.as_str())
    }

    /// How many passages hold a term.
    pub(crate) fn df(&self, term: Term) -> u64 {
        self.entry(term).map_or(0, |entry| u64::from(entry.df))
    }

    fn entry(&self, term: Term) -> Option<&Entry> {
        self.entries.get(term as usize)?.as_ref()
    }

    fn hash(&self, text: &[u8]) -> u64 {
        self.hasher.hash_one(text)
    }

    /// The number of a term, given now where it is new. It counts for nothing until [`Self::hold`].
    pub(crate) fn intern(&mut self, text: &str) -> Term {
        let hash = self.hash(text.as_bytes());
        let entries = &self.entries;
        let of = |term: Term| {
            entries
                .get(term as usize)
                .and_then(Option::as_ref)
                .map_or([].as_slice(), |entry| entry.text.bytes())
        };
        if let Some(term) = self.numbers.find(hash, |&term| of(term) == text.as_bytes()) {
            return *term;
        }
        let entry = Entry {
            text: Text::new(text),
            df: 0,
            letters: letters(text),
        };
        let term = match self.free.pop() {
            Some(term) => {
                self.entries[term as usize] = Some(entry);
                term
            }
            None => {
                self.entries.push(Some(entry));
                Term::try_from(self.entries.len() - 1).unwrap_or(Term::MAX)
            }
        };
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.numbers.insert_unique(hash, term, |&term| {
            let text = entries
                .get(term as usize)
                .and_then(Option::as_ref)
                .map_or([].as_slice(), |entry| entry.text.bytes());
            hasher.hash_one(text)
        });
        term
    }

    /// The term of a spaced word; none for one that says nothing.
    pub(crate) fn of_word(&mut self, word: &str, latin: Language) -> Option<Term> {
        if let Some(known) = self.remembered[latin as usize].get(word) {
            return *known;
        }
        let term = words::stem(word, latin).map(|stem| self.intern(&stem));
        let remembered = &mut self.remembered[latin as usize];
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(word.into(), term);
        term
    }

    /// `passages` more passages hold a term.
    pub(crate) fn hold(&mut self, term: Term, passages: u32) {
        if let Some(Some(entry)) = self.entries.get_mut(term as usize) {
            entry.df += passages;
        }
    }

    /// `passages` fewer passages hold a term; one that none holds is wiped.
    pub(crate) fn release(&mut self, term: Term, passages: u32) {
        let Some(slot) = self.entries.get_mut(term as usize) else {
            return;
        };
        let Some(entry) = slot else { return };
        entry.df = entry.df.saturating_sub(passages);
        if entry.df > 0 {
            return;
        }
        let hash = self.hasher.hash_one(entry.text.bytes());
        *slot = None;
        if let Ok(found) = self.numbers.find_entry(hash, |&other| other == term) {
            found.remove();
        }
        self.free.push(term);
    }

    /// Wipes the terms that nothing holds, which is what is left of a partition that was begun and given up.
    pub(crate) fn sweep(&mut self) {
        let unheld = |(entry, term): (&Option<Entry>, Term)| entry.as_ref().filter(|e| e.df == 0).map(|_| term);
        let terms: Vec<Term> = self.entries.iter().zip(0..).filter_map(unheld).collect();
        terms.into_iter().for_each(|term| self.release(term, 0));
    }

    /// Forgets which words came to which terms, which must follow after [`Self::release`].
    pub(crate) fn forget_words(&mut self) {
        self.remembered.iter_mut().for_each(HashMap::clear);
    }

    /// What it takes in memory, about; the few long texts are not reckoned.
    pub(crate) fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<Option<Entry>>() + self.numbers.capacity() * (size_of::<Term>() + 1)
    }

    /// Whether it holds no term.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.iter().all(Option::is_none)
    }

    /// The terms that may be `text` with an edit or two.
    pub(crate) fn like<'a>(&'a self, text: &str) -> impl Iterator<Item = (Term, &'a str)> {
        let near = near(text);
        let entries = self.entries.iter().zip(0..);
        entries.filter_map(move |(entry, term)| Some((term, near(entry.as_ref()?)?)))
    }

    /// As [`Self::like`], of these terms.
    pub(crate) fn like_among<'a>(&'a self, text: &str, terms: Vec<Term>) -> impl Iterator<Item = (Term, &'a str)> {
        let near = near(text);
        terms
            .into_iter()
            .filter_map(move |term| Some((term, near(self.entry(term)?)?)))
    }

    /// How many terms there are, about.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The terms that begin with `prefix`, in no order.
    pub(crate) fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (Term, &'a str)> {
        self.entries.iter().zip(0..).filter_map(move |(entry, term)| {
            let text = entry.as_ref()?.text.as_str();
            text.starts_with(prefix).then_some((term, text))
        })
    }
}

/// The text of an entry that may be `text` with an edit or two: they change at most four letters of the set and two bytes
/// of ASCII.
fn near(text: &str) -> impl Fn(&Entry) -> Option<&str> + use<> {
    let (letters, len) = (letters(text), text.len());
    move |entry| {
        let near = (entry.letters ^ letters).count_ones() <= 4 && entry.text.bytes().len().abs_diff(len) <= 2;
        near.then(|| entry.text.as_str())
    }
}

fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |set, byte| set | 1 << (byte & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_that_nothing_holds_any_more_is_wiped_and_its_number_used_again() {
        let mut vocabulary = Vocabulary::default();
        let secret = vocabulary.of_word("secrets", Language::English).unwrap();
        vocabulary.hold(secret, 2);
        vocabulary.release(secret, 1);
        assert_eq!(vocabulary.text(secret), "secret");
        vocabulary.release(secret, 1);
        vocabulary.forget_words();
        assert_eq!((vocabulary.text(secret), vocabulary.get("secret")), ("", None));
        assert_eq!(vocabulary.intern("other"), secret);
        assert_eq!(vocabulary.get("other"), Some(secret));
    }
}
