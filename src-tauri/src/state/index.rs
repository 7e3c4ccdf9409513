//! The index while the profile is open: loaded whole in the background, stored while nothing runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ccc_domain::ErrorCode;
use ccc_engine::Engine;

use super::{AppState, background};
use crate::error::Error;

/// How long after the profile opened the whole index is loaded: what the person sees first comes first.
const LOAD_AFTER: Duration = Duration::from_secs(1);
/// How long no cycle must have run before the index is stored, and how long until it is again: a crash costs at most what
/// was said since, which the next start reads from the turns.
pub(super) const STORE_AFTER: Duration = Duration::from_secs(3 * 60);

/// What is known of the index's care.
pub(super) struct Tending {
    /// Since when no cycle ran, or since the index was last stored.
    quiet_since: Instant,
    /// Ends the loading.
    stop: Arc<AtomicBool>,
}

impl Tending {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            quiet_since: now,
            stop: Arc::default(),
        }
    }

    /// Whether the index is to be stored now.
    fn is_due(&mut self, now: Instant, running: bool) -> bool {
        let due = !running && now.saturating_duration_since(self.quiet_since) >= STORE_AFTER;
        if running || due {
            self.quiet_since = now;
        }
        due
    }
}

impl AppState {
    /// Loads the whole index in a thread of its own, a moment later. What is asked for meanwhile is loaded first, by
    /// whoever asks.
    pub(super) fn load_index(&self, engine: &Engine) {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tending = self.tending();
        tending.stop.store(true, Ordering::Release);
        (tending.stop, tending.quiet_since) = (stop.clone(), Instant::now());
        drop(tending);
        // The service alone: the profile is not held open by this.
        let memory = engine.memory.clone();
        let load = move || {
            thread::sleep(LOAD_AFTER);
            match memory.load_whole_index(|_, _| !stop.load(Ordering::Acquire)) {
                Err(error) if error.code() != ErrorCode::Locked => {
                    tracing::warn!(code = %error.code(), "a part of the index is left until it is asked for");
                }
                _ => {}
            }
        };
        if let Err(error) = background::spawn("index", load) {
            tracing::warn!(%error, "the index is loaded as it is asked for");
        }
    }

    /// Ends the loading after the session it is at.
    pub(super) fn stop_loading_index(&self) {
        self.tending().stop.store(true, Ordering::Release);
    }

    /// Stores what is new in the index, where no cycle ran for a while. To be called every few seconds; waits for the disk.
    ///
    /// # Errors
    /// Those of the store. It costs no turn, and is tried again.
    pub fn tend_index(&self) -> Result<(), Error> {
        self.tend_index_at(Instant::now()).map(drop)
    }

    /// Whether it was stored.
    pub(super) fn tend_index_at(&self, now: Instant) -> Result<bool, Error> {
        let Ok(engine) = self.engine() else {
            return Ok(false);
        };
        let running = engine.spaces().iter().any(|space| !space.cycle.running().is_empty());
        let due = self.tending().is_due(now, running);
        if due {
            engine.memory.save_index()?;
        }
        Ok(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_stored_once_nothing_ran_for_a_while_and_then_after_as_long_again() {
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        let mut tending = Tending::new(start);
        let asked = [
            (after(10), false, false),
            (after(100), true, false),
            (after(190), false, false),
            (after(281), false, true),
            (after(300), false, false),
            (after(461), false, true),
            (after(650), true, false),
            (after(660), false, false),
        ];
        for (now, running, due) in asked {
            assert_eq!(
                tending.is_due(now, running),
                due,
                "{} seconds after the start",
                now.duration_since(start).as_secs()
            );
        }
    }
}
