//! One run of a cycle: performs what the reducer asks for and reports back, until it waits for nothing more.

use std::collections::VecDeque;

use ccc_domain::{
    ConversationId, ErrorCode, Preferences, SessionId, Turn, Usage,
    cycle::{self, CycleEvent, CycleState, Effect, Phase},
};
use tokio::{sync::mpsc::UnboundedSender, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, MemoryService,
    cycle::{CycleOptions, CycleReport, CycleRunner, CycleUpdate, choice::Choice, step::Open},
    memory::check_directive,
};

/// One run.
pub(super) struct Run {
    pub(super) runner: CycleRunner,
    pub(super) session: SessionId,
    pub(super) preferences: Preferences,
    pub(super) options: CycleOptions,
    pub(super) state: CycleState,
    /// The turns that count, by number: what the next step is asked with.
    pub(super) turns: Vec<Turn>,
    /// How many of them were there before this run.
    pub(super) turns_before: usize,
    /// The conversation's other turns: what was cut, or is done again.
    pub(super) passed_over: Vec<Turn>,
    /// The conversation whose directive was edited to start this one.
    pub(super) branch_of: Option<ConversationId>,
    /// The step whose request was last opened.
    pub(super) open: Option<Open>,
    /// Ends the run because the person says so.
    pub(super) stop: CancellationToken,
    /// Ends the run because the app ends or locks.
    pub(super) interrupt: CancellationToken,
    /// Why it takes nothing from memory any more; what it says waits where it cannot be stored.
    pub(super) stateless: Option<ErrorCode>,
    pub(super) conversation: Option<ConversationId>,
    /// The memory chosen for this run.
    pub(super) choice: Choice,
    pub(super) updates: UnboundedSender<CycleUpdate>,
    pub(super) usage: Usage,
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(conversation) = self.conversation {
            self.runner.running.leave(conversation);
        }
    }
}

impl Run {
    /// How many turns the conversation holds.
    pub(super) fn turn_count(&self) -> usize {
        self.turns.len() + self.passed_over.len()
    }

    /// All turns of the conversation, by number.
    fn take_turns(&mut self) -> Vec<Turn> {
        let mut turns = std::mem::take(&mut self.turns);
        turns.append(&mut self.passed_over);
        turns.sort_by_key(|turn| turn.number);
        turns
    }

    /// Takes the conversation for this run.
    pub(super) fn enter(&mut self, conversation: ConversationId) -> Result<(), Error> {
        self.interrupt = self.runner.running.enter(self.session, conversation)?;
        self.conversation = Some(conversation);
        self.tell(CycleUpdate::Started {
            session_id: self.session,
            conversation_id: conversation,
        });
        Ok(())
    }

    /// Memory is chosen before the directive is stored: it is then what a preview of it showed. A choice that is late holds
    /// nothing up.
    pub(super) async fn submit(mut self, directive: &str) -> Result<CycleReport, Error> {
        check_directive(directive)?;
        if let Some(tray) = &self.options.tray {
            self.runner.memory.note_tray(tray);
        }
        self.choose_context(directive.to_owned());
        let _ = self.choice.get().await;
        self.drive(CycleEvent::Submit {
            directive: directive.to_owned(),
        })
        .await
    }

    pub(super) async fn resume(self) -> Result<CycleReport, Error> {
        self.writable().await?;
        self.drive(CycleEvent::Resume).await
    }

    pub(super) async fn answer(self, answer: &str) -> Result<CycleReport, Error> {
        check_directive(answer)?;
        self.writable().await?;
        self.drive(CycleEvent::Answer(answer.to_owned())).await
    }

    /// An archived session is told apart before a step is paid for.
    async fn writable(&self) -> Result<(), Error> {
        if self.stateless.is_some() {
            return Ok(());
        }
        let session = self.session;
        match blocking(&self.runner.memory, move |memory| {
            memory.update_session_activity(session)
        })
        .await
        {
            Err(error) if !error.is_outage() => Err(error),
            _ => Ok(()),
        }
    }

    async fn drive(mut self, event: CycleEvent) -> Result<CycleReport, Error> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.step(event) {
                events.extend(self.perform(effect).await?);
            }
        }
        if let Phase::Paused { step, cause } = self.state.phase() {
            self.tell(CycleUpdate::Paused {
                step: *step,
                code: *cause,
            });
        }
        let conversation_id = self
            .conversation
            .ok_or(Error::Internal("a run without a conversation"))?;
        Ok(CycleReport {
            session_id: self.session,
            conversation_id,
            phase: self.state.phase().clone(),
            turns: self.take_turns(),
            stateless: self.stateless,
            usage: self.usage,
        })
    }

    /// Hands an event to the reducer.
    pub(super) fn step(&mut self, event: CycleEvent) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.state, CycleState::new(0));
        let (after, effects) = cycle::next(before, event);
        self.state = after;
        effects
    }

    /// Performs one effect; its outcome is the event to go on with.
    async fn perform(&mut self, effect: Effect) -> Result<Option<CycleEvent>, Error> {
        match effect {
            Effect::StoreDirective(directive) => self.store_directive(directive).await.map(Some),
            Effect::Request { step, round } => self.request(step, round).await.map(Some),
            // The stream was dropped, and its socket closed, when the run noticed the stop.
            Effect::Abort => Ok(None),
            Effect::StoreTurn {
                step,
                round,
                status,
                finish: _,
                text,
                verdict,
            } => self.store_step(step, round, status, text, verdict).await.map(Some),
            Effect::StoreAnswer(answer) => self.store_answer(answer).await.map(Some),
            Effect::Ask { question } => {
                self.tell(CycleUpdate::Escalated { question });
                self.learn(None).await;
                Ok(None)
            }
            Effect::Complete(outcome) => {
                // The person need not wait for what is learned from it.
                self.tell(CycleUpdate::Done { outcome });
                self.learn(Some(outcome)).await;
                Ok(None)
            }
            Effect::Refuse(ErrorCode::InvalidInput) => Err(Error::Blank),
            Effect::Refuse(_) => Err(Error::NothingToResume),
        }
    }

    pub(super) fn count(&mut self, usage: Usage) {
        self.usage.prompt_tokens = self.usage.prompt_tokens.saturating_add(usage.prompt_tokens);
        self.usage.completion_tokens = self.usage.completion_tokens.saturating_add(usage.completion_tokens);
        self.usage.estimated |= usage.estimated;
    }

    /// Tells whoever listens; nobody need.
    pub(super) fn tell(&self, update: CycleUpdate) {
        let _ = self.updates.send(update);
    }

    pub(super) fn conversation(&self) -> Result<ConversationId, Error> {
        self.conversation
            .ok_or(Error::Internal("a step without a conversation"))
    }

    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&MemoryService) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        blocking(&self.runner.memory, work).await
    }
}

/// Runs what waits for the disk off the threads that serve streams.
pub(super) async fn blocking<T: Send + 'static>(
    memory: &MemoryService,
    work: impl FnOnce(&MemoryService) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    begin_blocking(memory, work)
        .await
        .unwrap_or(Err(Error::Internal("a blocking task ended early")))
}

/// As [`blocking`], without waiting for it.
pub(super) fn begin_blocking<T: Send + 'static>(
    memory: &MemoryService,
    work: impl FnOnce(&MemoryService) -> Result<T, Error> + Send + 'static,
) -> JoinHandle<Result<T, Error>> {
    let memory = memory.clone();
    tokio::task::spawn_blocking(move || work(&memory))
}
