//! The two passes of a search over its partitions, on several threads where there is enough to do.
//!
//! The first scores every passage by the query's terms: it finds the passages that lend further terms. The second adds what
//! those are worth to the scores of the first, the most promising partitions first, and leaves out those in which no turn
//! can come among the best. What is left out depends on who is quicker; what is found does not.

use std::{
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
    partition::Partition,
    query::Priors,
    room::{Room, Slot},
    score::{Norm, Weighted},
    weigh::{Best, MOST_LENT, ROUNDING, Weighing, Work},
};

/// Fewer passages are scored faster by one thread than it takes to start another. Tests have fewer, and several threads.
const PASSAGES_A_THREAD: usize = if cfg!(test) { 500 } else { 20_000 };
/// Partitions a thread takes at a time.
const TAKEN: usize = 8;

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

/// A partition that was scored in the first pass.
struct Scored {
    /// No passage of it weighs more by the query's terms.
    most: f64,
    work: u32,
    /// A turn of it comes to this by the query's terms alone.
    floor: f64,
    /// Its scores.
    slot: Slot,
}

/// A thread that takes part.
struct Helper<'scope, 'a> {
    /// What it found in the first pass.
    first: mpsc::Receiver<(Best<'a>, Vec<f64>)>,
    /// Told when the second pass may begin.
    go_on: mpsc::Sender<()>,
    thread: ScopedJoinHandle<'scope, Option<Vec<Ranked>>>,
}

/// What the second pass works by.
struct Second {
    /// What was lent: new terms, and what others are worth more.
    lent: Vec<Weighted>,
    /// No turn below this is among the best; the bits of a number that is not negative, which are ordered as it is.
    least: AtomicU64,
}

impl Second {
    fn least(&self) -> f64 {
        f64::from_bits(self.least.load(Ordering::Relaxed))
    }
}

impl<'a> Passes<'_, 'a> {
    /// The best turns, best first. `lend` tells what the best passages lend.
    pub(crate) fn run(&self, lend: impl FnOnce(Best<'a>) -> Vec<Weighted>) -> Vec<Ranked> {
        let (next, second) = (AtomicUsize::new(0), OnceLock::new());
        let mut best = thread::scope(|scope| {
            let helpers: Vec<Helper<'_, 'a>> = (1..self.threads()).map(|_| self.help(scope, &next, &second)).collect();
            let mut room = Room::lent();
            let (mut passages, scored) = self.first(&next, &mut room);
            let mut floors = floors(&scored);
            for helper in &helpers {
                let Ok((best, others)) = helper.first.recv() else {
                    continue;
                };
                best.0
                    .into_iter()
                    .for_each(|(score, place)| passages.offer(score, place));
                floors.extend(others);
            }
            let second = second.get_or_init(|| Second {
                lent: lend(passages),
                least: AtomicU64::new(self.least(floors).to_bits()),
            });
            for helper in &helpers {
                let _ = helper.go_on.send(());
            }
            let mut best = self.second(second, scored, &mut room);
            room.give_back();
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
            let mut room = Room::lent();
            let (passages, scored) = self.first(next, &mut room);
            // Whoever waits at the other end is gone only if it failed, and then nothing is told here either.
            let _ = tell.send((passages, floors(&scored)));
            told.recv().ok()?;
            let best = self.second(second.get()?, scored, &mut room);
            room.give_back();
            Some(best)
        });
        Helper { first, go_on, thread }
    }

    /// What is surely reached by as many turns as are looked for: each partition has one that comes to its floor, and the
    /// second pass takes nothing away.
    fn least(&self, mut floors: Vec<f64>) -> f64 {
        let Some(last) = self
            .limit
            .checked_sub(1)
            .filter(|last| self.narrow.leaves_all() && *last < floors.len())
        else {
            return 0.0;
        };
        let (_, least, _) = floors.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
        *least * (1.0 - ROUNDING)
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

    /// Scores the partitions that no other thread takes: the best passages of them, and all of them.
    fn first(&self, next: &AtomicUsize, room: &mut Room) -> (Best<'a>, Vec<Scored>) {
        let (mut best, mut scored) = (Best::default(), Vec::new());
        loop {
            let from = next.fetch_add(TAKEN, Ordering::Relaxed);
            let Some(taken) = self.work.get(from..self.work.len().min(from + TAKEN)) else {
                break;
            };
            let partitions: Vec<&Partition> = taken.iter().map(|work| work.partition).collect();
            room.look_up(&partitions, self.asked);
            for (nth, work) in taken.iter().enumerate() {
                let mut slot = Slot::default();
                if room.worth(nth, work.partition, self.asked) > 0.0 {
                    slot = room.add(nth, work.partition, slot, self.asked, &self.norm);
                }
                let weighing = Weighing {
                    work,
                    scores: room.scores(slot),
                    priors: self.priors,
                };
                weighing.offer_passages(&mut best);
                scored.push(Scored {
                    most: weighing.most(),
                    work: work.n,
                    floor: weighing.floor(),
                    slot,
                });
            }
            if from + TAKEN >= self.work.len() {
                break;
            }
        }
        (best, scored)
    }

    fn second(&self, second: &Second, mut scored: Vec<Scored>, room: &mut Room) -> Vec<Ranked> {
        let (mut heap, mut turns) = (BinaryHeap::new(), Vec::new());
        scored.sort_unstable_by(|a, b| b.most.total_cmp(&a.most).then(a.work.cmp(&b.work)));
        for scored in scored.chunks(TAKEN) {
            let of = |scored: &Scored| Some((self.work.get(scored.work as usize)?, scored.most, scored.slot));
            let taken: Vec<(&Work<'a>, f64, Slot)> = scored.iter().filter_map(of).collect();
            let partitions: Vec<&Partition> = taken.iter().map(|(work, ..)| work.partition).collect();
            room.look_up(&partitions, &second.lent);
            for (nth, (work, most, mut slot)) in taken.into_iter().enumerate() {
                let worth = room.worth(nth, work.partition, &second.lent);
                let lent = worth * (rank::K1 + 1.0) * work.most;
                // No turn of it may come among the best.
                if (most + lent) * MOST_LENT < second.least() * (1.0 - ROUNDING) {
                    continue;
                }
                if worth > 0.0 {
                    slot = room.add(nth, work.partition, slot, &second.lent, &self.norm);
                }
                let weighing = Weighing {
                    work,
                    scores: room.scores(slot),
                    priors: self.priors,
                };
                self.take(weighing, second, &mut heap, &mut turns);
            }
        }
        heap.into_vec()
    }

    /// Puts a partition's turns among the best.
    fn take(&self, weighing: Weighing<'a, '_>, second: &Second, heap: &mut BinaryHeap<Ranked>, turns: &mut Vec<u32>) {
        let (work, partition) = (weighing.work, weighing.work.partition);
        weighing.turns_from(second.least(), turns);
        if turns.is_empty() {
            return;
        }
        let holding = self.narrow.holding(self.index, partition);
        for &mut n in turns {
            let Some(turn) = partition.turns.get(n as usize) else {
                continue;
            };
            let score = weighing.turn(n, turn);
            let is_below = second.least() > score;
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

fn floors(scored: &[Scored]) -> Vec<f64> {
    scored.iter().map(|scored| scored.floor).collect()
}
