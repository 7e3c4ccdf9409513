//! The scores of one partition's turns, from those of its passages: priors, and what neighbours lend each other.

use std::cmp::Ordering;

use ccc_domain::{
    Agent, ConversationId, SessionId, Timestamp,
    rank::{self, FEEDBACK_PASSAGES},
};

use crate::{entries::TurnEntry, partition::Partition, query::Priors};

/// One partition's share of a search.
pub(crate) struct Work<'a> {
    /// Its place among all that are searched.
    pub(crate) n: u32,
    pub(crate) session: SessionId,
    pub(crate) partition: &'a Partition,
    /// No passage of it weighs more.
    pub(crate) most: f64,
}

/// What a turn's score is to that of its best passage, its neighbour's counted, at most.
pub(crate) const MOST_LENT: f64 = 1.0
    + if rank::LIFT > rank::ANSWER {
        rank::LIFT
    } else {
        rank::ANSWER
    };

/// A bound is held against scores that were rounded on another way; this is far more than that comes to.
pub(crate) const ROUNDING: f64 = 1e-9;

/// Scores that are looked at together.
const BLOCK: usize = 16;

/// Where a passage stands, in an order that does not depend on numbers given while loading.
pub(crate) struct Place<'a> {
    pub(crate) session: SessionId,
    pub(crate) partition: &'a Partition,
    pub(crate) passage: u32,
}

impl Place<'_> {
    /// Session, instant, conversation, number, and the passage's place in its turn.
    fn key(&self) -> (SessionId, Timestamp, Option<ConversationId>, u32, u32) {
        let passage = self.partition.passages.get(self.passage as usize);
        let turn = passage.and_then(|passage| self.partition.turns.get(passage.turn as usize));
        let conversation = turn.and_then(|turn| self.partition.conversations.get(turn.conversation as usize));
        (
            self.session,
            turn.map_or(Timestamp::default(), |turn| turn.at),
            conversation.map(|conversation| conversation.id),
            turn.map_or(0, |turn| turn.number),
            self.passage - turn.map_or(0, |turn| turn.first),
        )
    }
}

/// The best passages with their scores, best first, at most [`FEEDBACK_PASSAGES`].
#[derive(Default)]
pub(crate) struct Best<'a>(pub(crate) Vec<(f64, Place<'a>)>);

impl<'a> Best<'a> {
    /// What a passage must have to come among them.
    pub(crate) fn least(&self) -> f64 {
        self.0.get(FEEDBACK_PASSAGES - 1).map_or(0.0, |(score, _)| *score)
    }

    pub(crate) fn offer(&mut self, score: f64, place: Place<'a>) {
        if score < self.least() {
            return;
        }
        let new = (score, place);
        let at = self.0.partition_point(|known| Self::order(known, &new).is_lt());
        self.0.insert(at, new);
        self.0.truncate(FEEDBACK_PASSAGES);
    }

    fn order(a: &(f64, Place<'a>), b: &(f64, Place<'a>)) -> Ordering {
        b.0.total_cmp(&a.0).then_with(|| a.1.key().cmp(&b.1.key()))
    }
}

/// A partition with the scores of its cells.
#[derive(Clone, Copy)]
pub(crate) struct Weighing<'a, 's> {
    pub(crate) work: &'s Work<'a>,
    pub(crate) scores: &'s [f64],
    pub(crate) priors: &'s Priors<'s>,
}

