//! Who answers in seeded cycles, and the clock they run by.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use ccc_domain::{FinishReason, Step, Timestamp, Usage, tokens};
use ccc_engine::{ChatProvider, Clock, ProviderError};
use ccc_provider::{ChatEvent, ChatRequest};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio_util::sync::CancellationToken;

/// What a quick model takes for an answer.
const PAUSE: Duration = Duration::from_millis(450);

/// What is said in the three steps.
#[derive(Clone)]
pub struct Lines {
    /// Beatrice's guidance.
    pub guidance: String,
    /// Codey's work.
    pub work: String,
    /// Beatrice's review, with its verdict line.
    pub review: String,
}

/// Says its lines, whatever it is asked.
pub struct Actor {
    lines: Lines,
    pause: bool,
}

impl Actor {
    /// One for a cycle.
    pub const fn new(lines: Lines, pause: bool) -> Self {
        Self { lines, pause }
    }
}

impl ChatProvider for Actor {
    fn name(&self) -> &str {
        "openai"
    }

    fn stream(
        &self,
        request: ChatRequest,
        _cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ChatEvent, ProviderError>> {
        let text = match request.hint.step {
            Step::Analyse => self.lines.guidance.clone(),
            Step::Execute => self.lines.work.clone(),
            Step::Review => self.lines.review.clone(),
        };
        let asked: u32 = request
            .messages
            .iter()
            .map(|each| tokens::estimate(&each.content))
            .sum();
        let usage = Usage {
            prompt_tokens: asked,
            completion_tokens: tokens::estimate(&text),
            estimated: false,
        };
        let model = request.model.unwrap_or_default();
        let events = [
            ChatEvent::Started { model },
            ChatEvent::Text(text),
            ChatEvent::Finished {
                reason: FinishReason::Stop,
                usage,
            },
        ];
        let pause = if self.pause { PAUSE } else { Duration::ZERO };
        let paused = stream::once(tokio::time::sleep(pause)).filter_map(|()| std::future::ready(None));
        paused.chain(stream::iter(events.map(Ok))).boxed()
    }
}

/// A clock that is set, and goes on by itself as it is looked at.
pub struct Past(AtomicI64);

impl Past {
    /// One that stands at `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.ms()))
    }

    /// Sets it.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.ms(), Ordering::Relaxed);
    }
}

impl Clock for Past {
    fn now(&self) -> Timestamp {
        /// Between two looks: a cycle looks a few dozen times, and takes about ten seconds.
        const STEP_MS: i64 = 250;
        Timestamp::from_ms(self.0.fetch_add(STEP_MS, Ordering::Relaxed))
    }
}
