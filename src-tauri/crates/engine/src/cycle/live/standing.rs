//! Where a running cycle stands, by what it told.

use ccc_domain::{
    ContextState, ConversationId, ErrorCode, SessionId, Step, Timestamp, Turn, TurnId, Usage, cycle::Phase,
};
use serde::Serialize;

use crate::cycle::{CycleReport, CycleUpdate};

/// The step that is being written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunningStep {
    /// The step.
    pub step: Step,
    /// Its round, from 0.
    pub round: u32,
    /// The id its turn will have.
    pub turn_id: TurnId,
    /// What it wrote so far.
    pub text: String,
    /// The model, once it is known.
    pub model: Option<String>,
    /// Whether memory took part.
    pub memory: ContextState,
    /// How many past turns it was given.
    pub memory_turns: u32,
    /// What they cost.
    pub memory_tokens: u32,
    /// When it was asked for, within the time updates gather.
    pub started_at: Timestamp,
}

/// Why a cycle goes on without memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct StatelessReason {
    /// Why.
    pub code: ErrorCode,
    /// Why, in words.
    pub reason: String,
}

/// A running cycle as it stands. What is told after it has numbers above `sequence`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct CycleSnapshot {
    /// The session.
    pub session_id: SessionId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The number of the last update it holds; 0 for none.
    pub sequence: u32,
    /// Where the cycle stands.
    pub phase: Phase,
    /// All turns of the conversation so far, by number.
    pub turns: Vec<Turn>,
    /// The step that is being written.
    pub running: Option<RunningStep>,
    /// Why it goes on without memory, where it does.
    pub stateless: Option<StatelessReason>,
}

/// What a running cycle told, put together.
pub(super) struct Standing {
    place: Option<(SessionId, ConversationId)>,
    sequence: u32,
    phase: Phase,
    turns: Vec<Turn>,
    running: Option<RunningStep>,
    stateless: Option<StatelessReason>,
    /// The step last asked for.
    step: Step,
}

impl Standing {
    /// Before anything was told, in a conversation with these turns.
    pub(super) fn new(turns: Vec<Turn>) -> Self {
        Self {
            place: None,
            sequence: 0,
            phase: Phase::Recording,
            turns,
            running: None,
            stateless: None,
            step: Step::Analyse,
        }
    }

    /// Numbers what is told now; the number of the first.
    pub(super) fn take_in(&mut self, updates: &[CycleUpdate], now: Timestamp) -> u32 {
        let first = self.sequence.saturating_add(1);
        for update in updates {
            self.count();
            self.apply(update, now);
        }
        first
    }

    /// The number of what is told next.
    pub(super) fn count(&mut self) -> u32 {
        self.sequence = self.sequence.saturating_add(1);
        self.sequence
    }

    fn apply(&mut self, update: &CycleUpdate, now: Timestamp) {
        match update {
            CycleUpdate::Started {
                session_id,
                conversation_id,
            } => self.place = Some((*session_id, *conversation_id)),
            CycleUpdate::TurnStored { turn } | CycleUpdate::TurnNotStored { turn, .. } => self.add(turn),
            CycleUpdate::Stateless { code, reason } => {
                self.stateless = Some(StatelessReason {
                    code: *code,
                    reason: reason.clone(),
                });
            }
            CycleUpdate::StepStarted { .. } => self.begin(update, now),
            CycleUpdate::Model { model } => self.on_running(|running| running.model = Some(model.clone())),
            CycleUpdate::Text { text } => self.on_running(|running| running.text.push_str(text)),
            CycleUpdate::StepEnded { step, status, .. } => {
                self.phase = Phase::Storing { step: *step };
                // Its text stays until its turn is there, where there will be one.
                if status.is_none() {
                    self.running = None;
                }
            }
            CycleUpdate::Paused { step, code } => {
                self.phase = Phase::Paused {
                    step: *step,
                    cause: *code,
                };
            }
            CycleUpdate::Escalated { question } => {
                self.phase = Phase::Escalated {
                    question: question.clone(),
                };
            }
            CycleUpdate::Done { outcome } => self.phase = Phase::Done(*outcome),
            CycleUpdate::Reasoning { .. } | CycleUpdate::Retrying { .. } => {}
        }
    }

    fn begin(&mut self, update: &CycleUpdate, now: Timestamp) {
        if let CycleUpdate::StepStarted {
            step,
            round,
            turn_id,
            memory,
            memory_turns,
            memory_tokens,
        } = update
        {
            (self.step, self.phase) = (*step, Phase::Running { step: *step });
            self.running = Some(RunningStep {
                step: *step,
                round: *round,
                turn_id: *turn_id,
                text: String::new(),
                model: None,
                memory: memory.clone(),
                memory_turns: *memory_turns,
                memory_tokens: *memory_tokens,
                started_at: now,
            });
        }
    }

    fn add(&mut self, turn: &Turn) {
        if self.running.as_ref().is_some_and(|running| running.turn_id == turn.id) {
            self.running = None;
        }
        self.turns.push(turn.clone());
    }

    fn on_running(&mut self, change: impl FnOnce(&mut RunningStep)) {
        if let Some(running) = &mut self.running {
            change(running);
        }
    }

    /// As it stands; none before it has a conversation.
    pub(super) fn snapshot(&self) -> Option<CycleSnapshot> {
        let (session_id, conversation_id) = self.place?;
        Some(CycleSnapshot {
            session_id,
            conversation_id,
            sequence: self.sequence,
            phase: self.phase.clone(),
            turns: self.turns.clone(),
            running: self.running.clone(),
            stateless: self.stateless.clone(),
        })
    }

    /// What a run leaves that failed with `cause` in the middle; none before it has a conversation.
    pub(super) fn report(&self, cause: ErrorCode) -> Option<CycleReport> {
        let (session_id, conversation_id) = self.place?;
        Some(CycleReport {
            session_id,
            conversation_id,
            phase: Phase::Paused { step: self.step, cause },
            turns: self.turns.clone(),
            stateless: self.stateless.as_ref().map(|stateless| stateless.code),
            usage: Usage::default(),
        })
    }
}
