//! A segment's postings the other way round: which terms a passage holds.
//!
//! Feedback asks this of a few passages, and walking every posting of their segments for it took half of a search in a
//! session. It is made from the segment and never stored: a loaded segment makes it at once, a new one when it is asked.

use crate::postings::{self, Posting};

/// The terms of each passage of a segment, by their places among the segment's terms.
#[derive(Default)]
pub(crate) struct Forward {
    /// Where each passage's list begins in `data`.
    starts: Box<[u32]>,
    /// Lists as of postings, with a term's place where those have a passage.
    data: Box<[u8]>,
}

impl Forward {
    /// Of `passages` passages from `base` on; `terms` are the postings of each term in the order of their places.
    pub(crate) fn new<'a>(base: u32, passages: u32, terms: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let all = || {
            let postings = terms.clone().map(move |bytes| postings::decode(bytes, base));
            (0..)
                .zip(postings)
                .flat_map(|(place, postings)| postings.map(move |posting| (place, posting)))
        };
        let mut ends = vec![0u32; passages as usize + 1];
        for (_, posting) in all() {
            if let Some(end) = ends.get_mut((posting.passage - base) as usize + 1) {
                *end += 1;
            }
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let nothing = Posting {
            passage: 0,
            text: 0,
            name: 0,
            date: 0,
        };
        let mut turned = vec![nothing; ends.last().map_or(0, |end| *end as usize)];
        for (place, posting) in all() {
            let Some(next) = ends.get_mut((posting.passage - base) as usize) else {
                continue;
            };
            if let Some(slot) = turned.get_mut(*next as usize) {
                *slot = Posting {
                    passage: place,
                    ..posting
                };
                *next += 1;
            }
        }
        Self::of(&ends, &turned)
    }

    /// `ends`: where each passage's list ends in `turned`.
    fn of(ends: &[u32], turned: &[Posting]) -> Self {
        let (mut starts, mut data, mut from) = (Vec::with_capacity(ends.len()), Vec::new(), 0);
        for end in ends.iter().take(ends.len().saturating_sub(1)) {
            starts.push(u32::try_from(data.len()).unwrap_or(u32::MAX));
            postings::encode(&mut data, 0, turned.get(from..*end as usize).unwrap_or_default());
            from = *end as usize;
        }
        Self {
            starts: starts.into(),
            data: data.into(),
        }
    }

    /// The terms of the passage at this place in the segment: each a posting with the term's place for its passage.
    pub(crate) fn terms(&self, at: usize) -> impl Iterator<Item = Posting> {
        let start = self.starts.get(at).map_or(self.data.len(), |start| *start as usize);
        postings::decode(self.data.get(start..).unwrap_or_default(), 0)
    }

    /// What it takes in memory.
    pub(crate) fn memory(&self) -> usize {
        self.starts.len() * 4 + self.data.len()
    }
}
