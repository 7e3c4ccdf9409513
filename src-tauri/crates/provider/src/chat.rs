//! The contract between a cycle and whatever answers it.

use std::fmt;

use ccc_domain::{ErrorCode, FinishReason, Message, Step, Usage};
use futures_util::stream::BoxStream;
use tokio_util::sync::CancellationToken;

use crate::ProviderError;

/// Something that answers prompts.
pub trait ChatProvider: Send + Sync {
    /// The name the person gave it; kept with every turn it writes.
    fn name(&self) -> &str;

    /// Whether no model is called.
    fn is_rehearsal(&self) -> bool {
        false
    }

    /// Asks for one answer. Nothing happens before the stream is first polled; dropping it closes the connection.
    ///
    /// The contract of the stream:
    /// * [`ChatEvent::Started`] comes once, right before the first text; only [`ChatEvent::Retrying`] may precede it.
    /// * [`ChatEvent::Finished`] comes at most once and is last. Without a word from the provider on how the answer
    ///   ended, its reason is [`FinishReason::Eof`].
    /// * An error comes at most once and is last.
    /// * Once `cancel` is cancelled, the next item is [`ProviderError::Cancelled`], whatever had been received.
    fn stream(
        &self,
        request: ChatRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ChatEvent, ProviderError>>;
}

/// One prompt and how to answer it. Its `Debug` shows sizes, never text.
#[derive(Clone, PartialEq)]
pub struct ChatRequest {
    /// The prompt, in order.
    pub messages: Vec<Message>,
    /// The model's id; none means the provider's default.
    pub model: Option<String>,
    /// Sampling temperature; none leaves it to the provider.
    pub temperature: Option<f64>,
    /// At most this many tokens of answer; none leaves it to the provider.
    pub max_tokens: Option<u32>,
    /// What [`crate::Rehearsal`] composes from. Never sent over a wire.
    pub hint: RehearsalHint,
}

/// The parts a prompt was made of, for a provider that calls no model. Its `Debug` shows sizes, never text.
#[derive(Clone, PartialEq, Eq)]
pub struct RehearsalHint {
    /// The step to answer.
    pub step: Step,
    /// 0 for the first pass, 1 for the first one after work was sent back.
    pub round: u32,
    /// The directive, verbatim.
    pub directive: String,
    /// The guidance of this cycle, once there is one.
    pub guidance: Option<String>,
    /// The work of this cycle, once there is some.
    pub work: Option<String>,
    /// The memory that was put into the prompt, in its order.
    pub memory: Vec<MemoryLine>,
}

/// One remembered passage. Its `Debug` shows sizes, never text.
#[derive(Clone, PartialEq, Eq)]
pub struct MemoryLine {
    /// Who said it, as shown to the person.
    pub who: String,
    /// When, as shown to the person.
    pub when: String,
    /// What was said.
    pub text: String,
}

/// One event of an answer. Its `Debug` shows the size of text, never the text.
#[derive(Clone, PartialEq, Eq)]
pub enum ChatEvent {
    /// The answer begins. From here on nothing is tried again.
    Started {
        /// The model as the provider names it, else as it was asked for; empty when neither says.
        model: String,
    },
    /// A piece of the answer.
    Text(String),
    /// A piece of what a reasoning model thinks aloud: shown folded, kept out of memory and of prompts.
    Reasoning(String),
    /// The request failed before its first token and will be sent again after a wait.
    Retrying {
        /// 1 for the first repetition.
        attempt: u32,
        /// The wait, in milliseconds.
        wait_ms: u64,
        /// What failed.
        code: ErrorCode,
    },
    /// The answer has ended; nothing follows.
    Finished {
        /// How it ended.
        reason: FinishReason,
        /// What it cost; estimated where the provider reported nothing.
        usage: Usage,
    },
}

impl RehearsalHint {
    /// A hint for the first pass of `step` with neither guidance, work nor memory.
    pub fn new(step: Step, directive: impl Into<String>) -> Self {
        Self {
            step,
            round: 0,
            directive: directive.into(),
            guidance: None,
            work: None,
            memory: Vec::new(),
        }
    }
}

impl fmt::Debug for ChatRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatRequest")
            .field("messages", &self.messages.len())
            .field("bytes", &self.messages.iter().map(|m| m.content.len()).sum::<usize>())
            .field("model", &self.model)
            .field("temperature", &self.temperature)
            .field("max_tokens", &self.max_tokens)
            .field("hint", &self.hint)
            .finish()
    }
}

impl fmt::Debug for RehearsalHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RehearsalHint")
            .field("step", &self.step)
            .field("round", &self.round)
            .field("directive_bytes", &self.directive.len())
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MemoryLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryLine({} bytes)", self.text.len())
    }
}

impl fmt::Debug for ChatEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { model } => f.debug_struct("Started").field("model", model).finish(),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Reasoning(text) => write!(f, "Reasoning({} bytes)", text.len()),
            Self::Retrying { attempt, wait_ms, code } => f
                .debug_struct("Retrying")
                .field("attempt", attempt)
                .field("wait_ms", wait_ms)
                .field("code", code)
                .finish(),
            Self::Finished { reason, usage } => f
                .debug_struct("Finished")
                .field("reason", reason)
                .field("usage", usage)
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ccc_domain::Role;

    use super::*;

    #[test]
    fn debug_output_holds_no_text_of_the_person_or_the_model() {
        let mut hint = RehearsalHint::new(Step::Review, "canary directive");
        hint.guidance = Some("canary guidance".into());
        hint.work = Some("canary work".into());
        hint.memory.push(MemoryLine {
            who: "canary who".into(),
            when: "today".into(),
            text: "canary memory".into(),
        });
        let request = ChatRequest {
            messages: vec![Message::new(Role::User, "canary message")],
            model: Some("m".into()),
            temperature: None,
            max_tokens: None,
            hint,
        };
        let events = [
            ChatEvent::Text("canary text".into()),
            ChatEvent::Reasoning("canary thought".into()),
        ];
        let shown = format!("{request:?} {events:?}");
        assert!(!shown.contains("canary"), "sizes only, but got {shown}");
    }
}
