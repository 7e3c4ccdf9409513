//! What a run takes from memory, and what it leaves there when it ends.

use ccc_domain::{Agent, Context, ContextState, InteractionOutcome, Step, Turn, cycle::Outcome};

use crate::{
    cycle::{CycleUpdate, run::Run},
    memory::ContextRequest,
};

impl Run {
    /// The memory of a step. Chosen once a run: analyse and execute draw on the same past.
    pub(super) async fn context(&mut self, step: Step) -> Context {
        if step == Step::Review {
            return Context::none(ContextState::NotTaken);
        }
        if !(self.options.memory && self.preferences.memory) {
            return Context::none(ContextState::Off);
        }
        if self.context.is_none() {
            self.context = Some(self.choose_context().await);
        }
        self.context.clone().unwrap_or(Context::none(ContextState::Off))
    }

    async fn choose_context(&mut self) -> Context {
        if let Some(code) = self.stateless {
            return Context::none(ContextState::Unavailable(code.to_string()));
        }
        let directive = self.turns.first().map(|turn| turn.content.clone()).unwrap_or_default();
        let request = ContextRequest {
            exclude: self.conversation,
            ..ContextRequest::default()
        };
        let session = self.session;
        match self
            .blocking(move |memory| memory.get_relevant_context(session, &directive, &request))
            .await
        {
            Ok(context) => context,
            Err(error) => {
                tracing::error!(code = %error.code(), "no memory for this cycle");
                self.tell(CycleUpdate::Stateless {
                    code: error.code(),
                    reason: error.to_string(),
                });
                Context::none(ContextState::Unavailable(error.code().to_string()))
            }
        }
    }

    /// Lets both agents learn from how it went and renews the summary. A failure costs the lesson, not the cycle.
    pub(super) async fn learn(&mut self, outcome: Option<Outcome>) {
        if self.stateless.is_some() {
            return;
        }
        let of = |agent| outcome_for(agent, outcome, self.state.round(), &self.turns);
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
