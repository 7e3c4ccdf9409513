//! What is exchanged with a model: messages, how an answer ended, what it cost in tokens.

use serde::{Deserialize, Serialize};

/// Who a message is from, in the terms of the Chat Completions wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// One message of a prompt. The field order is the wire order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who it is from.
    pub role: Role,
    /// Its text.
    pub content: String,
}

impl Message {
    /// A message of this role and text.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self {
            role,
            content: content.into(),
        }
    }
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model said it was done.
    Stop,
    /// The token limit cut it.
    Length,
    /// The provider withheld the rest.
    ContentFilter,
    /// The connection ended with no terminal marker.
    Eof,
}

impl FinishReason {
    /// Whether the provider itself called the answer complete.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Stop)
    }
}

/// Tokens of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Usage {
    /// Tokens sent.
    pub prompt_tokens: u32,
    /// Tokens received.
    pub completion_tokens: u32,
    /// True when the provider reported none and these are our own estimate.
    #[serde(default)]
    pub estimated: bool,
}
