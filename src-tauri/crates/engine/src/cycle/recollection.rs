//! What a run takes from memory, and what it leaves there when it ends.

use std::time::Duration;

use ccc_domain::{Agent, Context, ContextState, ErrorCode, InteractionOutcome, Step, Tray, Turn, cycle::Outcome};

use tokio::time::timeout;

use crate::{cycle::run::Run, memory::ContextRequest};

/// A step waits no longer than this for its memory, which takes a few milliseconds: half a second is what a person
/// notices as waiting.
const LONGEST_CHOICE: Duration = Duration::from_millis(500);

impl Run {
    /// The memory of a step: analyse and execute draw on the same past.
    pub(super) async fn context(&mut self, step: Step) -> Context {
        if step == Step::Review {
            return Context::none(ContextState::NotTaken);
        }
        if self.context.is_none() {
            let directive = self.turns.first().map(|turn| turn.content.clone()).unwrap_or_default();
            self.choose_context(&directive).await;
        }
        self.context.clone().unwrap_or(Context::none(ContextState::Off))
    }

    /// Chooses the memory of this run, where memory takes part in it.
    pub(super) async fn choose_context(&mut self, directive: &str) {
        if !(self.options.memory && self.preferences.memory) {
            return;
        }
        let unavailable = |code: ErrorCode| Context::none(ContextState::Unavailable(code.to_string()));
        if let Some(code) = self.stateless {
            self.context = Some(unavailable(code));
            return;
        }
        let request = ContextRequest {
            exclude: self.conversation,
            ..ContextRequest::default()
        };
        let (session, directive, tray) = (self.session, directive.to_owned(), self.tray());
        let choosing = self.blocking(move |memory| match tray {
            Some(tray) => memory.get_tray_context(session, &directive, &request, &tray),
            None => memory.get_relevant_context(session, &directive, &request),
        });
        // A choice that comes too late goes on by itself and is there for the next step.
        let chosen = match timeout(LONGEST_CHOICE, choosing).await {
            Ok(chosen) => chosen.map_err(|error| error.code()),
            Err(_) => Err(ErrorCode::MemorySlow),
        };
        self.context = Some(chosen.unwrap_or_else(|code| {
            // Told with each step that goes without; what is said is still stored.
            tracing::error!(%code, "no memory for this cycle");
            self.runner.memory.note_missed_context();
            unavailable(code)
        }));
    }

    /// What the person let through of this cycle's memory: now, or when it began.
    fn tray(&self) -> Option<Tray> {
        let began = || self.turns.first()?.metadata.tray.clone();
        self.options.tray.clone().or_else(began)
    }

    /// Lets both agents learn from how it went and renews the summary. A failure costs the lesson, not the cycle.
    pub(super) async fn learn(&mut self, outcome: Option<Outcome>) {
        if self.stateless.is_some() {
            return;
        }
        let new = self.turns.get(self.turns_before..).unwrap_or_default();
        let of = |agent| outcome_for(agent, outcome, self.state.sent_back(), new);
        let (beatrice, codey) = (of(Agent::Beatrice), of(Agent::Codey));
        let (session, summarise) = (self.session, self.preferences.auto_summarise);
        let learned = self
            .blocking(move |memory| {
                memory.update_agent_learning(session, Agent::Beatrice, beatrice)?;
                memory.update_agent_learning(session, Agent::Codey, codey)?;
                if summarise {
                    memory.generate_context_summary(session)?;
                }
                Ok(())
            })
            .await;
        if let Err(error) = learned {
            tracing::warn!(code = %error.code(), "nothing was learned from this cycle");
        }
    }
}

/// How it went for one agent since the run began; a cycle that asked the person goes on in another run.
fn outcome_for(agent: Agent, outcome: Option<Outcome>, sent_back: u32, turns: &[Turn]) -> InteractionOutcome {
    let own: Vec<&Turn> = turns.iter().filter(|turn| turn.agent == agent).collect();
    InteractionOutcome {
        accepted: outcome.is_some(),
        escalated: outcome.is_none(),
        sent_back,
        completion_tokens: own
            .iter()
            .filter_map(|t| t.metadata.usage)
            .map(|u| u64::from(u.completion_tokens))
            .sum(),
        evidence: own.last().map(|turn| turn.id),
    }
}
