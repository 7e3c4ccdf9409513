//! A session's summary, written by a model because the person asked for it: one request, and its cost kept with it.

use ccc_domain::{ContextSummary, FinishReason, SessionId, Step, SummarySource, Usage, prompt};
use ccc_provider::{ChatEvent, ChatRequest, ProtocolProblem, ProviderError, RehearsalHint};
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, MemoryService, Space,
    cycle::CycleOptions,
    memory::{MAX_SUMMARY_BYTES, NewSummary},
};

/// How much of the latest turns is sent, in bytes: about 3,000 tokens, what a small model takes without loss.
const LATEST_BYTES: usize = 12 << 10;

/// What a model answered.
#[derive(Default)]
struct Answer {
    text: String,
    model: Option<String>,
    usage: Usage,
}

impl Space {
    /// Has the summary of a session written by the model that `options` name, from its extract and latest turns, and
    /// stores it beside the older ones. Sends one request; nothing is stored unless its answer is whole.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] where the provider calls no model; [`Error::Blank`] where nothing was said;
    /// [`Error::Truncated`], [`Error::TooLarge`] and the provider's for the answer; those of the store.
    pub async fn write_summary(&self, session: SessionId, options: &CycleOptions) -> Result<ContextSummary, Error> {
        if options.provider.is_rehearsal() {
            return Err(Error::Invalid("Rehearsal calls no model: set a provider up first"));
        }
        let (turn_count, request) = self
            .waiting({
                let options = options.clone();
                move |memory| request(memory, session, &options)
            })
            .await?;
        let answer = ask(options, request).await?;
        let summary = NewSummary {
            text: answer.text.trim().to_owned(),
            turn_count,
            source: SummarySource::Model,
            model: answer.model.filter(|model| !model.is_empty()),
            usage: Some(answer.usage),
        };
        self.waiting(move |memory| memory.put_summary(session, summary)).await
    }

    async fn waiting<T: Send + 'static>(
        &self,
        work: impl FnOnce(&MemoryService) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let memory = self.memory.clone();
        tokio::task::spawn_blocking(move || work(&memory))
            .await
            .unwrap_or(Err(Error::Internal("a task ended early")))
    }
}

/// The request, and how many turns the session held for it.
fn request(memory: &MemoryService, session: SessionId, options: &CycleOptions) -> Result<(u32, ChatRequest), Error> {
    let preferences = memory.session(session)?.preferences;
    let turns = memory.turns_of(session)?;
    let digest = memory.digest(session)?;
    let latest = digest.latest(LATEST_BYTES);
    if latest.is_empty() {
        return Err(Error::Blank);
    }
    let parameters = options.parameters_in(&preferences);
    let request = ChatRequest {
        messages: prompt::summary_messages(&memory.extract(session, &digest), &latest),
        temperature: parameters.temperature,
        max_tokens: parameters.max_tokens,
        model: options.model.clone().or(preferences.model),
        // For Rehearsal alone, which is not asked.
        hint: RehearsalHint::new(Step::Analyse, ""),
    };
    Ok((turns, request))
}

/// The whole answer. Dropping this closes the connection.
async fn ask(options: &CycleOptions, request: ChatRequest) -> Result<Answer, Error> {
    let mut stream = options.provider.stream(request, CancellationToken::new());
    let mut answer = Answer::default();
    while let Some(event) = stream.next().await {
        match event? {
            ChatEvent::Started { model } => answer.model = Some(model),
            ChatEvent::Text(text) => answer.text.push_str(&text),
            ChatEvent::Finished { reason, usage } => {
                answer.usage = usage;
                return whole(answer, reason);
            }
            ChatEvent::Reasoning(_) | ChatEvent::Retrying { .. } => {}
        }
        if answer.text.len() > MAX_SUMMARY_BYTES {
            return Err(Error::TooLarge {
                limit_bytes: MAX_SUMMARY_BYTES,
            });
        }
    }
    Err(Error::Truncated)
}

fn whole(answer: Answer, reason: FinishReason) -> Result<Answer, Error> {
    if !reason.is_complete() {
        return Err(Error::Truncated);
    }
    if answer.text.trim().is_empty() {
        return Err(ProviderError::Protocol(ProtocolProblem::Empty).into());
    }
    Ok(answer)
}
