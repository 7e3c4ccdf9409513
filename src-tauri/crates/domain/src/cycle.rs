//! The contract of a cycle as a pure reducer: [`next`] takes a state and an event and returns the next state and the
//! effects somebody else must carry out and report back.
//!
//! ```text
//! Idle ─Submit─► Recording ─► Running(analyse) ─► Storing ─► Running(execute) ─► Storing ─► Running(review) ─► Storing
//!                                   │  ▲             │              ▲                                            │
//!                 stopped, cut, failed │             store failed   └── sent back, or answered ◄── Escalated ◄───┤
//!                                   ▼  │ Resume      ▼                                                           ▼
//!                                  Paused         Unstored ─Resume─► the same store again                       Done
//! ```
//!
//! A step counts once its turn is stored complete, and only then is the next one requested; so a crash at any point
//! leaves turns from which [`CycleState::resume`] finds the same place again, and no finished step is paid for twice.
//!
//! What the person says or asks for is carried out or refused with a code, never dropped. A report that makes no sense
//! in a phase, late or doubled, changes nothing. Reports of a request that was aborted must not be handed in once
//! another one is open: the reducer cannot tell whose they are.

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, FinishReason, Step, TurnStatus, Verdict};

mod pending;
mod reduce;
mod resume;
mod ruling;
#[cfg(test)]
mod tests;

use pending::Pending;
pub use reduce::next;

/// Where a cycle stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case", tag = "name", content = "data")]
pub enum Phase {
    /// Nothing was submitted.
    Idle,
    /// The directive is being stored.
    Recording,
    /// A request is open and its text comes in.
    Running {
        /// The step asked for.
        step: Step,
    },
    /// The ended step is being stored.
    Storing {
        /// The step that ended.
        step: Step,
    },
    /// Nothing is open; [`CycleEvent::Resume`] requests this step.
    Paused {
        /// The step to go on with.
        step: Step,
        /// Why it stopped.
        cause: ErrorCode,
    },
    /// A directive, a step or an answer could not be stored and is held here; [`CycleEvent::Resume`] stores it again.
    Unstored {
        /// Why it could not.
        cause: ErrorCode,
    },
    /// The person is asked; stays so until answered, also over a restart.
    Escalated {
        /// What is asked.
        question: String,
    },
    /// The answer is being stored.
    Answering,
    /// Ended.
    Done(Outcome),
}

/// How a cycle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The review accepted the work.
    Accepted,
    /// The review gave no verdict that could be read; taken as accepted, and shown so.
    NoVerdict,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name", content = "data")]
pub enum CycleEvent {
    /// The person gives a directive.
    Submit {
        /// Its text.
        directive: String,
    },
    /// The directive is durable.
    DirectiveStored,
    /// More text of the open request.
    Delta(String),
    /// The open request ended by itself.
    Finished(FinishReason),
    /// The open request ended by an error.
    Failed(ErrorCode),
    /// The person stops the cycle.
    Cancel,
    /// The ended step is durable.
    StepStored,
    /// What was to be stored was not.
    StoreFailed(ErrorCode),
    /// The app ends or locks.
    Interrupted,
    /// The person goes on where it stopped.
    Resume,
    /// The person answers an escalation.
    Answer(String),
    /// The answer is durable.
    AnswerStored,
}

/// What must be done now, in the order given. Every `Store…` is answered by its `…Stored` event or by
/// [`CycleEvent::StoreFailed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name", content = "data")]
pub enum Effect {
    /// Store the directive as the first turn, before any request.
    StoreDirective(String),
    /// Open a request for this step.
    Request {
        /// The step.
        step: Step,
        /// Its round, from 0.
        round: u32,
    },
    /// Close the open request; nothing of it is to be reported any more.
    Abort,
    /// Store what a step wrote. Given again, unchanged, when storing is retried: the turn keeps its id.
    StoreTurn {
        /// The step.
        step: Step,
        /// Its round, from 0.
        round: u32,
        /// Whether it is whole.
        status: TurnStatus,
        /// How the request ended; none when it was stopped or failed.
        finish: Option<FinishReason>,
        /// All its text.
        text: String,
        /// The verdict of a complete review.
        verdict: Option<Verdict>,
    },
    /// Store the answer as a turn of the person's.
    StoreAnswer(String),
    /// Put this to the person.
    Ask {
        /// The question.
        question: String,
    },
    /// The cycle has ended.
    Complete(Outcome),
    /// The event was not acted upon: `invalid_input` for blank text, `cycle_state` where there is nothing to act on.
    Refuse(ErrorCode),
}

/// One cycle: where it stands and what it holds that is not durable yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleState {
    max_rounds: u32,
    round: u32,
    sent_back: u32,
    phase: Phase,
    text: String,
    pending: Option<Pending>,
    halt: Option<ErrorCode>,
}

impl CycleState {
    /// A cycle before its directive. `max_rounds`: how often work may be sent back before the person is asked; 0 means never.
    pub const fn new(max_rounds: u32) -> Self {
        Self {
            max_rounds,
            round: 0,
            sent_back: 0,
            phase: Phase::Idle,
            text: String::new(),
            pending: None,
            halt: None,
        }
    }

    /// How often work may be sent back before the person is asked.
    pub const fn max_rounds(&self) -> u32 {
        self.max_rounds
    }

    /// The round of execute and review, from 0; it grows with every send-back and every answer.
    pub const fn round(&self) -> u32 {
        self.round
    }

    /// How often work was sent back since the person last spoke.
    pub const fn sent_back(&self) -> u32 {
        self.sent_back
    }

    /// Where it stands.
    pub const fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What the running step wrote so far, or an ended one until it is stored.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a request is open or something is being stored: the phases that end by themselves.
    pub const fn is_busy(&self) -> bool {
        matches!(
            self.phase,
            Phase::Recording | Phase::Running { .. } | Phase::Storing { .. } | Phase::Answering
        )
    }

    /// Whether [`CycleEvent::Resume`] would go on.
    pub const fn is_resumable(&self) -> bool {
        matches!(self.phase, Phase::Paused { .. } | Phase::Unstored { .. })
    }

    /// The store that is under way or could not be done: what an export of waiting text must hold.
    pub fn unstored(&self) -> Option<Effect> {
        self.pending.as_ref().map(|pending| pending.effect(self))
    }
}
