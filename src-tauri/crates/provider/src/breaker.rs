//! A rest for a server that keeps failing.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Failures in a row after which the server is left alone.
pub const FAILURES: u32 = 5;

/// Counts failures of one origin: [`FAILURES`] in a row open it for `rest`, then one probe decides.
#[derive(Debug)]
pub struct Breaker {
    rest: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing,
}

/// Leave for one attempt. Dropped without a word, it gives a probe's place back.
#[derive(Debug)]
pub struct Permit {
    breaker: Arc<Breaker>,
    probe: bool,
}

impl Breaker {
    /// A closed breaker that, once open, stays so for `rest`.
    pub fn new(rest: Duration) -> Arc<Self> {
        Arc::new(Self {
            rest,
            state: Mutex::new(State::Closed { failures: 0 }),
        })
    }

    /// Leave to try at `now`.
    ///
    /// # Errors
    /// How long to wait, if it is open; the whole rest while another attempt probes.
    pub fn admit(self: &Arc<Self>, now: Instant) -> Result<Permit, Duration> {
        let mut state = self.lock();
        let probe = match *state {
            State::Closed { .. } => false,
            State::Open { until } if until > now => return Err(until - now),
            State::Open { .. } => true,
            State::Probing => return Err(self.rest),
        };
        if probe {
            *state = State::Probing;
        }
        Ok(Permit {
            breaker: Arc::clone(self),
            probe,
        })
    }

    /// Notes that the server answers: whatever was counted is forgotten.
    pub fn succeeded(&self) {
        *self.lock() = State::Closed { failures: 0 };
    }

    /// Notes a failure of the server at `now`.
    pub fn failed(&self, now: Instant) {
        let mut state = self.lock();
        *state = match *state {
            State::Closed { failures } if failures + 1 < FAILURES => State::Closed { failures: failures + 1 },
            State::Closed { .. } | State::Probing => State::Open { until: now + self.rest },
            open @ State::Open { .. } => open,
        };
    }

    /// Whether it has been opened and not closed again since.
    pub fn is_open(&self) -> bool {
        !matches!(*self.lock(), State::Closed { .. })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.breaker.lock();
        if self.probe && *state == State::Probing {
            *state = State::Open { until: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(30);

    fn opened(now: Instant) -> Arc<Breaker> {
        let breaker = Breaker::new(REST);
        for _ in 0..FAILURES {
            breaker.failed(now);
        }
        breaker
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let (breaker, now) = (Breaker::new(REST), Instant::now());
        for _ in 0..3 {
            for _ in 1..FAILURES {
                breaker.failed(now);
            }
            assert!(breaker.admit(now).is_ok(), "four failures are not five");
            breaker.succeeded();
        }
        assert_eq!(opened(now).admit(now).err(), Some(REST));
    }

    #[test]
    fn after_its_rest_one_probe_decides() {
        let now = Instant::now();
        let breaker = opened(now);
        assert_eq!(breaker.admit(now + REST / 3).err(), Some(REST - REST / 3));
        let probe = breaker.admit(now + REST).unwrap();
        assert_eq!(breaker.admit(now + REST).err(), Some(REST), "one probe at a time");
        breaker.failed(now + REST);
        drop(probe);
        assert_eq!(
            breaker.admit(now + REST).err(),
            Some(REST),
            "a failed probe opens it again"
        );

        let probe = breaker.admit(now + REST * 2).unwrap();
        breaker.succeeded();
        drop(probe);
        breaker.failed(now);
        assert!(
            breaker.admit(now).is_ok(),
            "a probe that succeeded starts the count anew"
        );
    }

    #[test]
    fn an_abandoned_probe_gives_its_place_back() {
        let now = Instant::now();
        let breaker = opened(now.checked_sub(REST).unwrap_or(now));
        let later = now + REST;
        drop(breaker.admit(later).unwrap());
        assert!(breaker.admit(later).is_ok(), "a cancelled probe locks nobody out");
    }
}
