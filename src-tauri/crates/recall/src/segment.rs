//! The postings of a run of passages at rest: terms sorted by number, postings as bytes.

use crate::{
    postings::{self, Posting},
    vocabulary::Term,
};

/// Passages of a segment, about: the terms of a passage are found by walking its whole segment, so it must not be large.
pub(crate) const SEGMENT_PASSAGES: u32 = 1_024;

/// A segment.
#[derive(Default)]
pub(crate) struct Segment {
    /// Its first passage.
    pub(crate) base: u32,
    /// How many it has.
    pub(crate) passages: u32,
    /// Its first turn and how many it has: a segment ends where a turn does.
    pub(crate) turns: (u32, u32),
    terms: Box<[Term]>,
    /// Where each term's postings begin in `data`.
    starts: Box<[u32]>,
    data: Box<[u8]>,
}

impl Segment {
    /// A segment of these terms, in any order, whose postings begin in `data` where they say.
    pub(crate) fn new(
        base: u32,
        passages: u32,
        turns: (u32, u32),
        mut terms: Vec<(Term, u32)>,
        data: Box<[u8]>,
    ) -> Self {
        terms.sort_unstable();
        Self {
            base,
            passages,
            turns,
            terms: terms.iter().map(|(term, _)| *term).collect(),
            starts: terms.iter().map(|(_, start)| *start).collect(),
            data,
        }
    }

    /// A segment of these postings, sorted by term and then by passage.
    pub(crate) fn of(base: u32, passages: u32, turns: (u32, u32), sorted: &[(Term, Posting)]) -> Self {
        let (mut terms, mut data, mut list) = (Vec::new(), Vec::new(), Vec::new());
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            let Some((term, _)) = group.first() else { continue };
            terms.push((*term, u32::try_from(data.len()).unwrap_or(u32::MAX)));
            list.clear();
            list.extend(group.iter().map(|(_, posting)| *posting));
            postings::encode(&mut data, base, &list);
        }
        Self::new(base, passages, turns, terms, data.into())
    }

    fn bytes(&self, at: usize) -> &[u8] {
        let start = self.starts.get(at).map_or(usize::MAX, |start| *start as usize);
        self.data.get(start..).unwrap_or_default()
    }

    /// The postings of a term.
    #[inline]
    pub(crate) fn postings(&self, term: Term) -> impl Iterator<Item = Posting> {
        let bytes = self
            .terms
            .binary_search(&term)
            .map_or([].as_slice(), |at| self.bytes(at));
        postings::decode(bytes, self.base)
    }

    /// How many passages hold a term.
    pub(crate) fn df(&self, term: Term) -> u32 {
        self.terms
            .binary_search(&term)
            .map_or(0, |at| postings::count(self.bytes(at)))
    }

    /// Its terms with their postings, as bytes.
    pub(crate) fn terms(&self) -> impl Iterator<Item = (Term, &[u8])> {
        self.terms.iter().enumerate().map(|(at, term)| (*term, self.bytes(at)))
    }

    /// Every posting with its term, sorted by term and then by passage.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Term, Posting)> {
        let base = self.base;
        self.terms()
            .flat_map(move |(term, bytes)| postings::decode(bytes, base).map(move |posting| (term, posting)))
    }

    /// What it takes in memory.
    pub(crate) fn memory(&self) -> usize {
        self.terms.len() * 8 + self.data.len() + size_of::<Self>()
    }
}
