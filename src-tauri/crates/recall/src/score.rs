//! Scores of passages: a term's postings spread over their neighbours, and BM25 of what comes together.

use ccc_domain::rank::{self, Corpus};

use crate::{
    entries::{NONE, Passage, TALK},
    partition::Partition,
    postings::Posting,
    segment::NOWHERE,
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

/// Passages longer than this are damped by a division of their own.
const DAMPED: u32 = 256;

/// Passages whose marks are looked at together.
const BLOCK: usize = 8;

/// Room for scoring one partition after another.
pub(crate) struct Room {
    /// The scores of the partition that was scored last.
    scores: Vec<f64>,
    /// Virtual frequencies of one term; 0 between terms.
    frequency: Vec<f64>,
    /// Where they are not 0: 1 for such a passage, else 0. A byte each, since setting a bit waits for the one set before.
    touched: Vec<u8>,
    places: Vec<u32>,
    /// [`rank::damping`] by the number of words.
    damping: Vec<f64>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            scores: Vec::new(),
            frequency: Vec::new(),
            touched: Vec::new(),
            places: Vec::new(),
            damping: (0..DAMPED).map(rank::damping).collect(),
        }
    }
}

impl Room {
    /// What `terms` are worth in each passage of a partition, before priors, added in their order: sums in another order
    /// would differ in their last bits. Nothing at all where no passage has one.
    pub(crate) fn score(&mut self, partition: &Partition, terms: &[Weighted], norm: &Norm) -> &[f64] {
        let passages = partition.passages.as_slice();
        self.scores.clear();
        partition.places(terms.iter().map(|weighted| weighted.term), &mut self.places);
        if !partition.holds_new(terms) && self.places.iter().all(|place| *place == NOWHERE) {
            return &[];
        }
        self.scores.resize(passages.len(), 0.0);
        self.frequency.resize(passages.len().max(self.frequency.len()), 0.0);
        let blocks = passages.len().div_ceil(BLOCK) * BLOCK;
        self.touched.resize(blocks.max(self.touched.len()), 0);
        for (nth, weighted) in terms.iter().enumerate() {
            let (frequency, touched) = (&mut self.frequency, &mut self.touched);
            let add = |passage: u32, value: f64| {
                if let Some(cell) = frequency.get_mut(passage as usize) {
                    *cell += value;
                    touched[passage as usize] = 1;
                }
            };
            spread_all(partition, &self.places, nth, weighted.term, &self.damping, add);
            self.gather(passages, weighted.worth, norm);
        }
        &self.scores
    }

    /// Adds to the scores what a term's frequencies are worth, and sets them back.
    fn gather(&mut self, passages: &[Passage], worth: f64, norm: &Norm) {
        // There may be room for larger partitions.
        let blocks = self.touched.as_chunks_mut::<BLOCK>().0.iter_mut();
        for (from, block) in (0..passages.len()).step_by(BLOCK).zip(blocks) {
            let mut left = u64::from_le_bytes(std::mem::take(block));
            while left != 0 {
                let at: usize = from + left.trailing_zeros() as usize / 8;
                left &= left - 1;
                if let (Some(passage), Some(score), Some(cell)) =
                    (passages.get(at), self.scores.get_mut(at), self.frequency.get_mut(at))
                {
                    *score += worth * rank::saturate(std::mem::take(cell), norm.of(passage.length_tenths));
                }
            }
        }
    }
}

#[inline]
fn spread_all(
    partition: &Partition,
    places: &[u32],
    nth: usize,
    term: Term,
    damping: &[f64],
    mut add: impl FnMut(u32, f64),
) {
    partition.each_at(places, nth, term, |posting| {
        let damping = |words: u32| match damping.get(words as usize) {
            Some(damping) => *damping,
            None => rank::damping(words),
        };
        spread(&partition.passages, &posting, damping, &mut add);
    });
}

/// What a posting is worth to its own passage.
#[inline]
pub(crate) fn own(posting: &Posting) -> f64 {
    f64::from(posting.text) + rank::NAME_WEIGHT * f64::from(posting.name) + rank::DATE_WEIGHT * f64::from(posting.date)
}

/// Hands over what a posting adds to its passage and to its neighbours.
#[inline]
fn spread(passages: &[Passage], posting: &Posting, damping: impl Fn(u32) -> f64, mut add: impl FnMut(u32, f64)) {
    let at = |passage: u32| passages.get(passage as usize);
    add(posting.passage, own(posting));
    if posting.text == 0 {
        return;
    }
    let Some(passage) = at(posting.passage) else { return };
    let lent = damping(passage.words) * f64::from(posting.text);
    add(passage.before, rank::AFTER * lent);
    let after = at(passage.after);
    if let Some(after) = after {
        add(passage.after, rank::BEFORE * lent);
        add(after.after, rank::TWO_BEFORE * lent);
    }
    if passage.marks & TALK != 0 {
        if let Some(two_after) = after.and_then(|after| at(after.after)) {
            add(two_after.after, rank::THREE_BEFORE * lent);
        }
        if let Some(before) = at(passage.before) {
            add(before.before, rank::TWO_AFTER * lent);
        }
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
