//! Room in which one partition after another is scored.

use std::sync::{Mutex, PoisonError};

use ccc_domain::rank;

use crate::{
    partition::Partition,
    places::Places,
    score::{BLOCK, Damping, Norm, Weighted, spread},
};

/// Blocks whose marks are looked at together.
const MARKS: usize = 8;
/// Rooms that are kept from one search to the next, each for so many scores at most. Numbers alone, no text.
const ROOMS: usize = 4;
const MOST_KEPT: usize = 1 << 18;

static FREE: Mutex<Vec<Room>> = Mutex::new(Vec::new());

/// Room for scoring.
#[derive(Default)]
pub(crate) struct Room {
    /// The scores of every partition that was scored, one partition's after another's, by cell.
    scores: Vec<f64>,
    /// By cell, the virtual frequencies of one term; 0 between terms.
    frequency: Vec<f64>,
    /// By cell, [`Norm::of`] its length.
    norms: Vec<f64>,
    /// Blocks with a frequency that is not 0: 1 for such a block, else 0. A byte each, since setting a bit waits for the
    /// one set before.
    touched: Vec<u8>,
    places: Places,
    damping: Damping,
}

/// Where the scores of a partition are; nowhere as long as no passage has one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slot {
    from: usize,
    len: usize,
}

impl Room {
    /// One that an earlier search used, or a new one; in it are no scores.
    pub(crate) fn lent() -> Self {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_default()
    }

    /// Leaves it to the next search.
    pub(crate) fn give_back(mut self) {
        self.scores.clear();
        self.scores.shrink_to(MOST_KEPT);
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < ROOMS {
            free.push(self);
        }
    }

    /// Looks up where the terms stand in partitions, which is asked of these by their numbers then.
    pub(crate) fn look_up(&mut self, partitions: &[&Partition], terms: &[Weighted]) {
        self.places.look_up(partitions, terms);
    }

    /// How much those of the terms are worth together that stand in the `nth` of the partitions that were looked up.
    pub(crate) fn worth(&self, nth: usize, partition: &Partition, terms: &[Weighted]) -> f64 {
        let places = self.places.of(nth);
        let held = |(nth, weighted): &(usize, &Weighted)| partition.holds_at(places, *nth, weighted.term);
        let held = terms.iter().enumerate().filter(held);
        held.map(|(_, weighted)| weighted.worth).sum()
    }

    /// Adds what the terms are worth to each cell of the `nth` partition that was looked up for them, which holds one of
    /// them, before priors and in their order: sums in another order would differ in their last bits. Where the scores are now.
    pub(crate) fn add(
        &mut self,
        nth: usize,
        partition: &Partition,
        slot: Slot,
        terms: &[Weighted],
        norm: &Norm,
    ) -> Slot {
        let cells = partition.cells();
        let blocks = cells.len().div_ceil(BLOCK);
        let slot = self.slot(slot, blocks * BLOCK);
        cells.each_length(|length| norm.of(length), &mut self.norms);
        self.norms.resize(blocks * BLOCK, f64::INFINITY);
        // There may be room for larger partitions.
        self.frequency.resize(slot.len.max(self.frequency.len()), 0.0);
        self.touched
            .resize(blocks.next_multiple_of(MARKS).max(self.touched.len()), 0);
        for (nth_term, weighted) in terms.iter().enumerate() {
            let (frequency, touched, damping) = (&mut self.frequency, &mut self.touched, &self.damping);
            let mut near = 0;
            partition.each_at(self.places.of(nth), nth_term, weighted.term, |posting| {
                if let Some(spot) = cells.spot(posting.passage, &mut near) {
                    spread(spot, &posting, damping, frequency, touched);
                }
            });
            self.gather(slot, weighted.worth);
        }
        slot
    }

    /// The scores of a partition.
    pub(crate) fn scores(&self, slot: Slot) -> &[f64] {
        self.scores.get(slot.from..slot.from + slot.len).unwrap_or_default()
    }

    /// The slot, or one of so many cells where it was nowhere.
    fn slot(&mut self, slot: Slot, len: usize) -> Slot {
        if slot.len > 0 {
            return slot;
        }
        let from = self.scores.len();
        self.scores.resize(from + len, 0.0);
        Slot { from, len }
    }

    /// Adds to the scores what a term's frequencies are worth, and sets them back.
    fn gather(&mut self, slot: Slot, worth: f64) {
        let scores = self.scores.get_mut(slot.from..slot.from + slot.len).unwrap_or_default();
        let scores = scores.as_chunks_mut::<BLOCK>().0;
        let (frequency, norms) = (
            self.frequency.as_chunks_mut::<BLOCK>().0,
            self.norms.as_chunks::<BLOCK>().0,
        );
        let marks = self.touched.as_chunks_mut::<MARKS>().0.iter_mut();
        for (from, marks) in (0..scores.len()).step_by(MARKS).zip(marks) {
            let mut left = u64::from_le_bytes(std::mem::take(marks));
            while left != 0 {
                let at = from + left.trailing_zeros() as usize / 8;
                left &= left - 1;
                if let (Some(scores), Some(frequency), Some(norms)) =
                    (scores.get_mut(at), frequency.get_mut(at), norms.get(at))
                {
                    add_worth(scores, std::mem::take(frequency), norms, worth);
                }
            }
        }
    }
}

