//! Sessions and their preferences.

use serde::{Deserialize, Serialize};

use crate::{SessionId, Timestamp, TurnId};

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    /// Takes new turns.
    Active,
    /// Read-only, still browsed and searched.
    Archived,
    /// Past its retention; deleted after a warning.
    Expired,
}

impl SessionStatus {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Expired => "expired",
        }
    }

    /// The status with this stored name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Archived, Self::Expired]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// A memory space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The person's name for it; empty until named or taken from the first directive.
    pub title: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last stored in it.
    pub last_active_at: Timestamp,
    /// Where it stands.
    pub status: SessionStatus,
    /// Shown first.
    pub pinned: bool,
    /// How many conversations it holds.
    pub conversation_count: u32,
    /// The person's choices for it.
    pub preferences: Preferences,
}

/// Where memory is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This session only.
    #[default]
    Session,
    /// These sessions.
    Chosen(Vec<SessionId>),
    /// Every session.
    All,
}

/// A session's choices. Missing fields of older data take the defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct Preferences {
    /// Whether memory is read and used in this session's cycles.
    pub memory: bool,
    /// Tokens of memory a step may be given. 1,000 tokens held 82.5 % of the evidence in our retrieval study, 500 held 76.6 %.
    pub context_budget_tokens: u32,
    /// At most this many turns of memory, within the budget; none means the budget alone decides.
    pub max_context_turns: Option<u32>,
    /// Marks strong matches in the display (0 to 1). Never a filter.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub similarity_threshold: f64,
    /// Half-life of recency among equals, in hours. Never a cut-off.
    pub max_context_age_hours: u32,
    /// Where memory is looked for.
    pub scope: Scope,
    /// Turns always given to a step, first in the budget.
    pub pinned_turns: Vec<TurnId>,
    /// Turns never given to a step.
    pub muted_turns: Vec<TurnId>,
    /// Whether the session's summary follows its conversations by itself.
    pub auto_summarise: bool,
    /// How often a review may send work back; 0 turns sending back off.
    pub max_rounds: u32,
    /// The provider's name; none means the app's default.
    pub provider: Option<String>,
    /// The model's id; none means the provider's default.
    pub model: Option<String>,
    /// Sampling temperature; none leaves it to the provider.
    #[cfg_attr(feature = "bindings", specta(type = Option<u32>))]
    pub temperature: Option<f64>,
    /// Archive after this many idle days; none means never.
    pub archive_after_days: Option<u32>,
    /// Delete this many days after archiving, with a warning; none means never.
    pub delete_after_days: Option<u32>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            memory: true,
            context_budget_tokens: 1_000,
            max_context_turns: None,
            similarity_threshold: 0.7,
            max_context_age_hours: 24,
            scope: Scope::Session,
            pinned_turns: Vec::new(),
            muted_turns: Vec::new(),
            auto_summarise: true,
            max_rounds: 2,
            provider: None,
            model: None,
            temperature: None,
            archive_after_days: None,
            delete_after_days: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_preferences_take_the_defaults() {
        let read: Preferences = serde_json::from_str(r#"{"memory":false}"#).unwrap();
        assert_eq!(
            read,
            Preferences {
                memory: false,
                ..Preferences::default()
            }
        );
    }
}
