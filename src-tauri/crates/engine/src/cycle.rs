//! The cycle, carried out: a directive goes through Beatrice, Codey and Beatrice, and every step is durable before the
//! next is asked for.
//!
//! The rules live in `ccc_domain::cycle`; a run feeds that reducer events and performs the effects it asks for. While a
//! step streams, its text is saved as a draft every 500 ms or 2 KiB. When memory fails in the middle of a cycle, the
//! cycle goes on without it and says so: what is not stored is in the updates and the report.
//!
//! [`live`] keeps what a running cycle told so far, for a window that comes and goes.

mod begin;
pub mod live;
mod recollection;
mod record;
mod request;
mod run;
mod running;
mod step;
mod update;

use std::sync::Arc;

use ccc_domain::{ConversationId, SessionId, Step};
pub use request::CycleOptions;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
pub use update::{CycleReport, CycleUpdate};

use crate::{
    Error, MemoryService,
    cycle::{live::Live, run::Run, running::Running},
};

/// Runs cycles. Cheap to clone; all clones know of each other's running cycles.
#[derive(Clone)]
pub struct CycleRunner {
    memory: MemoryService,
    running: Arc<Running>,
    live: Arc<Live>,
}

impl CycleRunner {
    pub(crate) fn new(memory: MemoryService) -> Self {
        Self {
            memory,
            running: Arc::new(Running::default()),
            live: Arc::new(Live::default()),
        }
    }

    /// Runs a new cycle in a session, from its directive to its end or to where the person is needed.
    ///
    /// `updates` tells everything as it happens; it may be dropped at any time. Cancelling `stop` ends the running step,
    /// whose text is kept as interrupted.
    ///
    /// # Errors
    /// [`Error::Blank`] and [`Error::TooLarge`] for the directive; [`Error::NotFound`] and [`Error::ReadOnly`] for the
    /// session. What happens after the directive is durable is in the report, not an error.
    pub async fn run(
        &self,
        session: SessionId,
        directive: &str,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, Error> {
        Run::new(self, session, options, updates, stop)
            .await?
            .submit(directive)
            .await
    }

    /// As [`Self::run`], as a branch of a conversation of the same session whose directive was edited. The other one
    /// stays as it is.
    ///
    /// # Errors
    /// As [`Self::run`], and [`Error::NotFound`] when the other conversation is not in that session.
    pub async fn run_branch(
        &self,
        session: SessionId,
        directive: &str,
        branch_of: ConversationId,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, Error> {
        Run::branch(self, session, branch_of, options, updates, stop)
            .await?
            .submit(directive)
            .await
    }

    /// Goes on with a cycle that was stopped, cut, or left by a crash. Finished steps are not asked for again.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::CycleRunning`]; [`Error::NothingToResume`]; [`Error::ReadOnly`].
    pub async fn resume(
        &self,
        conversation: ConversationId,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, Error> {
        Run::attach(self, conversation, options, updates, stop)
            .await?
            .resume()
            .await
    }

    /// Answers what an escalated cycle asked, and goes on with it.
    ///
    /// # Errors
    /// As [`Self::resume`], and [`Error::Blank`] and [`Error::TooLarge`] for the answer.
    pub async fn answer(
        &self,
        conversation: ConversationId,
        answer: &str,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, Error> {
        Run::attach(self, conversation, options, updates, stop)
            .await?
            .answer(answer)
            .await
    }

    /// Does a step of the latest round again, and those after it. The turns that were there stay in the conversation; the
    /// new ones count in their place.
    ///
    /// # Errors
    /// As [`Self::resume`]; [`Error::NothingToResume`] where the step's turn has not come yet.
    pub async fn retry(
        &self,
        conversation: ConversationId,
        step: Step,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, Error> {
        Run::again(self, conversation, step, options, updates, stop)
            .await?
            .resume()
            .await
    }

    /// Ends every running cycle and waits, at most three seconds, until their text is kept. Blocks.
    pub fn interrupt_all(&self) {
        self.running.interrupt(|_| true);
    }

    /// As [`Self::interrupt_all`], for the cycles of one session.
    pub fn interrupt_session(&self, session: SessionId) {
        self.running.interrupt(|running| running == session);
    }
}
