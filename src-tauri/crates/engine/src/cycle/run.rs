//! One run of a cycle: performs what the reducer asks for and reports back, until it waits for nothing more.

use std::collections::VecDeque;

use ccc_domain::{
    Agent, Context, ContextState, ConversationId, ConversationStatus, ErrorCode, InteractionOutcome, NewTurn,
    Preferences, SessionId, Step, Turn, TurnMetadata, TurnStatus, Usage, Verdict,
    cycle::{self, CycleEvent, CycleState, Effect, Outcome, Phase},
};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, MemoryService,
    cycle::{CycleOptions, CycleReport, CycleRunner, CycleUpdate, step::Open},
    memory::{ContextRequest, StepRecord},
};

/// One run.
pub(super) struct Run {
    pub(super) runner: CycleRunner,
    pub(super) session: SessionId,
    pub(super) preferences: Preferences,
    pub(super) options: CycleOptions,
    pub(super) state: CycleState,
    /// All turns of the conversation so far, by number.
    pub(super) turns: Vec<Turn>,
    /// The step whose request was last opened.
    pub(super) open: Option<Open>,
    /// Ends the run because the person says so.
    pub(super) stop: CancellationToken,
    /// Ends the run because the app ends or locks.
    pub(super) interrupt: CancellationToken,
    /// Why nothing is stored any more.
    pub(super) stateless: Option<ErrorCode>,
    conversation: Option<ConversationId>,
    context: Option<Context>,
    updates: UnboundedSender<CycleUpdate>,
    usage: Usage,
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(conversation) = self.conversation {
            self.runner.running.leave(conversation);
        }
    }
}

impl Run {
    /// A run of a conversation that is still to be made.
    pub(super) async fn new(
        runner: &CycleRunner,
        session: SessionId,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let found = blocking(&runner.memory, move |memory| memory.get_session(session)).await;
        let (preferences, outage) = match found {
            Ok(found) => (found.preferences, None),
            Err(error) if error.is_outage() => (Preferences::default(), Some(error)),
            Err(error) => return Err(error),
        };
        let max_rounds = options.max_rounds.unwrap_or(preferences.max_rounds);
        let mut run = Self {
            runner: runner.clone(),
            session,
            preferences,
            options,
            state: CycleState::new(max_rounds),
            turns: Vec::new(),
            open: None,
            stop,
            interrupt: CancellationToken::new(),
            stateless: None,
            conversation: None,
            context: None,
            updates,
            usage: Usage::default(),
        };
        if let Some(error) = outage {
            run.go_stateless(&error);
        }
        Ok(run)
    }

    /// A run of a conversation that is there.
    pub(super) async fn attach(
        runner: &CycleRunner,
        conversation: ConversationId,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let found = blocking(&runner.memory, move |memory| memory.get_conversation(conversation)).await?;
        let mut run = Self::new(runner, found.session_id, options, updates, stop).await?;
        // Taken before its turns are read, so that no other run can add one in between.
        run.enter(conversation)?;
        let (found, turns) = run
            .blocking(move |memory| {
                Ok((
                    memory.get_conversation(conversation)?,
                    memory.get_conversation_history(conversation)?,
                ))
            })
            .await?;
        run.state = CycleState::resume(&turns, run.state.max_rounds());
        run.turns = turns;
        if found.status == ConversationStatus::Completed && !matches!(run.state.phase(), Phase::Escalated { .. }) {
            return Err(Error::NothingToResume);
        }
        Ok(run)
    }

    fn enter(&mut self, conversation: ConversationId) -> Result<(), Error> {
        self.interrupt = self.runner.running.enter(conversation)?;
        self.conversation = Some(conversation);
        self.tell(CycleUpdate::Started {
            session_id: self.session,
            conversation_id: conversation,
        });
        Ok(())
    }

    pub(super) async fn submit(self, directive: &str) -> Result<CycleReport, Error> {
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
        if answer.len() > crate::memory::MAX_DIRECTIVE_BYTES {
            return Err(Error::TooLarge {
                limit_bytes: crate::memory::MAX_DIRECTIVE_BYTES,
            });
        }
        self.writable().await?;
        self.drive(CycleEvent::Answer(answer.to_owned())).await
    }

