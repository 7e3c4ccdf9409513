//! What a running cycle tells, and what it leaves.

use ccc_domain::{
    ContextState, ConversationId, ErrorCode, SessionId, Step, Turn, TurnId, TurnStatus, Usage, Verdict,
    cycle::{Outcome, Phase},
};
use serde::Serialize;

/// One thing that happened in a cycle, in order. As JSON, one object with its name under `event`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CycleUpdate {
    /// The cycle began or goes on.
    Started {
        /// The session.
        session_id: SessionId,
        /// The conversation.
        conversation_id: ConversationId,
    },
    /// A turn is durable: the directive, a step's or an answer.
    TurnStored {
        /// The turn.
        turn: Turn,
    },
    /// A turn could not be stored. It waits in memory until it can be, or is here alone where it never can.
    TurnNotStored {
        /// The turn.
        turn: Turn,
        /// Why.
        code: ErrorCode,
    },
    /// The cycle goes on without memory.
    Stateless {
        /// Why.
        code: ErrorCode,
        /// Why, in words.
        reason: String,
    },
    /// A step was asked for.
    StepStarted {
        /// The step.
        step: Step,
        /// Its round, from 0.
        round: u32,
        /// The id its turn will have.
        turn_id: TurnId,
        /// Whether memory took part.
        memory: ContextState,
        /// How many past turns it was given.
        memory_turns: u32,
        /// What they cost.
        memory_tokens: u32,
    },
    /// The model is known.
    Model {
        /// Its id as the provider names it.
        model: String,
    },
    /// A piece of the step's text.
    Text {
        /// The piece.
        text: String,
    },
    /// A piece of what a reasoning model thinks aloud; not kept.
    Reasoning {
        /// The piece.
        text: String,
    },
    /// The request failed before its first token and is sent again after a wait.
    Retrying {
        /// 1 for the first repetition.
        attempt: u32,
        /// The wait.
        #[cfg_attr(feature = "bindings", specta(type = u32))]
        wait_ms: u64,
        /// What failed.
        code: ErrorCode,
    },
    /// A step ended.
    StepEnded {
        /// The step.
        step: Step,
        /// Its round, from 0.
        round: u32,
        /// Whether it is whole; none when it left no text.
        status: Option<TurnStatus>,
        /// Tokens, where they are known.
        usage: Option<Usage>,
        /// The verdict, of a complete review.
        verdict: Option<Verdict>,
    },
    /// The cycle stopped at a step; it can be resumed there.
    Paused {
        /// The step.
        step: Step,
        /// Why.
        code: ErrorCode,
    },
    /// The person is asked.
    Escalated {
        /// The question.
        question: String,
    },
    /// The cycle ended.
    Done {
        /// How.
        outcome: Outcome,
    },
}

/// What a run leaves.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct CycleReport {
    /// The session.
    pub session_id: SessionId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Where the cycle stands.
    pub phase: Phase,
    /// All turns of the conversation, stored or not, by number.
    pub turns: Vec<Turn>,
    /// Why it went on without memory, where it did.
    pub stateless: Option<ErrorCode>,
    /// Tokens of this run's steps.
    pub usage: Usage,
}

impl CycleReport {
    /// What kept the cycle from its end; none when it is done or waits for the person's answer.
    pub const fn failure(&self) -> Option<ErrorCode> {
        match &self.phase {
            Phase::Paused { cause, .. } | Phase::Unstored { cause } => Some(*cause),
            _ => None,
        }
    }
}
