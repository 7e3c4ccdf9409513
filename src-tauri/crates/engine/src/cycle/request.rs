//! How a cycle is to be run, and what each of its steps is sent.

use std::sync::Arc;

use ccc_domain::{Agent, Context, Preferences, Step, Tray, Turn, TurnStatus, persona, prompt};
use ccc_provider::{ChatProvider, ChatRequest, MemoryLine, RehearsalHint};

use crate::{Error, providers::Parameters};

/// How a cycle is to be run. What is none is taken from the session's preferences.
#[derive(Clone)]
pub struct CycleOptions {
    /// Who is asked.
    pub provider: Arc<dyn ChatProvider>,
    /// Whether memory may be read; false is the plain cycle, whatever the session prefers.
    pub memory: bool,
    /// The model.
    pub model: Option<String>,
    /// The sampling temperature.
    pub temperature: Option<f64>,
    /// How the provider is asked where neither this nor the session says otherwise.
    pub parameters: Parameters,
    /// How often work may be sent back.
    pub max_rounds: Option<u32>,
    /// What the person let through of the memory of a new cycle; none takes it as it is chosen. A cycle that is gone on
    /// with holds to what was let through when it began.
    pub tray: Option<Tray>,
}

impl CycleOptions {
    /// Asks `provider`, everything else as the session prefers.
    pub fn new(provider: Arc<dyn ChatProvider>) -> Self {
        Self {
            provider,
            memory: true,
            model: None,
            temperature: None,
            parameters: Parameters::default(),
            max_rounds: None,
            tray: None,
        }
    }
}

impl CycleOptions {
    /// How the provider is asked in a session: as this says, else as the session prefers, else as the provider was set up.
    pub(crate) fn parameters_in(&self, preferences: &Preferences) -> Parameters {
        Parameters {
            temperature: self
                .temperature
                .or(preferences.temperature)
                .or(self.parameters.temperature),
            ..self.parameters
        }
    }
}

/// What `step` is sent, given the conversation's turns and the memory chosen for it.
pub(super) fn chat_request(
    step: Step,
    round: u32,
    turns: &[Turn],
    context: &Context,
    model: Option<String>,
    parameters: Parameters,
) -> Result<ChatRequest, Error> {
    let messages = prompt::messages(step, turns, persona::shipped(step.agent()), &context.block)
        .map_err(|_| Error::Internal("a step was asked for before its turn"))?;
    let newest = |step| {
        let said = |turn: &&Turn| turn.metadata.step == Some(step) && turn.status == TurnStatus::Complete;
        turns
            .iter()
            .filter(said)
            .max_by_key(|turn| turn.number)
            .map(|turn| turn.content.clone())
    };
    let directive = turns
        .iter()
        .find(|turn| turn.agent == Agent::Wykeve)
        .map(|turn| turn.content.clone());
    let hint = RehearsalHint {
        step,
        round,
        directive: directive.unwrap_or_default(),
        guidance: newest(Step::Analyse),
        work: newest(Step::Execute),
        memory: context.items.iter().map(memory_line).collect(),
    };
    Ok(ChatRequest {
        messages,
        model,
        temperature: parameters.temperature,
        max_tokens: parameters.max_tokens,
        hint,
    })
}

fn memory_line(item: &ccc_domain::ContextItem) -> MemoryLine {
    MemoryLine {
        who: item.speaker.clone().unwrap_or_else(|| item.agent.name().to_owned()),
        when: item.created_at.day(),
        text: item.text.clone(),
    }
}
