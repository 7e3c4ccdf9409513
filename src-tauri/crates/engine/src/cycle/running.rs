//! Which conversations have a cycle running: one at most each, and all can be ended at once.

use std::{
    collections::HashMap,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use ccc_domain::ConversationId;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How long ending all cycles waits for their text to be kept: longer than any disk write that is going to succeed.
const PATIENCE: Duration = Duration::from_secs(3);

/// The running cycles, each with the token that interrupts it.
#[derive(Default)]
pub(super) struct Running {
    cycles: Mutex<HashMap<ConversationId, CancellationToken>>,
    ended: Condvar,
}

impl Running {
    /// Takes a conversation for one run.
    pub(super) fn enter(&self, conversation: ConversationId) -> Result<CancellationToken, Error> {
        let mut cycles = self.cycles.lock().unwrap_or_else(PoisonError::into_inner);
        if cycles.contains_key(&conversation) {
            return Err(Error::CycleRunning);
        }
        let interrupt = CancellationToken::new();
        cycles.insert(conversation, interrupt.clone());
        Ok(interrupt)
    }

    /// Gives it back.
    pub(super) fn leave(&self, conversation: ConversationId) {
        self.cycles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&conversation);
        self.ended.notify_all();
    }

    /// Ends all and waits for them.
    pub(super) fn interrupt_all(&self) {
        let cycles = self.cycles.lock().unwrap_or_else(PoisonError::into_inner);
        cycles.values().for_each(CancellationToken::cancel);
        let waited = self
            .ended
            .wait_timeout_while(cycles, PATIENCE, |cycles| !cycles.is_empty());
        let left = waited.unwrap_or_else(PoisonError::into_inner).0.len();
        if left > 0 {
            tracing::warn!(left, "cycles did not end in time");
        }
    }
}
