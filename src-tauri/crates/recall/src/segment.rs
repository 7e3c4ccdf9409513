//! The postings of a run of passages at rest: terms in buckets, postings as bytes.
//!
//! A search over everything asks some thousand segments for a few terms each, all of them out of the processor's caches. So
//! a term's place is found with two looks, its bucket and the bucket's few terms, and not by halving.

use std::sync::OnceLock;

use crate::{
    forward::Forward,
    postings::{self, Posting},
    vocabulary::Term,
};

/// Passages of a segment, about: what is new is joined to the last one, which is written out whole.
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
    /// Each term with where its postings begin in `data`, by what [`scattered`] makes of the term.
    terms: Box<[(Term, u32)]>,
    /// Where each bucket begins in `terms`, and at last where they end.
    buckets: Box<[u32]>,
    data: Box<[u8]>,
    /// Which terms each passage holds, once that was asked.
    forward: OnceLock<Forward>,
}

/// Where a term is looked for: the part of [`Segment::terms`] that it would be in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bucket {
    from: u32,
    to: u32,
}

/// Where a term's postings begin, and how many there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) count: u32,
}

/// No place.
const NOWHERE: u32 = u32::MAX;
/// Terms in a bucket, about.
const BUCKET: usize = 4;

/// Numbers given one after another, spread evenly (Fibonacci hashing).
fn scattered(term: Term) -> u32 {
    term.wrapping_mul(0x9E37_79B1)
}

