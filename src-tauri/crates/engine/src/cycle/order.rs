//! What is to be done with a cycle.

use ccc_domain::{ConversationId, SessionId, Step};

/// What is to be done with a cycle.
///
/// Each can fail with the errors named, as long as nothing of it was done. Those that go on with a conversation fail with
/// `NotFound` where there is none, `CycleRunning` where another run has it, and `ReadOnly` where its session is archived.
#[derive(Clone)]
pub enum Order {
    /// A new one. Fails with `Blank` or `TooLarge` for the directive, `NotFound` for the session or the other
    /// conversation, `ReadOnly` for the session.
    Run {
        /// Where.
        session: SessionId,
        /// What is asked for.
        directive: String,
        /// The conversation of that session whose directive was edited; it stays as it is.
        branch_of: Option<ConversationId>,
    },
    /// Go on where it was stopped, cut, or left by a crash. Fails with `NothingToResume`.
    Resume(ConversationId),
    /// Answer what it asked. Fails with `NothingToResume`, and with `Blank` or `TooLarge` for the answer.
    Answer(ConversationId, String),
    /// Do this step of the latest round again, and those after it. The turns that were there stay in the conversation;
    /// the new ones count in their place. Fails with `NothingToResume` where the step's turn has not come yet.
    Retry(ConversationId, Step),
}

impl Order {
    /// A new cycle that is no branch.
    pub fn run(session: SessionId, directive: impl Into<String>) -> Self {
        Self::Run {
            session,
            directive: directive.into(),
            branch_of: None,
        }
    }

    /// The conversation it goes on with; none for a new one.
    pub(super) const fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Run { .. } => None,
            Self::Resume(id) | Self::Answer(id, _) | Self::Retry(id, _) => Some(*id),
        }
    }
}
