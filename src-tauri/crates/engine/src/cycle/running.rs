//! Which conversations have a cycle running: one at most each, and all can be ended at once.

use std::{
    collections::HashMap,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use ccc_domain::{ConversationId, SessionId};
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How long ending all cycles waits for their text to be kept: longer than any disk write that is going to succeed.
const PATIENCE: Duration = Duration::from_secs(3);

/// The running cycles, each with its session and the token that interrupts it.
#[derive(Default)]
pub(super) struct Running {
    cycles: Mutex<Cycles>,
    ended: Condvar,
}

#[derive(Default)]
struct Cycles {
    running: HashMap<ConversationId, (SessionId, CancellationToken)>,
    /// The profile is locked: a cycle that was about to begin must not.
    closed: bool,
}

impl Running {
    /// Takes a conversation for one run.
    pub(super) fn enter(&self, session: SessionId, conversation: ConversationId) -> Result<CancellationToken, Error> {
        let mut cycles = self.cycles.lock().unwrap_or_else(PoisonError::into_inner);
        if cycles.closed {
            return Err(ccc_vault::Error::Locked.into());
        }
        if cycles.running.contains_key(&conversation) {
            return Err(Error::CycleRunning);
        }
        let interrupt = CancellationToken::new();
        cycles.running.insert(conversation, (session, interrupt.clone()));
        Ok(interrupt)
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        let cycles = self.cycles.lock().unwrap_or_else(PoisonError::into_inner);
        !cycles.running.is_empty()
    }

    /// Gives it back.
    pub(super) fn leave(&self, conversation: ConversationId) {
        self.cycles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .running
            .remove(&conversation);
        self.ended.notify_all();
    }

    /// Lets no cycle begin any more, ends those that run, and waits for them.
    pub(super) fn close(&self) {
        self.cycles.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.interrupt(|_| true);
    }

    /// Ends those of the sessions that `of` names, and waits for them.
    pub(super) fn interrupt(&self, of: impl Fn(SessionId) -> bool) {
        let cycles = self.cycles.lock().unwrap_or_else(PoisonError::into_inner);
        let named = |cycles: &Cycles| cycles.running.values().filter(|(session, _)| of(*session)).count();
        let meant = cycles.running.values().filter(|(session, _)| of(*session));
        meant.for_each(|(_, interrupt)| interrupt.cancel());
        let waited = self
            .ended
            .wait_timeout_while(cycles, PATIENCE, |cycles| named(cycles) > 0);
        let left = named(&waited.unwrap_or_else(PoisonError::into_inner).0);
        if left > 0 {
            tracing::warn!(left, "cycles did not end in time");
        }
    }
}
