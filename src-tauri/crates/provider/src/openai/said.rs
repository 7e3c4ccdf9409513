//! What an answer has said so far, and the events it becomes.

use std::collections::VecDeque;

use ccc_domain::{FinishReason, Message, Usage, tokens};

use super::answer::Delta;
use crate::{
    ChatEvent,
    think::{Piece, ThinkSplitter},
};

/// Turns what arrives into events, in the order of the stream's contract.
#[derive(Default)]
pub struct Said {
    asked_model: String,
    model: Option<String>,
    started: bool,
    splitter: ThinkSplitter,
    text: String,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    done: bool,
}

impl Said {
    /// Nothing said yet by `asked_model`.
    pub fn new(asked_model: Option<&str>) -> Self {
        Self {
            asked_model: asked_model.unwrap_or_default().to_owned(),
            ..Self::default()
        }
    }

    /// Whether a token has arrived, so that nothing may be tried again.
    pub const fn has_started(&self) -> bool {
        self.started
    }

    /// Whether the provider said how the answer ended.
    pub const fn has_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Whether the provider said that nothing follows.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// Takes what arrived and appends the events to `out`.
    pub fn take(&mut self, deltas: Vec<Delta>, out: &mut VecDeque<ChatEvent>) {
        for delta in deltas {
            match delta {
                Delta::Model(model) => self.model = Some(model),
                Delta::Finish(reason) => self.finish = Some(reason),
                Delta::Usage(usage) => self.usage = Some(usage),
                Delta::Done => self.done = true,
                Delta::Thought(text) => self.say(Piece::Thought(text), out),
                Delta::Text(text) => {
                    for piece in self.splitter.feed(&text) {
                        self.say(piece, out);
                    }
                }
            }
        }
    }

    /// Says what was held back in case a tag began there. For the end of an answer.
    pub fn flush(&mut self, out: &mut VecDeque<ChatEvent>) {
        if let Some(piece) = std::mem::take(&mut self.splitter).finish() {
            self.say(piece, out);
        }
    }

    /// Says that the answer to `prompt` has ended. Usage is estimated if none was reported.
    pub fn conclude(&mut self, prompt: &[Message], out: &mut VecDeque<ChatEvent>) {
        self.flush(out);
        self.start(out);
        let usage = self.usage.unwrap_or_else(|| Usage {
            prompt_tokens: prompt.iter().map(|m| tokens::estimate(&m.content)).sum(),
            completion_tokens: tokens::estimate(&self.text),
            estimated: true,
        });
        let reason = self.finish.unwrap_or(FinishReason::Eof);
        out.push_back(ChatEvent::Finished { reason, usage });
    }

    fn say(&mut self, piece: Piece, out: &mut VecDeque<ChatEvent>) {
        self.start(out);
        let (Piece::Text(text) | Piece::Thought(text)) = &piece;
        self.text.push_str(text);
        out.push_back(match piece {
            Piece::Text(text) => ChatEvent::Text(text),
            Piece::Thought(text) => ChatEvent::Reasoning(text),
        });
    }

    fn start(&mut self, out: &mut VecDeque<ChatEvent>) {
        if !self.started {
            self.started = true;
            let model = self.model.clone().unwrap_or_else(|| self.asked_model.clone());
            out.push_back(ChatEvent::Started { model });
        }
    }
}
