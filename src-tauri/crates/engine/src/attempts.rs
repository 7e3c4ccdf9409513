//! Wrong secrets, each made to cost time: the wait grows, and nothing is ever locked out or wiped.
//!
//! It slows whoever types at this program. Whoever has the keys file can try without it; there the derivation's cost holds.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ccc_domain::Timestamp;

/// How many wrong ones cost nothing: a typing error and its repetition.
const FREE: u32 = 2;
/// The longest wait; a person who remembers is not kept out longer.
const LONGEST: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Inner {
    wrong: u32,
    last: Timestamp,
}

/// The wrong secrets since the last right one.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<Inner>);

impl Attempts {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long to wait before the next one, in milliseconds; none where it may be tried. A clock that was set back does
    /// not prolong it.
    pub(crate) fn wait_ms(&self, now: Timestamp) -> Option<u64> {
        let inner = self.lock();
        let over = inner.wrong.checked_sub(FREE + 1)?;
        let rest = Duration::from_secs(1 << over.min(10)).min(LONGEST);
        let rest = u64::try_from(rest.as_millis()).unwrap_or(u64::MAX);
        let since = now.ms().saturating_sub(inner.last.ms());
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        rest.checked_sub(since).filter(|left| *left > 0)
    }

    /// Notes a wrong one.
    pub(crate) fn wrong(&self, now: Timestamp) {
        let mut inner = self.lock();
        inner.wrong = inner.wrong.saturating_add(1);
        inner.last = now;
    }

    /// Notes a right one.
    pub(crate) fn right(&self) {
        self.lock().wrong = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_the_third_wrong_one_on_and_a_right_one_ends_it() {
        let attempts = Attempts::default();
        let now = Timestamp::from_ms(1_000_000);
        let mut waits = Vec::new();
        for _ in 0..9 {
            attempts.wrong(now);
            waits.push(attempts.wait_ms(now).unwrap_or(0));
        }
        assert_eq!(waits, [0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        let later = |ms| Timestamp::from_ms(now.ms() + ms);
        assert_eq!(
            (attempts.wait_ms(later(29_999)), attempts.wait_ms(later(30_000))),
            (Some(1), None)
        );
        assert_eq!(attempts.wait_ms(later(-5)), None, "the clock was set back");
        attempts.right();
        assert_eq!(attempts.wait_ms(now), None);
    }
}
