//! What is looked after while the profile is open: turns that could not be saved, the end of the audit trail, upkeep.

use std::sync::{PoisonError, atomic::Ordering};

use ccc_engine::{memory::WaitingTurns, upkeep::Upkept};

use super::AppState;
use crate::{changes::ChangeTag, error::Error};

impl AppState {
    /// Tries to save what could not be, writes reads into the audit trail, and does what is due of upkeep, where no cycle
    /// runs. To be called every few seconds; waits for the disk.
    ///
    /// # Errors
    /// Those of the settings. It costs nothing, and is tried again.
    pub fn tend(&self) -> Result<(), Error> {
        let Ok(engine) = self.engine() else { return Ok(()) };
        engine.spaces().iter().for_each(|space| _ = space.memory.try_waiting());
        self.tell_of_waiting();
        engine.audit.settle_if_due();
        let done = engine.upkeep(false)?;
        if !done.runs.is_empty() {
            engine.audit.settle();
        }
        self.tell_of_upkeep(&done);
        Ok(())
    }

    /// Tells the window where upkeep changed what it shows. It then reads all of that again, and 10,000 turns of a session take
    /// the page 100 ms: so never for nothing.
    pub fn tell_of_upkeep(&self, done: &Upkept) {
        if done.changed {
            self.changed(&[ChangeTag::Sessions, ChangeTag::Conversations]);
        }
    }

    /// Whether the window may close now. Where that would lose turns the window is told so, and only asking again closes it:
    /// a page that hangs keeps nobody in.
    pub fn may_close(&self) -> bool {
        let waits = self.engine().ok().and_then(|engine| engine.waiting()).is_some();
        if !waits || self.0.warned.swap(true, Ordering::AcqRel) {
            return true;
        }
        self.changed(&[ChangeTag::Closing]);
        false
    }

    /// Tells the window where what waits to be saved has changed since it was last told.
    pub fn tell_of_waiting(&self) {
        let waiting: Option<WaitingTurns> = self.engine().ok().and_then(|engine| engine.waiting());
        let mut told = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != waiting {
            *told = waiting;
            // What waits now is not what was warned of.
            self.0.warned.store(false, Ordering::Release);
            drop(told);
            self.changed(&[ChangeTag::Waiting, ChangeTag::Sessions, ChangeTag::Conversations]);
        }
    }
}
