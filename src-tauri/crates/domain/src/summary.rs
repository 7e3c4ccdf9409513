//! Summaries of a session.

use serde::{Deserialize, Serialize};

use crate::{SessionId, SummaryId, Timestamp, Usage};

/// Who wrote a summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum SummarySource {
    /// Sentences of the session, chosen by the app.
    #[default]
    Extract,
    /// The person.
    Person,
    /// A model, because the person asked for it.
    Model,
}

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
    /// How many turns the session held when it was written: with more, it is behind.
    #[serde(default)]
    pub turn_count: u32,
    /// Who wrote it.
    #[serde(default)]
    pub source: SummarySource,
    /// The model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the model's request cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_summary_was_an_extract() {
        let id = "01970000-0000-7000-8000-000000000001";
        let older = format!(
            r#"{{"id":"{id}","session_id":"{id}","text":"t","conversation_count":2,
                "created_at":"2026-05-08T10:00:00Z","updated_at":"2026-05-08T10:00:00Z"}}"#
        );
        let read: ContextSummary = serde_json::from_str(&older).unwrap();
        assert_eq!(
            (read.source, read.turn_count, read.model, read.usage),
            (SummarySource::Extract, 0, None, None)
        );
    }
}