impl<'a> Weighing<'a, '_> {
    /// Offers every passage that may be among the best.
    pub(crate) fn offer_passages(&self, best: &mut Best<'a>) {
        for (cell, score) in self.cells_from(best.least()) {
            let weighed = self.weighed(cell, score);
            if weighed < best.least() {
                continue;
            }
            let Some(passage) = self.passage(cell) else { continue };
            let place = Place {
                session: self.work.session,
                partition: self.work.partition,
                passage,
            };
            best.offer(weighed, place);
        }
    }

    fn passage(&self, cell: u32) -> Option<u32> {
        self.work.partition.cells().passage(cell)
    }

    /// No passage weighs more.
    pub(crate) fn most(&self) -> f64 {
        self.work.most * self.highest()
    }

    /// The highest score before priors; 0 where there is none.
    fn highest(&self) -> f64 {
        let (blocks, rest) = self.scores.as_chunks::<BLOCK>();
        let mut most = [0.0; BLOCK];
        for block in blocks {
            // Written so that the processor does it at once.
            let larger = |(most, score): (&mut f64, &f64)| *most = if *score > *most { *score } else { *most };
            most.iter_mut().zip(block).for_each(larger);
        }
        most.into_iter().chain(rest.iter().copied()).fold(0.0, f64::max)
    }

    /// A turn comes to this or more: the one of a passage with the highest score before priors. 0 where none has any.
    pub(crate) fn floor(&self) -> f64 {
        let highest = self.highest();
        let found = self.scores.iter().position(|score| *score == highest);
        let cell = found
            .filter(|_| highest > 0.0)
            .and_then(|cell| u32::try_from(cell).ok());
        cell.map_or(0.0, |cell| self.weighed(cell, highest) * rank::QUESTION.min(1.0))
    }

    /// The cells that may weigh `least` or more, with their scores before priors; for 0 all that have one. Most are below,
    /// so many are asked at once.
    fn cells_from(&self, least: f64) -> impl Iterator<Item = (u32, f64)> + use<'_, 'a> {
        let least = f64::max(least / self.work.most * (1.0 - ROUNDING), f64::MIN_POSITIVE);
        let blocks = (0..).step_by(BLOCK).zip(self.scores.chunks(BLOCK));
        let any = move |block: &[f64]| block.iter().fold(false, |any, score| any | (*score >= least));
        blocks
            .filter(move |(_, block)| any(block))
            .flat_map(|(from, block)| (from..).zip(block))
            .filter(move |(_, score)| **score >= least)
            .map(|(cell, score)| (cell, *score))
    }

    #[inline]
    fn weighed(&self, cell: u32, score: f64) -> f64 {
        let partition = self.work.partition;
        if let Some(factor) = self.priors.of_class(partition.cells().class(cell)) {
            return score * factor;
        }
        let this = self.passage(cell).and_then(|passage| partition.at(passage));
        this.map_or(0.0, |this| score * self.priors.of(partition, this))
    }

    /// The turns whose score may be `least` or more, each once, in their order; for 0 all that have one.
    pub(crate) fn turns_from(&self, least: f64, turns: &mut Vec<u32>) {
        let partition = self.work.partition;
        let least = least * (1.0 - ROUNDING);
        // Of a turn that comes to `least` with its neighbour's help, and that neighbour, one has this of its own.
        let either = least / MOST_LENT;
        turns.clear();
        for (cell, score) in self.cells_from(either) {
            let weighed = self.weighed(cell, score);
            if weighed < either {
                continue;
            }
            let Some(passage) = self.passage(cell).and_then(|passage| partition.at(passage)) else {
                continue;
            };
            if weighed >= least || passage.may_borrow() {
                turns.push(passage.turn);
            }
            turns.extend(self.borrower(passage.turn));
        }
        turns.sort_unstable();
        turns.dedup();
    }

    /// The turn to whose score this one's may be added.
    fn borrower(&self, turn: u32) -> Option<u32> {
        let partition = self.work.partition;
        let this = partition.turns.get(turn as usize)?;
        if self.is_among_agents(this) {
            partition.turn_before(this)
        } else {
            partition.turn_after(partition.passages_of(turn).end.checked_sub(1)?)
        }
    }

    fn is_among_agents(&self, turn: &TurnEntry) -> bool {
        let conversation = self.work.partition.conversations.get(turn.conversation as usize);
        conversation.is_some_and(|conversation| conversation.agents)
    }

    /// A turn's score: that of its best passage.
    fn own(&self, n: u32) -> f64 {
        let partition = self.work.partition;
        let passages = partition.passages_of(n);
        let from = partition.cells().of(passages.start);
        // A turn's passages follow one another in its conversation.
        let scores = from.and_then(|from| self.scores.get(from as usize..from as usize + passages.len()));
        let scores = scores.unwrap_or_default();
        if scores.iter().all(|score| *score <= 0.0) {
            return 0.0;
        }
        let weighed = (from.unwrap_or(0)..)
            .zip(scores)
            .map(|(cell, score)| self.weighed(cell, *score));
        weighed.fold(0.0, f64::max)
    }

    /// A turn's score with what its neighbour lends it.
    pub(crate) fn turn(&self, n: u32, turn: &TurnEntry) -> f64 {
        let partition = self.work.partition;
        let entry = |turn: Option<u32>| turn.and_then(|n| Some((n, partition.turns.get(n as usize)?)));
        let of = |lender: Option<(u32, &TurnEntry)>| lender.map_or(0.0, |(n, _)| self.own(n));
        let score = self.own(n);
        if self.is_among_agents(turn) {
            if turn.agent != Agent::Wykeve {
                return score;
            }
            let after = entry(partition.turn_after(partition.passages_of(n).end.saturating_sub(1)));
            return score + rank::LIFT * of(after.filter(|(_, after)| after.agent != Agent::Wykeve));
        }
        let before = entry(partition.turn_before(turn));
        let score = score + rank::ANSWER * of(before.filter(|(_, before)| before.asks));
        score * if turn.question { rank::QUESTION } else { 1.0 }
    }
}
