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
        choice::Choice,
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
        let found = blocking(&runner.memory, move |memory| {
            memory.check_room_to_begin()?;
            memory.carry_out_erasures();
            Ok((memory.session(session), memory.outage()))
        });
        let (preferences, outage) = match found.await? {
            (Ok(found), outage) => (found.preferences, outage),
            (Err(error), outage) if error.is_outage() => {
                let unread = (error.code(), error.to_string());
                (Preferences::default(), outage.or(Some(unread)))
            }
            (Err(error), _) => return Err(error),
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
            choice: Choice::None,
            updates,
            usage: Usage::default(),
        };
        if let Some((code, reason)) = outage {
            run.go_stateless(code, reason);
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
            let other = blocking(&runner.memory, move |memory| memory.conversation(branch_of)).await?;
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
        run.place(state, counted, turns)?;
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
        run.place(state, counted, turns)?;
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
        let found = blocking(&runner.memory, move |memory| memory.conversation_as_said(conversation)).await?;
        let mut run = Self::new(runner, found.0.session_id, options, updates, stop).await?;
        // Taken before its turns are read, so that no other run can add one in between.
        run.enter(conversation)?;
        let (found, turns) = run
            .blocking(move |memory| {
                // A draft of a turn that waits whole is that turn's, and goes when it is stored.
                if !memory.waits(conversation) {
                    memory.recover_drafts_of(conversation)?;
                }
                memory.conversation_as_said(conversation)
            })
            .await?;
        Ok((run, found, turns))
    }

    /// Stands where `state` does, on the turns that count for it. Nothing can be built on one that was deleted.
    fn place(&mut self, state: CycleState, counted: Vec<Turn>, all: Vec<Turn>) -> Result<(), Error> {
        if counted.iter().any(Turn::is_deleted) {
            return Err(Error::NothingToResume);
        }
        let kept: HashSet<TurnId> = counted.iter().map(|turn| turn.id).collect();
        self.passed_over = all.into_iter().filter(|turn| !kept.contains(&turn.id)).collect();
        self.turns_before = counted.len();
        (self.state, self.turns) = (state, counted);
        Ok(())
    }
}
