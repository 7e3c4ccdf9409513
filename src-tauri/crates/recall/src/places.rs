//! Where the terms of a search stand in some partitions.
//!
//! A search over everything asks hundreds of partitions for a few terms each, and what it reads of them is out of the
//! processor's caches. So several partitions are asked together, step by step, with nothing decided in between: the
//! processor then waits for memory once a step and not for each partition and term.

use crate::{
    partition::Partition,
    score::Weighted,
    segment::{Bucket, Place, Segment},
    vocabulary::Term,
};

/// The places of terms in partitions that were looked up together.
#[derive(Default)]
pub(crate) struct Places {
    buckets: Vec<Bucket>,
    /// Partition by partition, in each term by term, of each segment by segment.
    places: Vec<Place>,
    /// Where each partition's places begin.
    starts: Vec<usize>,
}

impl Places {
    /// Looks up where each term's postings begin in each segment of the partitions.
    pub(crate) fn look_up(&mut self, partitions: &[&Partition], terms: &[Weighted]) {
        let (buckets, places) = (&mut self.buckets, &mut self.places);
        let mut met = partitions.iter().fold(0, |met, partition| met ^ partition.met());
        buckets.clear();
        each(partitions, terms, |_, term, segment| {
            buckets.push(segment.bucket_of(term))
        });
        each(partitions, terms, |n, _, segment| {
            met ^= buckets.get(n).map_or(0, |bucket| segment.first_of(*bucket));
        });
        // What was met is of no use but that it is in the cache now.
        std::hint::black_box(met);
        places.clear();
        each(partitions, terms, |n, term, segment| {
            let bucket = buckets.get(n).copied().unwrap_or_default();
            places.push(Place {
                start: segment.find_in(bucket, term),
                count: 0,
            });
        });
        each(partitions, terms, |n, _, segment| {
            if let Some(place) = places.get_mut(n) {
                place.count = segment.count_from(place.start);
            }
        });
        self.starts.clear();
        let mut start = 0;
        for partition in partitions {
            self.starts.push(start);
            start += terms.len() * partition.segments.len();
        }
    }

    /// Of the partition that was the `nth` of those looked up: one for each term and segment, term by term.
    pub(crate) fn of(&self, nth: usize) -> &[Place] {
        let start = self.starts.get(nth).copied().unwrap_or(self.places.len());
        self.places.get(start..).unwrap_or_default()
    }
}

/// Calls `step` for each term and segment of each partition, with its number in that order.
#[inline]
fn each(partitions: &[&Partition], terms: &[Weighted], mut step: impl FnMut(usize, Term, &Segment)) {
    let mut n = 0;
    for partition in partitions {
        for weighted in terms {
            for segment in &partition.segments {
                step(n, weighted.term, segment);
                n += 1;
            }
        }
    }
}
