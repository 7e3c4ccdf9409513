//! What is to be done with a cycle.

use ccc_domain::{ConversationId, SessionId, Step};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    cycle::{CycleOptions, CycleReport, CycleRunner, CycleUpdate},
};

/// What is to be done with a cycle.
pub enum Order {
    /// A new one.
    Run {
        /// Where.
        session: SessionId,
        /// What is asked for.
        directive: String,
        /// The conversation whose directive was edited.
        branch_of: Option<ConversationId>,
    },
    /// Go on where it stopped.
    Resume(ConversationId),
    /// Answer what it asked.
    Answer(ConversationId, String),
    /// Do this step again, and those after it.
    Retry(ConversationId, Step),
}

impl Order {
    /// The conversation it goes on with; none for a new one.
    pub(super) const fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Run { .. } => None,
            Self::Resume(id) | Self::Answer(id, _) | Self::Retry(id, _) => Some(*id),
        }
    }

    pub(super) async fn carry_out(
        self,
        runner: CycleRunner,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, Error> {
        match self {
            Self::Run {
                session,
                directive,
                branch_of: None,
            } => runner.run(session, &directive, options, updates, stop).await,
            Self::Run {
                session,
                directive,
                branch_of: Some(other),
            } => {
                runner
                    .run_branch(session, &directive, other, options, updates, stop)
                    .await
            }
            Self::Resume(id) => runner.resume(id, options, updates, stop).await,
            Self::Answer(id, answer) => runner.answer(id, &answer, options, updates, stop).await,
            Self::Retry(id, step) => runner.retry(id, step, options, updates, stop).await,
        }
    }
}
