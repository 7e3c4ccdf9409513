//! What an agent has learned in a session.

use serde::{Deserialize, Serialize};

use crate::{Agent, SessionId, StateId, Timestamp, TurnId};

/// What one agent has learned in one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentState {
    /// Its id.
    pub id: StateId,
    /// The session.
    pub session_id: SessionId,
    /// The agent.
    pub agent: Agent,
    /// What it learned.
    pub data: AgentStateData,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The counts an agent keeps of its finished cycles. Missing fields of older data are zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentStateData {
    /// Cycles taken part in.
    pub interactions: u32,
    /// Cycles the review accepted.
    pub accepted: u32,
    /// Times work was sent back.
    pub sent_back: u32,
    /// Cycles that ended with a question to the person.
    pub escalated: u32,
    /// Cycles that ended unfinished.
    pub unfinished: u32,
    /// Tokens received.
    pub completion_tokens: u64,
    /// The turns the latest counts rest on, newest last, at most [`AgentStateData::EVIDENCE`].
    pub evidence: Vec<TurnId>,
}

/// How one cycle went for one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InteractionOutcome {
    /// The review accepted it.
    pub accepted: bool,
    /// It ended with a question to the person.
    pub escalated: bool,
    /// How often work was sent back.
    pub sent_back: u32,
    /// Tokens this agent's turns received.
    pub completion_tokens: u64,
    /// This agent's last turn.
    pub evidence: Option<TurnId>,
}

impl AgentStateData {
    /// How many turns are kept as evidence.
    pub const EVIDENCE: usize = 20;

    /// The counts after one more cycle.
    pub fn learn(mut self, outcome: &InteractionOutcome) -> Self {
        self.interactions = self.interactions.saturating_add(1);
        self.accepted = self.accepted.saturating_add(u32::from(outcome.accepted));
        self.escalated = self.escalated.saturating_add(u32::from(outcome.escalated));
        self.unfinished = self
            .unfinished
            .saturating_add(u32::from(!outcome.accepted && !outcome.escalated));
        self.sent_back = self.sent_back.saturating_add(outcome.sent_back);
        self.completion_tokens = self.completion_tokens.saturating_add(outcome.completion_tokens);
        self.evidence.extend(outcome.evidence);
        let surplus = self.evidence.len().saturating_sub(Self::EVIDENCE);
        self.evidence.drain(..surplus);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_grow_and_evidence_stays_bounded() {
        let mut data = AgentStateData::default();
        for n in 0..30u8 {
            let outcome = InteractionOutcome {
                accepted: n % 3 == 0,
                escalated: n % 3 == 1,
                sent_back: 1,
                completion_tokens: 10,
                evidence: Some(TurnId::from_bytes([n; 16])),
            };
            data = data.learn(&outcome);
        }
        assert_eq!(
            (data.interactions, data.accepted, data.escalated, data.unfinished),
            (30, 10, 10, 10)
        );
        assert_eq!((data.sent_back, data.completion_tokens), (30, 300));
        assert_eq!(data.evidence.len(), AgentStateData::EVIDENCE);
        assert_eq!(
            data.evidence.last(),
            Some(&TurnId::from_bytes([29; 16])),
            "the newest evidence is kept"
        );
    }
}
