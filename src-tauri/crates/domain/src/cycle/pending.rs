//! What a cycle holds that is not durable yet.

use serde::{Deserialize, Serialize};

use super::{CycleState, Effect};
use crate::{ErrorCode, FinishReason, Step, TurnStatus, Verdict};

/// What is being stored, or waits to be; a turn's text is the state's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name", content = "data")]
pub(super) enum Pending {
    Directive(String),
    Turn {
        step: Step,
        finish: Option<FinishReason>,
        verdict: Option<Verdict>,
        /// Why the step is not whole; none when it is complete.
        cause: Option<ErrorCode>,
    },
    Answer(String),
}

impl Pending {
    /// The store it asks for; a turn's text and round are those of `state`.
    pub(super) fn effect(&self, state: &CycleState) -> Effect {
        match self {
            Self::Directive(text) => Effect::StoreDirective(text.clone()),
            Self::Answer(text) => Effect::StoreAnswer(text.clone()),
            Self::Turn {
                step,
                finish,
                verdict,
                cause,
            } => Effect::StoreTurn {
                step: *step,
                round: state.round,
                status: match (cause, finish) {
                    (None, _) => TurnStatus::Complete,
                    (Some(_), Some(_)) => TurnStatus::Truncated,
                    (Some(_), None) => TurnStatus::Interrupted,
                },
                finish: *finish,
                text: state.text.clone(),
                verdict: verdict.clone(),
            },
        }
    }
}
