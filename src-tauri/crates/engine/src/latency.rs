//! How long operations take, since the profile was opened: counts and durations, nothing of what they handled.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;

/// How many of the latest durations of an operation are kept: enough for a 99th percentile, a few kilobytes.
const KEPT: usize = 1_000;

/// How long one operation took.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct OperationLatency {
    /// Its name, as the service's method.
    pub operation: String,
    /// How often it ran.
    pub count: u32,
    /// The median of the latest runs, in milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub p50_ms: f64,
    /// 95 of 100 took at most this long.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub p95_ms: f64,
    /// 99 of 100 took at most this long.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub p99_ms: f64,
}

/// The durations of the latest runs, by operation.
#[derive(Default)]
pub(crate) struct Latencies(Mutex<BTreeMap<&'static str, Runs>>);

#[derive(Default)]
struct Runs {
    count: u32,
    latest: Vec<Duration>,
}

/// Measures from its making to its end.
pub(crate) struct Timed<'a> {
    latencies: &'a Latencies,
    operation: &'static str,
    began: Instant,
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        self.latencies.record(self.operation, self.began.elapsed());
    }
}

impl Latencies {
    /// Measures `operation` until what is returned is dropped.
    pub(crate) fn time(&self, operation: &'static str) -> Timed<'_> {
        Timed {
            latencies: self,
            operation,
            began: Instant::now(),
        }
    }

    fn record(&self, operation: &'static str, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = all.entry(operation).or_default();
        let at = runs.count as usize % KEPT;
        runs.count = runs.count.saturating_add(1);
        match runs.latest.get_mut(at) {
            Some(oldest) => *oldest = took,
            None => runs.latest.push(took),
        }
    }

    /// Every operation that ran, by name.
    pub(crate) fn report(&self) -> Vec<OperationLatency> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(operation, runs)| runs.report(operation)).collect()
    }
}

impl Runs {
    fn report(&self, operation: &str) -> OperationLatency {
        let mut sorted = self.latest.clone();
        sorted.sort_unstable();
        let at = |share: usize| {
            // The nearest rank: the smallest duration that at least this share does not exceed.
            let rank = (sorted.len() * share).div_ceil(100).saturating_sub(1);
            sorted.get(rank).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
        };
        OperationLatency {
            operation: operation.to_owned(),
            count: self.count,
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency(operation: &str, count: u32, [p50_ms, p95_ms, p99_ms]: [f64; 3]) -> OperationLatency {
        OperationLatency {
            operation: operation.to_owned(),
            count,
            p50_ms,
            p95_ms,
            p99_ms,
        }
    }

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let latencies = Latencies::default();
        (1..=100)
            .rev()
            .for_each(|ms| latencies.record("many", Duration::from_millis(ms)));
        latencies.record("few", Duration::from_millis(7));
        assert_eq!(
            latencies.report(),
            [latency("few", 1, [7.0; 3]), latency("many", 100, [50.0, 95.0, 99.0]),]
        );
    }

    #[test]
    fn only_the_latest_runs_count_and_all_are_counted() {
        let latencies = Latencies::default();
        latencies.record("one", Duration::from_secs(9));
        (0..KEPT).for_each(|_| latencies.record("one", Duration::from_millis(2)));
        assert_eq!(latencies.report(), [latency("one", 1_001, [2.0; 3])]);
    }
}
