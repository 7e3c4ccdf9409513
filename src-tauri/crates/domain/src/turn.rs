//! Turns: what was said, by whom, and how it came about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Agent, ConversationId, FinishReason, SessionId, Step, Timestamp, Tray, TurnId, Usage, Verdict};

/// Whether a turn is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum TurnStatus {
    /// The person wrote it, or the provider said it was complete.
    Complete,
    /// The provider ended it early: a token limit, a filter, or a connection that closed with no terminal marker.
    Truncated,
    /// It was stopped: by the person, by an error after its first word, or by the app's end.
    Interrupted,
}

impl TurnStatus {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Truncated => "truncated",
            Self::Interrupted => "interrupted",
        }
    }

    /// The status with this stored name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Complete, Self::Truncated, Self::Interrupted]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// How a turn came about. Unknown keys of the seed's free-form metadata live in `extra`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct TurnMetadata {
    /// The step of the cycle it answers; none for a directive and for imported text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The round it belongs to: 0 is the first pass, 1 the first one after work was sent back.
    pub round: u32,
    /// The provider's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model as the provider named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Sampling temperature asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", specta(type = Option<u32>))]
    pub temperature: Option<f64>,
    /// Tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// From request to end, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", specta(type = Option<u32>))]
    pub latency_ms: Option<u64>,
    /// How the answer ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<FinishReason>,
    /// How often this cycle might send work back when a review was stored: what the review led to stands by this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rounds: Option<u32>,
    /// The review's outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// True when no model was called: the Rehearsal provider wrote it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rehearsal: bool,
    /// Why the step went without memory, where it did though memory was on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateless_reason: Option<String>,
    /// Of a directive: what the person let through of its memory, where that was shown to them before sending. All steps
    /// of the cycle hold to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tray: Option<Tray>,
    /// When its text was deleted. What was said is gone; that a turn stood here, and how it was made, is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Anything else, kept as given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "bindings", specta(skip))]
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// One contribution, numbered from 1 in its conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Turn {
    /// Its id, which is also the key that makes storing it twice harmless.
    pub id: TurnId,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// Its place in the conversation, from 1, without gaps.
    pub number: u32,
    /// Who contributed it.
    pub agent: Agent,
    /// The speaker's name in imported text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// What was said, verbatim.
    pub content: String,
    /// When.
    pub created_at: Timestamp,
    /// Whether it is whole.
    pub status: TurnStatus,
    /// How it came about.
    #[serde(default)]
    pub metadata: TurnMetadata,
}

impl Turn {
    /// What stays of a turn whose text is deleted: its place, and how it came about as far as that tells nothing of what
    /// was said.
    pub fn tombstone(self, at: Timestamp) -> Self {
        let verdict = self.metadata.verdict.map(Verdict::without_text);
        Self {
            speaker: None,
            content: String::new(),
            metadata: TurnMetadata {
                verdict,
                deleted_at: Some(at),
                tray: None,
                extra: BTreeMap::new(),
                ..self.metadata
            },
            ..self
        }
    }

    /// Whether its text was deleted.
    pub const fn is_deleted(&self) -> bool {
        self.metadata.deleted_at.is_some()
    }
}

/// A turn to be stored; its number is given by the store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTurn {
    /// Its id; storing an id again with the same content changes nothing, with other content is an error.
    pub id: TurnId,
    /// The session, checked against the conversation's.
    pub session_id: SessionId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who contributed it.
    pub agent: Agent,
    /// The speaker's name in imported text.
    pub speaker: Option<String>,
    /// What was said.
    pub content: String,
    /// When, as the caller knows it.
    pub created_at: Timestamp,
    /// Whether it is whole.
    pub status: TurnStatus,
    /// How it came about.
    pub metadata: TurnMetadata,
}

impl NewTurn {
    /// The stored turn this becomes under `number`.
    pub fn numbered(self, number: u32) -> Turn {
        Turn {
            id: self.id,
            session_id: self.session_id,
            conversation_id: self.conversation_id,
            number,
            agent: self.agent,
            speaker: self.speaker,
            content: self.content,
            created_at: self.created_at,
            status: self.status,
            metadata: self.metadata,
        }
    }
}
