//! Beginning a run: from a directive, or from the turns of a conversation that is there.

use std::collections::HashSet;

use ccc_domain::{
    Conversation, ConversationId, ConversationStatus, Preferences, SessionId, Step, Turn, TurnId, Usage,
    cycle::{CycleState, Phase},
};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::{
    Entity, Error,
    cycle::{
        CycleOptions, CycleRunner, CycleUpdate,
        run::{Run, blocking},
    },
};

impl Run {
    /// A run that knows its session and no conversation yet.
    async fn new(
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
            turns_before: 0,
            passed_over: Vec::new(),
            branch_of: None,
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

    /// A run of a conversation that is still to be made, beside `branch_of` where there is one.
    pub(super) async fn anew(
        runner: &CycleRunner,
        session: SessionId,
        branch_of: Option<ConversationId>,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        if let Some(branch_of) = branch_of {
            let other = blocking(&runner.memory, move |memory| memory.get_conversation(branch_of)).await?;
            if other.session_id != session {
                return Err(Error::NotFound(Entity::Conversation));
            }
        }
        let mut run = Self::new(runner, session, options, updates, stop).await?;
        run.branch_of = branch_of;
        Ok(run)
    }

    /// A run of a conversation that is there, to go on with it.
    pub(super) async fn attach(
        runner: &CycleRunner,
        conversation: ConversationId,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let (mut run, found, turns) = Self::take(runner, conversation, options, updates, stop).await?;
        let (state, counted) = CycleState::resume_counted(&turns, run.state.max_rounds());
        run.place(state, counted, turns);
        if found.status == ConversationStatus::Completed && !matches!(run.state.phase(), Phase::Escalated { .. }) {
            return Err(Error::NothingToResume);
        }
        Ok(run)
    }

    /// A run of a conversation that is there, to do `step` and what follows it again.
    pub(super) async fn again(
        runner: &CycleRunner,
        conversation: ConversationId,
        step: Step,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let (mut run, _, turns) = Self::take(runner, conversation, options, updates, stop).await?;
        let (state, counted) = CycleState::retry(&turns, step, run.state.max_rounds()).ok_or(Error::NothingToResume)?;
        run.place(state, counted, turns);
        Ok(run)
    }

    /// Takes a conversation for this run and reads it.
    async fn take(
        runner: &CycleRunner,
        conversation: ConversationId,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<(Self, Conversation, Vec<Turn>), Error> {
        let found = blocking(&runner.memory, move |memory| memory.get_conversation(conversation)).await?;
        let mut run = Self::new(runner, found.session_id, options, updates, stop).await?;
        // Taken before its turns are read, so that no other run can add one in between.
        run.enter(conversation)?;
        let (found, turns) = run
            .blocking(move |memory| {
                memory.recover_drafts_of(conversation)?;
                Ok((
                    memory.get_conversation(conversation)?,
                    memory.get_conversation_history(conversation)?,
                ))
            })
            .await?;
        Ok((run, found, turns))
    }

    /// Stands where `state` does, on the turns that count for it.
    fn place(&mut self, state: CycleState, counted: Vec<Turn>, all: Vec<Turn>) {
        let kept: HashSet<TurnId> = counted.iter().map(|turn| turn.id).collect();
        self.passed_over = all.into_iter().filter(|turn| !kept.contains(&turn.id)).collect();
        self.turns_before = counted.len();
        (self.state, self.turns) = (state, counted);
    }
}
