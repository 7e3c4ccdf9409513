//! Memory chosen for a prompt, and the receipt that says so afterwards.

use serde::{Deserialize, Serialize};

use crate::{Agent, ConversationId, ReceiptId, SessionId, Step, Timestamp, TurnId, prompt::memory_block};

/// One past turn chosen for a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ContextItem {
    /// The source turn.
    pub turn_id: TurnId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its session.
    pub session_id: SessionId,
    /// Its number in the conversation.
    pub number: u32,
    /// Who said it.
    pub agent: Agent,
    /// The speaker's name in imported text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// What is injected of it.
    pub text: String,
    /// Its relevance; higher is better, comparable within one context only.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub score: f64,
    /// Why it was chosen, in words: what it matches, who said it, on which day in UTC.
    pub reason: String,
    /// What it costs, with the lines printed around it.
    pub tokens: u32,
    /// Whether its score is near the best one's, by the session's threshold. Shown, and of no other effect.
    #[serde(default)]
    pub strong: bool,
    /// Whether it is younger than the session's age for recent turns. Shown, and of no other effect.
    #[serde(default)]
    pub recent: bool,
}

impl ContextItem {
    /// What stands where the text of a deleted turn stood.
    pub const DELETED: &'static str = "deleted";

    /// Takes out what was said, and what tells of it.
    fn redact(&mut self) {
        self.speaker = None;
        self.text = Self::DELETED.to_owned();
        self.reason = Self::DELETED.to_owned();
    }
}

/// Whether memory took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum ContextState {
    /// Memory was read; the block may still be empty where nothing was relevant.
    Used,
    /// Memory is off for the cycle, the session or the app.
    Off,
    /// The step takes no memory: a review judges the work by the directive alone.
    NotTaken,
    /// Memory failed; the step went on without it, for this reason.
    Unavailable(String),
}

/// The memory of one prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Context {
    /// Whether memory took part.
    #[serde(flatten)]
    pub state: ContextState,
    /// What was chosen, in the order it is printed: oldest first.
    pub items: Vec<ContextItem>,
    /// The exact text put into the prompt; empty when there is none.
    pub block: String,
    /// What the block costs.
    pub tokens: u32,
    /// What it might have cost at most.
    pub budget_tokens: u32,
    /// How many past turns were looked at.
    pub considered: u32,
    /// Turns that were chosen and that the person left out of this cycle. What they would have cost is not given to
    /// others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<TurnId>,
}

/// What the person let through of a context that was shown before sending.
///
/// A cycle is given these turns and no other, whatever was stored or set since it was shown; of them only those are
/// missing that were deleted or muted meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Tray {
    /// To be given.
    pub kept: Vec<TurnId>,
    /// Shown, and not to be given.
    pub left_out: Vec<TurnId>,
}

impl Context {
    /// Takes the text of these turns out, here and in the block, which is printed anew; what it cost stays as it was.
    /// Whether there was any.
    pub fn redact(&mut self, deleted: impl Fn(&ContextItem) -> bool) -> bool {
        let quoted = |item: &&mut ContextItem| item.text != ContextItem::DELETED && deleted(item);
        let redacted = self.items.iter_mut().filter(quoted).map(ContextItem::redact).count();
        if redacted > 0 {
            self.block = memory_block(&self.items);
        }
        redacted > 0
    }

    /// No memory, for this reason.
    pub const fn none(state: ContextState) -> Self {
        Self {
            state,
            items: Vec::new(),
            block: String::new(),
            tokens: 0,
            budget_tokens: 0,
            considered: 0,
            left_out: Vec::new(),
        }
    }
}

/// The exact record of what was injected into one step, kept with its turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// The turn that answered.
    pub turn_id: TurnId,
    /// The step.
    pub step: Step,
    /// When the request was made.
    pub created_at: Timestamp,
    /// What was injected.
    pub context: Context,
}
