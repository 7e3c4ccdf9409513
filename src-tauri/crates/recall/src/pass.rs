//! The two passes of a search over its partitions, on several threads where there is enough to do.
//!
//! The first scores every passage by the query's terms: it finds the passages that lend further terms, and how high the
//! turns of each partition come. The second scores by all terms, the most promising partitions first, and leaves out those
//! that cannot come among the best any more. What is left out depends on who is quicker; what is found does not.

use std::{
    cell::Cell,
    cmp::Reverse,
    collections::BinaryHeap,
    num::NonZero,
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, Scope, ScopedJoinHandle},
};

use ccc_domain::rank;

use crate::{
    Index,
    explain::Ranked,
    narrow::Narrow,
    query::Priors,
    score::{Norm, Room, Weighted},
    weigh::{Best, MOST_LENT, ROUNDING, Weighing, Work},
};

/// Fewer passages are scored faster by one thread than it takes to start another. Tests have fewer, and several threads.
const PASSAGES_A_THREAD: usize = if cfg!(test) { 500 } else { 20_000 };
/// Partitions a thread takes at a time.
const TAKEN: usize = 8;
/// The first pass weighs turns this much below what it takes to be among the best, so that a partition whose turns are
/// lower still needs no second look though lent terms raise them.
const BELOW: f64 = 1.25;

thread_local! {
    /// Kept from one search to the next: numbers alone, no text.
    static ROOM: Cell<Room> = Cell::default();
}

/// What both passes read.
pub(crate) struct Passes<'s, 'a> {
    pub(crate) index: &'a Index,
    pub(crate) work: &'s [Work<'a>],
    pub(crate) priors: &'s Priors<'s>,
    pub(crate) norm: Norm,
    pub(crate) narrow: &'s Narrow<'s>,
    pub(crate) limit: usize,
    /// The terms of the query.
    pub(crate) asked: &'s [Weighted],
}

/// What the first pass finds out.
#[derive(Default)]
struct First<'a> {
    best: Best<'a>,
    /// The scores of the best turns, so far as they are known.
    scores: Scores,
    /// How high a turn of each partition may come.
    bounds: Vec<(f64, u32)>,
}

/// A thread that takes part.
struct Helper<'scope, 'a> {
    /// What it found in the first pass.
    first: mpsc::Receiver<First<'a>>,
    /// Told when the second pass may begin.
    go_on: mpsc::Sender<()>,
    thread: ScopedJoinHandle<'scope, Option<Vec<Ranked>>>,
}

/// What the second pass works by.
struct Second {
    /// All terms: those of the query and those that were lent.
    terms: Vec<Weighted>,
    /// Those that the first pass did not score.
    new: Vec<Weighted>,
    /// How many times its first score the terms of the query alone may come to.
    raised: f64,
    /// Partitions with their bounds, the most promising first.
    order: Vec<(f64, u32)>,
    next: AtomicUsize,
    /// No turn below this is among the best; the bits of a number that is not negative, which are ordered as it is.
    least: AtomicU64,
}

/// The highest scores, as bits: of numbers that are not negative they are ordered as these.
#[derive(Default)]
struct Scores {
    heap: BinaryHeap<Reverse<u64>>,
}

impl Scores {
    fn offer(&mut self, score: f64, limit: usize) {
        self.heap.push(Reverse(score.to_bits()));
        if self.heap.len() > limit {
            self.heap.pop();
        }
    }

    /// What it takes to be among the best `limit`; 0 while there are not so many.
    fn least(&self, limit: usize) -> f64 {
        let least = self.heap.peek().filter(|_| self.heap.len() >= limit);
        least.map_or(0.0, |least| f64::from_bits(least.0))
    }
}

