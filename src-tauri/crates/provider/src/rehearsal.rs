//! The provider that calls no model.
//!
//! It composes each step's answer from the parts of the prompt: the directive's own sentences, the step before, and
//! the remembered passages, quoted with who and when. The same hint gives the same bytes. It says what it is in the
//! first line of every answer; it is what a newcomer, a demo and a test see before any provider is set up.

mod compose;
mod excerpt;

use std::collections::VecDeque;

use ccc_domain::{FinishReason, Usage, tokens};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio_util::sync::CancellationToken;

use crate::{ChatEvent, ChatProvider, ChatRequest, ProviderError};

/// The model name its turns carry.
pub const MODEL: &str = "rehearsal";

/// The first line of every answer.
pub const LABEL: &str = "Rehearsal — no model was called.";

/// Characters of one streamed piece at most, for text without spaces.
const PIECE: usize = 16;

/// Answers offline and deterministically, without any model. Ignores model, temperature and token limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rehearsal;

impl Rehearsal {
    /// The provider.
    pub const fn new() -> Self {
        Self
    }
}

impl ChatProvider for Rehearsal {
    fn name(&self) -> &str {
        MODEL
    }

    fn is_rehearsal(&self) -> bool {
        true
    }

    fn stream(
        &self,
        request: ChatRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ChatEvent, ProviderError>> {
        let events = events(&request);
        stream::unfold((events, cancel), |(mut events, cancel)| async move {
            // Gives a cancellation the chance to arrive between any two pieces.
            tokio::task::yield_now().await;
            if cancel.is_cancelled() && !events.is_empty() {
                events.clear();
                return Some((Err(ProviderError::Cancelled), (events, cancel)));
            }
            events.pop_front().map(|event| (Ok(event), (events, cancel)))
        })
        .boxed()
    }
}

fn events(request: &ChatRequest) -> VecDeque<ChatEvent> {
    let answer = compose::answer(&request.hint);
    let usage = Usage {
        prompt_tokens: request.messages.iter().map(|m| tokens::estimate(&m.content)).sum(),
        completion_tokens: tokens::estimate(&answer),
        estimated: true,
    };
    let started = ChatEvent::Started {
        model: MODEL.to_owned(),
    };
    let finished = ChatEvent::Finished {
        reason: FinishReason::Stop,
        usage,
    };
    let pieces = pieces(&answer).into_iter().map(ChatEvent::Text);
    [started].into_iter().chain(pieces).chain([finished]).collect()
}

/// Cuts into words, each with the white space after it, and long words into [`PIECE`] characters.
fn pieces(text: &str) -> Vec<String> {
    let words = text.split_inclusive(char::is_whitespace);
    let cut = |word: &str| {
        word.chars()
            .collect::<Vec<_>>()
            .chunks(PIECE)
            .map(String::from_iter)
            .collect::<Vec<_>>()
    };
    words.flat_map(cut).collect()
}

#[cfg(test)]
mod tests;
