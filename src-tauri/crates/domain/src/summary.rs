//! Summaries of a session.

use serde::{Deserialize, Serialize};

use crate::{SessionId, SummaryId, Timestamp};

/// A summary of a session. Older ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ContextSummary {
    /// Its id.
    pub id: SummaryId,
    /// The session.
    pub session_id: SessionId,
    /// The summary.
    pub text: String,
    /// How many conversations it covers.
    pub conversation_count: u32,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