/// The bucket of a scattered term among `1 << bits`.
fn bucket(scattered: u32, bits: u32) -> usize {
    (u64::from(scattered) << bits >> 32) as usize
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
        terms.sort_unstable_by_key(|(term, _)| scattered(*term));
        let bits = (terms.len() / BUCKET).max(1).ilog2();
        let mut buckets = vec![0; (1 << bits) + 1];
        for (term, _) in &terms {
            buckets[bucket(scattered(*term), bits) + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        Self {
            base,
            passages,
            turns,
            terms: terms.into(),
            buckets: buckets.into(),
            data,
            forward: OnceLock::new(),
        }
    }

    /// A segment of these postings, sorted by term and then by passage.
    #[cfg(test)]
    fn of(base: u32, passages: u32, turns: (u32, u32), sorted: &[(Term, Posting)]) -> Self {
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

    /// The bucket of a term.
    #[inline]
    pub(crate) fn bucket_of(&self, term: Term) -> Bucket {
        let bits = self.buckets.len().saturating_sub(1).max(1).ilog2();
        let at = bucket(scattered(term), bits);
        let edge = |at: usize| self.buckets.get(at).copied().unwrap_or(0);
        Bucket {
            from: edge(at),
            to: edge(at + 1),
        }
    }

    /// The first term of a bucket.
    #[inline]
    pub(crate) fn first_of(&self, bucket: Bucket) -> Term {
        self.terms.get(bucket.from as usize).map_or(0, |(term, _)| *term)
    }

    /// Where a term's postings begin that is in this bucket, for [`Self::each_from`]; [`NOWHERE`] if it is not.
    #[inline]
    pub(crate) fn find_in(&self, bucket: Bucket, term: Term) -> u32 {
        let terms = self.terms.get(bucket.from as usize..bucket.to as usize);
        let found = terms.unwrap_or_default().iter().find(|(other, _)| *other == term);
        found.map_or(NOWHERE, |(_, start)| *start)
    }

    #[inline]
    fn find(&self, term: Term) -> u32 {
        self.find_in(self.bucket_of(term), term)
    }

    /// The bytes from a place on; none from [`NOWHERE`].
    #[inline]
    fn bytes(&self, start: u32) -> &[u8] {
        self.data.get(start as usize..).unwrap_or_default()
    }

    /// How many postings a term has that was found.
    #[inline]
    pub(crate) fn count_from(&self, start: u32) -> u32 {
        postings::count(self.bytes(start))
    }

    /// The postings of a term that was found.
    #[inline]
    pub(crate) fn each_from(&self, start: u32, each: impl FnMut(Posting)) {
        postings::decode(self.bytes(start), self.base).for_each(each);
    }

    /// The postings of a term.
    #[inline]
    pub(crate) fn postings(&self, term: Term) -> impl Iterator<Item = Posting> {
        postings::decode(self.bytes(self.find(term)), self.base)
    }

    /// How many passages hold a term.
    pub(crate) fn df(&self, term: Term) -> u32 {
        postings::count(self.bytes(self.find(term)))
    }

    /// Its terms with their postings, as bytes.
    pub(crate) fn terms(&self) -> impl Iterator<Item = (Term, &[u8])> {
        self.terms.iter().map(|(term, start)| (*term, self.bytes(*start)))
    }

    fn forward(&self) -> &Forward {
        let terms = self.terms.iter().map(|(_, start)| self.bytes(*start));
        self.forward
            .get_or_init(|| Forward::new(self.base, self.passages, terms))
    }

    /// Makes ready what [`Self::terms_of`] reads.
    pub(crate) fn turn(&self) {
        self.forward();
    }

    /// The terms of a passage; none for one of another segment.
    pub(crate) fn terms_of(&self, passage: u32) -> impl Iterator<Item = (Term, Posting)> {
        let at = passage.checked_sub(self.base).map_or(usize::MAX, |at| at as usize);
        self.forward().terms(at).filter_map(move |turned| {
            let (term, _) = self.terms.get(turned.passage as usize)?;
            Some((*term, Posting { passage, ..turned }))
        })
    }

    /// How many terms it has.
    pub(crate) fn distinct(&self) -> usize {
        self.terms.len()
    }

    /// Every posting with its term, term by term, each in the order of its passages.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Term, Posting)> {
        let base = self.base;
        self.terms()
            .flat_map(move |(term, bytes)| postings::decode(bytes, base).map(move |posting| (term, posting)))
    }

    /// What it takes in memory.
    pub(crate) fn memory(&self) -> usize {
        self.terms.len() * 8
            + self.buckets.len() * 4
            + self.data.len()
            + size_of::<Self>()
            + self.forward.get().map_or(0, Forward::memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_found_and_no_other() {
        for count in [0u32, 1, 3, 7, 8, 9, 1_000, 5_000] {
            let posting = |passage| Posting {
                passage,
                text: 1,
                name: 0,
                date: 0,
            };
            let sorted: Vec<(Term, Posting)> = (0..count).map(|n| (n * 3, posting(n % 50))).collect();
            let segment = Segment::of(0, 50, (0, 50), &sorted);
            for (term, posting) in &sorted {
                assert_eq!(
                    segment.postings(*term).collect::<Vec<_>>(),
                    [*posting],
                    "{term} of {count}"
                );
                assert_eq!((segment.df(*term), segment.df(*term + 1)), (1, 0), "{term} of {count}");
            }
            assert_eq!(segment.distinct(), count as usize);
            let mut all: Vec<Term> = segment.all().map(|(term, _)| term).collect();
            all.sort_unstable();
            assert_eq!(all, sorted.iter().map(|(term, _)| *term).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_passage_gives_back_the_terms_that_it_holds() {
        let base = 10;
        let posting = |n: u32, passage| Posting {
            passage,
            text: n % 3,
            name: u32::from(n.is_multiple_of(3)),
            date: n % 2,
        };
        let held = |term: u32, passage: u32| (passage * 7 + term * 5) % 11 < 3;
        let mut sorted = Vec::new();
        for term in 0..400 {
            let passages = (base..base + 60).filter(|passage| held(term, *passage));
            sorted.extend(passages.map(|passage| (term, posting(term + passage, passage))));
        }
        let segment = Segment::of(base, 60, (0, 60), &sorted);
        for passage in base..base + 60 {
            let mut found: Vec<(Term, Posting)> = segment.terms_of(passage).collect();
            found.sort_unstable_by_key(|(term, _)| *term);
            let expected = sorted.iter().filter(|(_, posting)| posting.passage == passage);
            assert_eq!(found, expected.copied().collect::<Vec<_>>(), "passage {passage}");
        }
        assert_eq!(
            segment.terms_of(base - 1).count() + segment.terms_of(base + 60).count(),
            0
        );
    }
}
