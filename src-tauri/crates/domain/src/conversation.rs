//! Conversations: one directive and the turns that answer it.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, SessionId, Timestamp};

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum ConversationStatus {
    /// Its cycle has not ended.
    Active,
    /// Its cycle has ended.
    Completed,
    /// Put away with its session or by age.
    Archived,
}

impl ConversationStatus {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Archived => "archived",
        }
    }

    /// The status with this stored name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Completed, Self::Archived]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// One directive and its turns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// The conversation whose directive was edited to start this one.
    #[serde(default)]
    pub branch_of: Option<ConversationId>,
    /// What the person asked for.
    pub directive: String,
    /// When it was started.
    pub created_at: Timestamp,
    /// Where it stands.
    pub status: ConversationStatus,
    /// How many turns it holds.
    pub turn_count: u32,
}
