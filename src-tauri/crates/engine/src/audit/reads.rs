//! Reads, noted in memory and written into the trail together: a read waits for no entry of its own.
//!
//! What is noted and not yet written is lost when the process ends by force; the chain does not miss it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ccc_domain::Timestamp;
use serde::Serialize;

/// How many different reads are kept apart; what is read beyond that is counted in one entry. A person reads fewer things
/// in a minute.
const MOST: usize = 1_000;

/// What was read, and what kind of thing it was.
pub(crate) type Read = (&'static str, &'static str, Option<[u8; 16]>);

/// The entry of all reads beyond [`MOST`].
const OTHERS: Read = ("read", "other", None);

/// How often one thing was read since the last writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Times {
    pub(crate) first: Timestamp,
    pub(crate) times: u32,
}

/// The reads that are not in the trail yet.
#[derive(Default)]
pub(crate) struct Reads(Mutex<BTreeMap<Read, Times>>);

impl Reads {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Read, Times>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a read.
    pub(crate) fn note(&self, read: Read, now: Timestamp) {
        self.add(read, Times { first: now, times: 1 });
    }

    fn add(&self, read: Read, more: Times) {
        let mut reads = self.lock();
        let read = if reads.len() < MOST || reads.contains_key(&read) {
            read
        } else {
            OTHERS
        };
        let known = reads.entry(read).or_insert(Times {
            first: more.first,
            times: 0,
        });
        known.first = known.first.min(more.first);
        known.times = known.times.saturating_add(more.times);
    }

    /// Takes all out, in an order that does not depend on when they came.
    pub(crate) fn take(&self) -> BTreeMap<Read, Times> {
        std::mem::take(&mut self.lock())
    }

    /// Puts back what could not be written.
    pub(crate) fn put_back(&self, reads: BTreeMap<Read, Times>) {
        reads.into_iter().for_each(|(read, times)| self.add(read, times));
    }

    /// Drops all.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_again_is_counted_and_beyond_a_thousand_things_only_that() {
        let reads = Reads::default();
        let at = Timestamp::from_ms;
        for (ms, n) in [(5, 1), (3, 1), (4, 2)] {
            reads.note(("read", "turn", Some([n; 16])), at(ms));
        }
        let taken = reads.take();
        assert_eq!(
            taken[&("read", "turn", Some([1; 16]))],
            Times { first: at(3), times: 2 }
        );
        assert_eq!((taken.len(), reads.take().len()), (2, 0));
        for n in 0..1_500u16 {
            let mut id = [0; 16];
            id[..2].copy_from_slice(&n.to_be_bytes());
            reads.note(("read", "turn", Some(id)), at(1));
        }
        let taken = reads.take();
        assert_eq!((taken.len(), taken[&OTHERS].times), (1_001, 500));
        reads.put_back(taken);
        let again = reads.take().into_values().map(|times| times.times).sum::<u32>();
        assert_eq!(again, 1_500, "none is lost by a writing that failed");
    }
}