    /// An archived session is told apart before a step is paid for.
    async fn writable(&self) -> Result<(), Error> {
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
            turns: std::mem::take(&mut self.turns),
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
                self.learn(None).await;
                self.tell(CycleUpdate::Escalated { question });
                Ok(None)
            }
            Effect::Complete(outcome) => {
                self.learn(Some(outcome)).await;
                self.tell(CycleUpdate::Done { outcome });
                Ok(None)
            }
            Effect::Refuse(ErrorCode::InvalidInput) => Err(Error::Blank),
            Effect::Refuse(_) => Err(Error::NothingToResume),
        }
    }

    async fn store_directive(&mut self, directive: String) -> Result<CycleEvent, Error> {
        let session = self.session;
        if self.stateless.is_none() {
            let text = directive.clone();
            match self
                .blocking(move |memory| memory.start_conversation(session, &text, None))
                .await
            {
                Ok((conversation, turn)) => {
                    self.enter(conversation.id)?;
                    self.stored(turn);
                    return Ok(CycleEvent::DirectiveStored);
                }
                Err(error) if error.is_outage() => self.go_stateless(&error),
                Err(error) => return Err(error),
            }
        }
        let conversation = self.runner.memory.new_id::<ConversationId>();
        self.enter(conversation)?;
        let turn = self.persons_turn(directive)?;
        self.not_stored(turn);
        Ok(CycleEvent::DirectiveStored)
    }

    async fn store_answer(&mut self, answer: String) -> Result<CycleEvent, Error> {
        let turn = self.persons_turn(answer)?;
        self.store(StepRecord {
            turn,
            receipt: None,
            completes: false,
        })
        .await?;
        Ok(CycleEvent::AnswerStored)
    }

    fn persons_turn(&self, content: String) -> Result<NewTurn, Error> {
        Ok(NewTurn {
            id: self.runner.memory.new_id(),
            session_id: self.session,
            conversation_id: self
                .conversation
                .ok_or(Error::Internal("a turn without a conversation"))?,
            agent: Agent::Wykeve,
            speaker: None,
            content,
            created_at: self.runner.memory.now(),
            status: TurnStatus::Complete,
            metadata: TurnMetadata::default(),
        })
    }

    async fn store_step(
        &mut self,
        step: Step,
        round: u32,
        status: TurnStatus,
        text: String,
        verdict: Option<Verdict>,
    ) -> Result<CycleEvent, Error> {
        let open = self.open.clone().ok_or(Error::Internal("a turn without a request"))?;
        if text.trim().is_empty() {
            self.leave_nothing(&open).await;
            return Ok(CycleEvent::StepStored);
        }
        let completes = matches!(verdict, Some(Verdict::Accept | Verdict::NotGiven)) && status == TurnStatus::Complete;
        let turn = NewTurn {
            id: open.turn_id,
            session_id: self.session,
            conversation_id: self
                .conversation
                .ok_or(Error::Internal("a turn without a conversation"))?,
            agent: step.agent(),
            speaker: None,
            content: text,
            created_at: open.started_at,
            status,
            metadata: TurnMetadata {
                verdict: verdict.clone(),
                ..open.metadata.clone()
            },
        };
        self.tell(CycleUpdate::StepEnded {
            step,
            round,
            status: Some(status),
            usage: open.metadata.usage,
            verdict,
        });
        self.store(StepRecord {
            turn,
            receipt: Some(open.receipt()),
            completes,
        })
        .await?;
        Ok(CycleEvent::StepStored)
    }

    /// Ends a step that said nothing: there is no turn to store, and no draft to keep.
    pub(super) async fn leave_nothing(&self, open: &Open) {
        let (step, round, turn, usage) = (open.step, open.metadata.round, open.turn_id, open.metadata.usage);
        self.tell(CycleUpdate::StepEnded {
            step,
            round,
            status: None,
            usage,
            verdict: None,
        });
        if let Err(error) = self.blocking(move |memory| memory.drop_draft(turn)).await {
            tracing::warn!(code = %error.code(), "an empty draft was left");
        }
    }

    /// Stores a turn, or keeps it in this run alone where memory is out.
    async fn store(&mut self, record: StepRecord) -> Result<(), Error> {
        let turn = record.turn.clone();
        if self.stateless.is_none() {
            match self.blocking(move |memory| memory.store_step(record)).await {
                Ok(turn) => {
                    self.stored(turn);
                    return Ok(());
                }
                Err(error) if error.is_outage() => self.go_stateless(&error),
                Err(error) => return Err(error),
            }
        }
        self.not_stored(turn);
        Ok(())
    }

    fn stored(&mut self, turn: Turn) {
        self.tell(CycleUpdate::TurnStored { turn: turn.clone() });
        self.turns.push(turn);
    }

    fn not_stored(&mut self, turn: NewTurn) {
        let number = u32::try_from(self.turns.len() + 1).unwrap_or(u32::MAX);
        let turn = turn.numbered(number);
        let code = self.stateless.unwrap_or(ErrorCode::Internal);
        self.tell(CycleUpdate::TurnNotStored {
            turn: turn.clone(),
            code,
        });
        self.turns.push(turn);
    }

    fn go_stateless(&mut self, error: &Error) {
        tracing::error!(code = %error.code(), "memory failed; the cycle goes on without it");
        self.stateless = Some(error.code());
        self.tell(CycleUpdate::Stateless {
            code: error.code(),
            reason: error.to_string(),
        });
    }

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
    async fn learn(&mut self, outcome: Option<Outcome>) {
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
async fn blocking<T: Send + 'static>(
    memory: &MemoryService,
    work: impl FnOnce(&MemoryService) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let memory = memory.clone();
    tokio::task::spawn_blocking(move || work(&memory))
        .await
        .unwrap_or(Err(Error::Internal("a blocking task ended early")))
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
