//! What a run takes from memory, and what it leaves there when it ends.

use ccc_domain::{Agent, Context, ContextState, InteractionOutcome, Step, Tray, Turn, cycle::Outcome};

use crate::{
    cycle::{
        choice::Choice,
        run::{Run, begin_blocking},
    },
    memory::ContextRequest,
};

impl Run {
    /// The memory of a step: analyse and execute draw on the same past, but for one that came too late for the first.
    pub(super) async fn context(&mut self, step: Step) -> Context {
        if step == Step::Review {
            return Context::none(ContextState::NotTaken);
        }
        if matches!(self.choice, Choice::None) {
            self.choose_context(self.directive());
        }
        let own = self.conversation;
        let is_of_own = |context: &Context| context.items.iter().any(|item| Some(item.conversation_id) == own);
        if self
            .choice
            .get()
            .await
            .is_ok_and(|chosen| chosen.is_some_and(is_of_own))
        {
            // Chosen so late that the directive was stored before: it must not be told to itself.
            self.choose_context(self.directive());
        }
        match self.choice.get().await {
            Ok(Some(context)) => context.clone(),
            Ok(None) => Context::none(ContextState::Off),
            Err(code) => {
                // Told with each step that goes without; what is said is still stored.
                tracing::error!(%code, "no memory for a step");
                self.runner.memory.note_missed_context();
                Context::none(ContextState::Unavailable(code.to_string()))
            }
        }
    }

    /// Begins to choose the memory of this run, where memory takes part in it.
    pub(super) fn choose_context(&mut self, directive: String) {
        if !(self.options.memory && self.preferences.memory) {
            return;
        }
        if let Some(code) = self.stateless {
            self.choice = Choice::There(Err(code));
            return;
        }
        let request = ContextRequest {
            exclude: self.conversation,
            ..ContextRequest::default()
        };
        let (session, tray) = (self.session, self.tray());
        self.choice = Choice::coming(begin_blocking(&self.runner.memory, move |memory| match tray {
            Some(tray) => memory.get_tray_context(session, &directive, &request, &tray),
            None => memory.get_relevant_context(session, &directive, &request),
        }));
    }

    fn directive(&self) -> String {
        self.turns.first().map(|turn| turn.content.clone()).unwrap_or_default()
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
