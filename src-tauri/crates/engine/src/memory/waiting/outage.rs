//! How often a disk that fails is tried: a circuit breaker whose probe is the write that waits longest.

use std::time::Duration;

use ccc_domain::{ErrorCode, Timestamp};

/// The first rest; each failed try doubles it. A second is what a person takes to empty the bin.
const FIRST_REST: Duration = Duration::from_secs(1);
/// The longest rest: room that was made is noticed within it.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// A disk that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Why, by its last failure.
    pub code: ErrorCode,
    /// Why, in words.
    pub reason: String,
    /// When it failed last.
    failed_at: Timestamp,
    rest: Duration,
}

impl Outage {
    /// Begun by this failure.
    pub fn new(code: ErrorCode, reason: String, now: Timestamp) -> Self {
        Self {
            code,
            reason,
            failed_at: now,
            rest: FIRST_REST,
        }
    }

    /// Goes on with another failure: the next rest is twice as long.
    pub fn again(&mut self, code: ErrorCode, reason: String, now: Timestamp) {
        (self.code, self.reason, self.failed_at) = (code, reason, now);
        self.rest = (self.rest * 2).min(LONGEST_REST);
    }

    /// Whether it had its rest. A clock that was set back does not prolong it.
    pub fn is_over_its_rest(&self, now: Timestamp) -> bool {
        let rest = i64::try_from(self.rest.as_millis()).unwrap_or(i64::MAX);
        let since = now.ms().saturating_sub(self.failed_at.ms());
        since < 0 || since >= rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_doubles_with_each_failure_and_ends_at_half_a_minute() {
        let at = Timestamp::from_ms;
        let mut outage = Outage::new(ErrorCode::DiskFailed, String::new(), at(0));
        let mut rests = Vec::new();
        for _ in 0..7 {
            let over = (0..).step_by(500).find(|ms| outage.is_over_its_rest(at(*ms)));
            rests.push(over.unwrap());
            outage.again(ErrorCode::DiskFailed, String::new(), at(0));
        }
        assert_eq!(rests, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert!(outage.is_over_its_rest(at(-1)), "the clock was set back");
    }
}