impl<'a> Passes<'_, 'a> {
    /// The best turns, best first. `lend` tells what the best passages lend.
    pub(crate) fn run(&self, lend: impl FnOnce(Best<'a>) -> Vec<Weighted>) -> Vec<Ranked> {
        let (next, second) = (AtomicUsize::new(0), OnceLock::new());
        let mut best = thread::scope(|scope| {
            let helpers: Vec<Helper<'_, 'a>> = (1..self.threads()).map(|_| self.help(scope, &next, &second)).collect();
            let mut room = ROOM.take();
            let mut first = self.first(&next, &mut room);
            for helper in &helpers {
                if let Ok(other) = helper.first.recv() {
                    self.join(&mut first, other);
                }
            }
            let second = second.get_or_init(|| self.prepare(first, lend));
            for helper in &helpers {
                let _ = helper.go_on.send(());
            }
            let mut best = self.second(second, &mut room);
            ROOM.set(room);
            for helper in helpers {
                match helper.thread.join() {
                    Ok(others) => best.extend(others.into_iter().flatten()),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            best
        });
        best.sort_unstable();
        best.truncate(self.limit);
        best
    }

    /// Starts a thread that takes part in both passes.
    fn help<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        next: &'env AtomicUsize,
        second: &'env OnceLock<Second>,
    ) -> Helper<'scope, 'a> {
        let (tell, first) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        let thread = scope.spawn(move || {
            let mut room = Room::default();
            // Whoever waits at the other end is gone only if it failed, and then nothing is told here either.
            let _ = tell.send(self.first(next, &mut room));
            told.recv().ok()?;
            Some(self.second(second.get()?, &mut room))
        });
        Helper { first, go_on, thread }
    }

    fn threads(&self) -> usize {
        let passages: usize = self.work.iter().map(|work| work.partition.passages.len()).sum();
        let threads = (passages / PASSAGES_A_THREAD + 1).min(self.work.len().max(1)).min(4);
        // Asking costs a look into the system.
        if threads == 1 {
            return 1;
        }
        threads.min(thread::available_parallelism().map_or(1, NonZero::get))
    }

    fn first(&self, next: &AtomicUsize, room: &mut Room) -> First<'a> {
        let (mut first, mut turns) = (First::default(), Vec::new());
        loop {
            let from = next.fetch_add(TAKEN, Ordering::Relaxed);
            let Some(taken) = self.work.get(from..self.work.len().min(from + TAKEN)) else {
                break;
            };
            for work in taken {
                let scores = room.score(work.partition, self.asked, &self.norm);
                let weighing = Weighing {
                    work,
                    scores,
                    priors: self.priors,
                };
                weighing.offer_passages(&mut first.best);
                let bound = self.bound(weighing, &mut first.scores, &mut turns);
                first.bounds.push((bound, work.n));
            }
            if from + TAKEN >= self.work.len() {
                break;
            }
        }
        first
    }

    /// How high a turn of a partition may come by the query's terms.
    fn bound(&self, weighing: Weighing<'a, '_>, scores: &mut Scores, turns: &mut Vec<u32>) -> f64 {
        // Which turns are left is asked of the best alone, in the second pass.
        if !self.narrow.leaves_all() || self.work.len() == 1 {
            return f64::INFINITY;
        }
        let below = scores.least(self.limit) / BELOW;
        weighing.turns_from(below, turns);
        let mut bound = below;
        for n in turns {
            let Some(turn) = weighing.work.partition.turns.get(*n as usize) else {
                continue;
            };
            let score = weighing.turn(*n, turn);
            bound = f64::max(bound, score);
            if score > scores.least(self.limit) {
                scores.offer(score, self.limit);
            }
        }
        bound
    }

    fn join(&self, first: &mut First<'a>, other: First<'a>) {
        for (score, place) in other.best.0 {
            first.best.offer(score, place);
        }
        for score in other.scores.heap {
            first.scores.offer(f64::from_bits(score.0), self.limit);
        }
        first.bounds.extend(other.bounds);
    }

    fn prepare(&self, first: First<'a>, lend: impl FnOnce(Best<'a>) -> Vec<Weighted>) -> Second {
        let (mut terms, mut new, mut raised) = (self.asked.to_vec(), Vec::new(), 1.0);
        for lent in lend(first.best) {
            match terms.iter_mut().find(|known| known.term == lent.term) {
                Some(known) => {
                    raised = f64::max(raised, 1.0 + lent.worth / known.worth);
                    known.worth += lent.worth;
                }
                None => new.push(lent),
            }
        }
        terms.extend(&new);
        let mut order = first.bounds;
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Second {
            terms,
            new,
            raised,
            order,
            next: AtomicUsize::new(0),
            least: AtomicU64::new(first.scores.least(self.limit).to_bits()),
        }
    }

    fn second(&self, second: &Second, room: &mut Room) -> Vec<Ranked> {
        let (mut heap, mut turns) = (BinaryHeap::new(), Vec::new());
        while let Some((bound, n)) = second.order.get(second.next.fetch_add(1, Ordering::Relaxed)) {
            let Some(work) = self.work.get(*n as usize) else {
                continue;
            };
            if self.is_below(*bound, work, second) {
                continue;
            }
            let weighing = Weighing {
                work,
                scores: room.score(work.partition, &second.terms, &self.norm),
                priors: self.priors,
            };
            self.take(weighing, second, &mut heap, &mut turns);
        }
        heap.into_vec()
    }

    /// Whether no turn of a partition can come among the best.
    fn is_below(&self, bound: f64, work: &Work<'a>, second: &Second) -> bool {
        let least = f64::from_bits(second.least.load(Ordering::Relaxed)) * (1.0 - ROUNDING);
        let most_of_a_term = work.most * MOST_LENT * (rank::K1 + 1.0);
        let mut left = (least - bound * second.raised) / most_of_a_term;
        for new in &second.new {
            if left <= 0.0 {
                return false;
            }
            left -= if work.partition.holds(new.term) { new.worth } else { 0.0 };
        }
        left > 0.0
    }

    /// Puts a partition's turns among the best.
    fn take(&self, weighing: Weighing<'a, '_>, second: &Second, heap: &mut BinaryHeap<Ranked>, turns: &mut Vec<u32>) {
        let (work, partition) = (weighing.work, weighing.work.partition);
        weighing.turns_from(f64::from_bits(second.least.load(Ordering::Relaxed)), turns);
        if turns.is_empty() {
            return;
        }
        let holding = self.narrow.holding(self.index, partition);
        for &mut n in turns {
            let Some(turn) = partition.turns.get(n as usize) else {
                continue;
            };
            let score = weighing.turn(n, turn);
            let is_below = f64::from_bits(second.least.load(Ordering::Relaxed)) > score;
            if score <= 0.0 || is_below || !holding.admits(n) || !self.narrow.keeps(work.session, turn) {
                continue;
            }
            let Some(conversation) = partition.conversations.get(turn.conversation as usize) else {
                continue;
            };
            heap.push(Ranked {
                score,
                at: turn.at,
                session: work.session,
                conversation: conversation.id,
                number: turn.number,
                turn: n,
                work: work.n,
            });
            if heap.len() > self.limit {
                heap.pop();
            }
            if let Some(least) = heap.peek().filter(|_| heap.len() == self.limit) {
                second.least.fetch_max(least.score.to_bits(), Ordering::Relaxed);
            }
        }
    }
}