/// A loop over all of a block, so that the processor does it at once.
#[inline]
fn add_worth(scores: &mut [f64; BLOCK], frequency: [f64; BLOCK], norms: &[f64; BLOCK], worth: f64) {
    for ((score, frequency), norm) in scores.iter_mut().zip(frequency).zip(norms) {
        *score += worth * rank::saturate(frequency, *norm);
    }
}

#[cfg(test)]
mod tests {
    use ccc_domain::{Agent, ConversationId, SessionId, Timestamp, rank::Corpus};

    use super::*;
    use crate::{Index, NewEntry, score::around, score::own, vocabulary::Term};

    const WORDS: [&str; 7] = ["backup", "logs", "policy", "guitar", "review", "Mel", "plan. And"];

    /// Four conversations that alternate: two with agents, two between people; the first has a passage of very many words.
    fn filled() -> Index {
        let (session, mut index) = (SessionId::from_bytes([1; 16]), Index::new());
        index.begin(session);
        let (mut numbers, mut chance) = ([0; 4], 7u32);
        for n in 0..700u32 {
            let mut next = |below: u32| {
                chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (chance >> 16) % below
            };
            let of = next(4) as usize;
            numbers[of] += 1;
            let agents = of < 2 && numbers[of] % 3 != 1;
            let words: Vec<&str> = (0..1 + next(220)).map(|_| WORDS[next(7) as usize]).collect();
            let text = if n == 100 {
                "logs ".repeat(70_000)
            } else {
                words.join(" ")
            };
            index.append(
                session,
                &NewEntry {
                    conversation: ConversationId::from_bytes([of as u8; 16]),
                    number: numbers[of],
                    agent: if agents { Agent::Codey } else { Agent::Wykeve },
                    speaker: (of == 2).then_some("Mel"),
                    at: Timestamp::from_ms(1_683_504_000_000 + i64::from(n) * 40_000_000),
                    whole: true,
                    text: &text,
                },
            );
        }
        index
    }

    /// What a passage scores, by the formulas and nothing else.
    fn plain(partition: &Partition, passage: u32, terms: &[Weighted], norm: &Norm) -> f64 {
        let posting_of = |from: u32, term: Term| {
            let mut held = Vec::new();
            partition.terms_of(from, &mut held);
            held.into_iter().find(|(other, _)| *other == term)
        };
        let (mut score, length) = (0.0, partition.passages[passage as usize].length_tenths);
        for weighted in terms {
            let mut frequency = 0.0;
            for (from, weight) in around(partition, passage) {
                let Some((_, posting)) = posting_of(from, weighted.term) else {
                    continue;
                };
                let damping = rank::damping(partition.passages[from as usize].words);
                frequency += match weight {
                    Some(weight) => weight * (damping * f64::from(posting.text)),
                    None => own(&posting),
                };
            }
            score += weighted.worth * rank::saturate(frequency, norm.of(length));
        }
        score
    }

    #[test]
    fn each_passage_scores_what_the_formulas_say_to_the_last_bit() {
        let index = filled();
        let partition = &index.partitions[&SessionId::from_bytes([1; 16])];
        let most = partition.passages.iter().map(|passage| passage.words).max();
        assert_eq!(
            (partition.segments.len() > 1, most > Some(1 << 16)),
            (true, true),
            "{} passages, {most:?} words",
            partition.passages.len()
        );
        let terms = ["backup", "log", "mel", "plan", "may", "polici", "2023"].map(|text| Weighted {
            term: index.vocabulary.get(text).unwrap(),
            worth: 0.3 + text.len() as f64 / 7.0,
        });
        let norm = Norm::new(&Corpus {
            passages: partition.passages.len() as u64,
            length_tenths: partition.length_tenths,
        });
        let (asked, lent) = terms.split_at(5);
        let mut room = Room::default();
        let mut add = |slot, terms: &[Weighted]| {
            // Two of them, so that the second one's places are not where the first one's are.
            room.look_up(&[partition, partition], terms);
            room.add(1, partition, slot, terms, &norm)
        };
        let first = add(Slot::default(), asked);
        let slot = add(first, lent);
        assert_eq!(add(slot, &[]).from, slot.from, "where there is nothing to add");
        let scores = room.scores(slot);
        for passage in 0..partition.passages.len() as u32 {
            let (cell, expected) = (
                partition.cells().of(passage).unwrap(),
                plain(partition, passage, &terms, &norm),
            );
            assert_eq!(partition.cells().passage(cell), Some(passage));
            assert_eq!(scores[cell as usize].to_bits(), expected.to_bits(), "passage {passage}");
        }
    }
}
