//! Times of single operations, and what they come to.

use std::time::Instant;

/// What one operation took, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// From call to return.
    pub wall: u64,
    /// Computing time of all threads of the process; none where the system does not tell.
    pub cpu: Option<u64>,
}

/// Runs `work` and takes its time.
pub fn time<T>(work: impl FnOnce() -> T) -> (T, Sample) {
    let (cpu, wall) = (cpu_ns(), Instant::now());
    let result = work();
    let wall = u64::try_from(wall.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let cpu = cpu.zip(cpu_ns()).map(|(from, to)| to.saturating_sub(from));
    (result, Sample { wall, cpu })
}

/// Computing time of the process so far. Of the process and not of the thread, because a store may work on a thread of
/// its own; nothing else runs in this one while an operation is measured.
#[cfg(unix)]
fn cpu_ns() -> Option<u64> {
    use rustix::time::{ClockId, clock_gettime};
    let at = clock_gettime(ClockId::ProcessCPUTime);
    let (s, ns) = (u64::try_from(at.tv_sec).ok()?, u64::try_from(at.tv_nsec).ok()?);
    Some(s * 1_000_000_000 + ns)
}

#[cfg(not(unix))]
fn cpu_ns() -> Option<u64> {
    None
}

/// Percentiles in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Half of all were at most this.
    pub p50: f64,
    /// Nine of ten.
    pub p90: f64,
    /// Nineteen of twenty.
    pub p95: f64,
    /// Ninety-nine of a hundred.
    pub p99: f64,
}

impl Spread {
    /// Of the walls of `samples`.
    pub fn of_wall(samples: &[Sample]) -> Self {
        Self::of(samples.iter().map(|sample| sample.wall).collect())
    }

    /// Of the computing times of `samples`; none where one is unknown.
    pub fn of_cpu(samples: &[Sample]) -> Option<Self> {
        let times: Option<Vec<u64>> = samples.iter().map(|sample| sample.cpu).collect();
        times.map(Self::of)
    }

    fn of(mut ns: Vec<u64>) -> Self {
        ns.sort_unstable();
        let at = |percent: usize| {
            // The nearest rank: a time that was really taken.
            let rank = (ns.len() * percent).div_ceil(100).max(1) - 1;
            ns.get(rank).map_or(f64::NAN, |&ns| ns as f64 / 1_000.0)
        };
        Self {
            p50: at(50),
            p90: at(90),
            p95: at(95),
            p99: at(99),
        }
    }
}

/// Samples of both sides, taken turn and turn about.
#[derive(Default)]
pub struct Pair {
    /// CCC's.
    pub sealed: Vec<Sample>,
    /// The baseline's.
    pub plain: Vec<Sample>,
}

impl Pair {
    /// Takes one sample of each side; who goes first alternates.
    pub fn take<E>(
        &mut self,
        sealed: impl FnOnce() -> Result<Sample, E>,
        plain: impl FnOnce() -> Result<Sample, E>,
    ) -> Result<(), E> {
        if self.sealed.len().is_multiple_of(2) {
            self.sealed.push(sealed()?);
            self.plain.push(plain()?);
        } else {
            self.plain.push(plain()?);
            self.sealed.push(sealed()?);
        }
        Ok(())
    }

    /// Adds another round's samples.
    pub fn extend(&mut self, other: Self) {
        self.sealed.extend(other.sealed);
        self.plain.extend(other.plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walls(ns: impl IntoIterator<Item = u64>) -> Vec<Sample> {
        ns.into_iter().map(|wall| Sample { wall, cpu: Some(1) }).collect()
    }

    #[test]
    fn percentiles_are_times_that_were_taken() {
        let spread = Spread::of_wall(&walls((1..=100).rev().map(|n| n * 1_000)));
        let expected = Spread {
            p50: 50.0,
            p90: 90.0,
            p95: 95.0,
            p99: 99.0,
        };
        assert_eq!(spread, expected);
        let one = Spread::of_wall(&walls([7_000]));
        assert_eq!((one.p50, one.p99), (7.0, 7.0));
        assert!(Spread::of_wall(&[]).p50.is_nan(), "nothing measured is no zero");
    }

    #[test]
    fn one_unknown_computing_time_makes_all_unknown() {
        let mut samples = walls([1, 2]);
        assert!(Spread::of_cpu(&samples).is_some());
        samples.push(Sample { wall: 1, cpu: None });
        assert_eq!(Spread::of_cpu(&samples), None);
    }

    #[test]
    fn the_sides_take_turns_in_going_first() {
        let order = std::cell::RefCell::new(String::new());
        let say = |side| {
            order.borrow_mut().push(side);
            Ok::<_, ()>(Sample { wall: 0, cpu: None })
        };
        let mut pair = Pair::default();
        for _ in 0..3 {
            pair.take(|| say('s'), || say('p')).unwrap();
        }
        assert_eq!(order.into_inner(), "spps".to_owned() + "sp");
    }
}
