//! What a term's postings are worth to passages and their neighbours.

use ccc_domain::rank::{self, Corpus};

use crate::{
    cells::Spot,
    entries::{NONE, TALK},
    partition::Partition,
    postings::Posting,
    vocabulary::Term,
};

/// A term and what it is worth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighted {
    pub(crate) term: Term,
    /// Its weight times its rarity.
    pub(crate) worth: f64,
}

/// [`Corpus::norm`] with its constant parts taken once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Norm {
    base: f64,
    each: f64,
}

impl Norm {
    pub(crate) fn new(corpus: &Corpus) -> Self {
        let base = corpus.norm(0);
        Self {
            base,
            each: (corpus.norm(10) - base) / 10.0,
        }
    }

    #[inline]
    pub(crate) fn of(&self, length_tenths: u32) -> f64 {
        self.base + self.each * f64::from(length_tenths)
    }
}

/// Cells that are worked on together.
pub(crate) const BLOCK: usize = 4;

/// [`rank::damping`] by the number of words.
pub(crate) struct Damping(Box<[f64]>);

/// Passages longer than this are damped by a division of their own.
const DAMPED: u32 = 256;

impl Default for Damping {
    fn default() -> Self {
        Self((0..DAMPED).map(rank::damping).collect())
    }
}

impl Damping {
    #[inline]
    fn of(&self, words: u32) -> f64 {
        match self.0.get(words as usize) {
            Some(damping) => *damping,
            None => rank::damping(words),
        }
    }
}

/// What a posting is worth to its own passage.
#[inline]
pub(crate) fn own(posting: &Posting) -> f64 {
    f64::from(posting.text) + rank::NAME_WEIGHT * f64::from(posting.name) + rank::DATE_WEIGHT * f64::from(posting.date)
}

/// Adds what a posting is worth to its passage and to its neighbours, by cell; see [`around`]. Marks the blocks of those.
#[inline]
pub(crate) fn spread(spot: Spot, posting: &Posting, damping: &Damping, frequency: &mut [f64], touched: &mut [u8]) {
    let (own, lent) = (own(posting), damping.of(spot.words) * f64::from(posting.text));
    let mut add = |from: u32, values: [f64; BLOCK]| {
        let from = from as usize;
        let cells = frequency.get_mut(from..).and_then(|cells| cells.first_chunk_mut());
        if let Some(cells) = cells {
            let cells: &mut [f64; BLOCK] = cells;
            cells.iter_mut().zip(values).for_each(|(cell, value)| *cell += value);
        }
        for block in [from / BLOCK, from.div_ceil(BLOCK)] {
            if let Some(touched) = touched.get_mut(block) {
                *touched = 1;
            }
        }
    };
    let (after, before, two_before) = (rank::AFTER * lent, rank::BEFORE * lent, rank::TWO_BEFORE * lent);
    if spot.talk {
        add(spot.cell.wrapping_sub(2), [rank::TWO_AFTER * lent, after, own, before]);
        add(
            spot.cell.wrapping_add(2),
            [two_before, rank::THREE_BEFORE * lent, 0.0, 0.0],
        );
    } else {
        add(spot.cell.wrapping_sub(1), [after, own, before, two_before]);
    }
}

/// The passages that lend to one with what [`spread`] weighs their words by, and itself with none, in the order of the
/// conversation.
pub(crate) fn around(partition: &Partition, passage: u32) -> impl Iterator<Item = (u32, Option<f64>)> {
    let before = |passage: u32| partition.at(passage).map_or(NONE, |p| p.before);
    let after = |passage: u32| partition.at(passage).map_or(NONE, |p| p.after);
    let of_talk = |passage: u32| {
        if partition.at(passage).is_some_and(|p| p.marks & TALK != 0) {
            passage
        } else {
            NONE
        }
    };
    let lenders = [
        (of_talk(before(before(before(passage)))), Some(rank::THREE_BEFORE)),
        (before(before(passage)), Some(rank::TWO_BEFORE)),
        (before(passage), Some(rank::BEFORE)),
        (passage, None),
        (after(passage), Some(rank::AFTER)),
        (of_talk(after(after(passage))), Some(rank::TWO_AFTER)),
    ];
    lenders.into_iter().filter(|(passage, _)| *passage != NONE)
}
