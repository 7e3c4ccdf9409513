//! Whether the person is still there: the window tells of what they do, and this counts the time since.
//!
//! The count is kept here and not in the page, so that a window that hangs is locked all the same. Two clocks are
//! compared: the steady one stands still while the computer sleeps on some systems, the wall clock does not.

use std::time::{Duration, Instant};

use ccc_domain::Timestamp;
use ccc_engine::{Clock, SystemClock, settings::AppSettings};

use super::AppState;
use crate::error::Error;

/// How often it is looked. A lock may be this late.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A jump of the clocks that means the computer slept: longer than a busy machine keeps a timer waiting, shorter than
/// anybody is away for.
const JUMP: Duration = Duration::from_secs(30);

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    steady: Instant,
    wall: Timestamp,
}

impl Reading {
    pub(super) fn now() -> Self {
        Self {
            steady: Instant::now(),
            wall: SystemClock.now(),
        }
    }

    /// How far each clock went since `before`, the steady one first; a clock that was set back did not move.
    fn since(&self, before: &Self) -> (Duration, Duration) {
        let wall = self.wall.ms().saturating_sub(before.wall.ms());
        (
            self.steady.saturating_duration_since(before.steady),
            Duration::from_millis(u64::try_from(wall).unwrap_or(0)),
        )
    }
}

#[cfg(test)]
impl Reading {
    /// So long before.
    pub(super) fn before(self, by: Duration) -> Self {
        Self {
            steady: self.steady.checked_sub(by).unwrap(),
            wall: moved(self.wall, by, -1),
        }
    }

    /// After a sleep of so long.
    pub(super) fn asleep(self, by: Duration) -> Self {
        Self {
            wall: moved(self.wall, by, 1),
            ..self
        }
    }
}

#[cfg(test)]
fn moved(wall: Timestamp, by: Duration, sign: i64) -> Timestamp {
    Timestamp::from_ms(wall.ms() + sign * i64::try_from(by.as_millis()).unwrap())
}

/// Why the profile is locked by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Away {
    /// Nothing was done for as long as the person allows.
    Idle,
    /// The computer slept.
    Slept,
}

/// When the person last did something, and when that was last looked at.
pub(super) struct Vigil {
    active: Reading,
    looked: Reading,
}

impl Vigil {
    pub(super) const fn new(now: Reading) -> Self {
        Self {
            active: now,
            looked: now,
        }
    }

    /// The person did something.
    pub(super) const fn note(&mut self, now: Reading) {
        self.active = now;
    }

    /// Whether they are away by what they set.
    fn look(&mut self, now: Reading, settings: &AppSettings) -> Option<Away> {
        let (steady, wall) = now.since(&self.looked);
        self.looked = now;
        let slept = wall > steady + JUMP || steady > LOOK_EVERY + JUMP;
        if slept && settings.lock_on_sleep {
            return Some(Away::Slept);
        }
        let (steady, wall) = now.since(&self.active);
        let most = settings
            .lock_after_minutes
            .map(|m| Duration::from_secs(u64::from(m) * 60))?;
        (steady.max(wall) >= most).then_some(Away::Idle)
    }
}

impl AppState {
    /// Counts the idle time from now.
    pub fn note_activity(&self) {
        self.vigil().note(Reading::now());
    }

    /// Locks where the person is away. To be called every [`LOOK_EVERY`].
    ///
    /// # Errors
    /// As [`Self::lock`].
    pub fn look_after(&self) -> Result<(), Error> {
        self.look_after_at(Reading::now())
    }

    pub(super) fn look_after_at(&self, now: Reading) -> Result<(), Error> {
        let settings = self.away_settings();
        let away = self.vigil().look(now, &settings);
        match (away, self.engine()) {
            (Some(why), Ok(_)) => {
                tracing::info!(?why, "the profile locks by itself");
                self.lock()
            }
            _ => Ok(()),
        }
    }

    /// The computer is about to sleep: locks where the person set that.
    ///
    /// # Errors
    /// As [`Self::lock`].
    pub fn about_to_sleep(&self) -> Result<(), Error> {
        match self.away_settings().lock_on_sleep {
            true => self.lock(),
            false => Ok(()),
        }
    }

    /// What the person set; where that cannot be read, what holds for everybody.
    fn away_settings(&self) -> AppSettings {
        let engine = self.engine().ok();
        engine.and_then(|engine| engine.settings.app().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(from: Reading, steady: u64, wall: u64) -> Reading {
        Reading {
            steady: from.steady + Duration::from_secs(steady),
            wall: moved(from.wall, Duration::from_secs(wall), 1),
        }
    }

    fn settings(minutes: Option<u32>, lock_on_sleep: bool) -> AppSettings {
        AppSettings {
            lock_after_minutes: minutes,
            lock_on_sleep,
            ..AppSettings::default()
        }
    }

    /// What is seen first, looking every ten seconds, and after how many.
    fn watch(vigil: &mut Vigil, from: Reading, seconds: u64, settings: &AppSettings) -> Option<(u64, Away)> {
        let mut looks = (1..=seconds / 10).map(|n| n * 10);
        looks.find_map(|s| vigil.look(at(from, s, s), settings).map(|away| (s, away)))
    }

    #[test]
    fn a_person_who_does_nothing_is_away_when_their_time_is_up_and_not_before() {
        let start = Reading::now();
        let mut vigil = Vigil::new(start);
        assert_eq!(
            watch(&mut vigil, start, 3_600, &settings(Some(5), true)),
            Some((300, Away::Idle))
        );
        let mut vigil = Vigil::new(start);
        vigil.note(at(start, 200, 200));
        assert_eq!(
            watch(&mut vigil, start, 3_600, &settings(Some(5), true)),
            Some((500, Away::Idle)),
            "counted from what they last did"
        );
        let mut vigil = Vigil::new(start);
        assert_eq!(watch(&mut vigil, start, 86_400, &settings(None, true)), None, "never");
    }

    #[test]
    fn a_computer_that_slept_is_noticed_by_either_clock() {
        let start = Reading::now();
        let look = |steady, wall, on_sleep| Vigil::new(start).look(at(start, steady, wall), &settings(None, on_sleep));
        assert_eq!(look(10, 10, true), None);
        assert_eq!(
            look(10, 40, true),
            None,
            "a timer that waited, or a clock that was put right"
        );
        assert_eq!(look(10, 41, true), Some(Away::Slept), "the steady clock stood still");
        assert_eq!(look(40, 40, true), None);
        assert_eq!(look(41, 41, true), Some(Away::Slept), "it did not");
        assert_eq!(look(10, 4_000, false), None, "the person would not have it");
    }

    #[test]
    fn time_asleep_counts_as_idle_where_sleep_itself_does_not_lock() {
        let start = Reading::now();
        let look = |wall| Vigil::new(start).look(at(start, 10, wall), &settings(Some(15), false));
        assert_eq!(look(899), None);
        assert_eq!(look(900), Some(Away::Idle));
    }

    #[test]
    fn a_clock_that_is_set_back_changes_nothing() {
        let start = Reading::now();
        let back = Reading {
            steady: start.steady + LOOK_EVERY,
            wall: moved(start.wall, Duration::from_secs(3_600), -1),
        };
        let mut vigil = Vigil::new(start);
        assert_eq!(vigil.look(back, &settings(Some(1), true)), None);
        let later = Reading {
            steady: start.steady + LOOK_EVERY * 2,
            wall: moved(back.wall, LOOK_EVERY, 1),
        };
        assert_eq!(vigil.look(later, &settings(Some(1), true)), None);
    }
}
