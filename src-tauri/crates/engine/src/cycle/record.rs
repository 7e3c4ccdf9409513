//! What a run stores: the directive, its steps, answers. Where memory is out, turns are kept in the run alone and
//! handed over as not stored.

use ccc_domain::{
    Agent, ConversationId, ConversationStatus, ErrorCode, NewTurn, Step, Turn, TurnMetadata, TurnStatus, Verdict,
    cycle::CycleEvent,
};

use crate::{
    Error,
    cycle::{CycleUpdate, run::Run, step::Open},
    memory::StepRecord,
};

impl Run {
    /// Makes the conversation with its directive, before any request.
    pub(super) async fn store_directive(&mut self, directive: String) -> Result<CycleEvent, Error> {
        let session = self.session;
        if self.stateless.is_none() {
            let (text, branch_of, tray) = (directive.clone(), self.branch_of, self.options.tray.clone());
            match self
                .blocking(move |memory| memory.start_cycle(session, &text, branch_of, tray))
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
        self.not_stored(turn, self.stateless.unwrap_or(ErrorCode::Internal));
        Ok(CycleEvent::DirectiveStored)
    }

    pub(super) async fn store_answer(&mut self, answer: String) -> Result<CycleEvent, Error> {
        let turn = self.persons_turn(answer)?;
        self.store(StepRecord {
            turn,
            receipt: None,
            status: None,
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

    pub(super) async fn store_step(
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
        let ends = matches!(verdict, Some(Verdict::Accept | Verdict::NotGiven));
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
                max_rounds: (step == Step::Review).then(|| self.state.max_rounds()),
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
            status: standing(status, ends),
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
                Err(error) => {
                    // Whatever the reason, the person is left with the words.
                    self.not_stored(turn, error.code());
                    return Err(error);
                }
            }
        }
        self.not_stored(turn, self.stateless.unwrap_or(ErrorCode::Internal));
        Ok(())
    }

    fn stored(&mut self, turn: Turn) {
        self.tell(CycleUpdate::TurnStored { turn: turn.clone() });
        self.turns.push(turn);
    }

    fn not_stored(&mut self, turn: NewTurn, code: ErrorCode) {
        let number = u32::try_from(self.turn_count() + 1).unwrap_or(u32::MAX);
        let turn = turn.numbered(number);
        self.tell(CycleUpdate::TurnNotStored {
            turn: turn.clone(),
            code,
        });
        self.turns.push(turn);
    }

    /// From here on nothing is stored, and everyone is told why.
    pub(super) fn go_stateless(&mut self, error: &Error) {
        tracing::error!(code = %error.code(), "memory failed; the cycle goes on without it");
        self.stateless = Some(error.code());
        self.tell(CycleUpdate::Stateless {
            code: error.code(),
            reason: error.to_string(),
        });
    }
}

/// Where a conversation stands once a step's turn is stored. A finished cycle that is done again in part goes on with
/// the first whole turn of that; a cut one changes nothing.
const fn standing(turn: TurnStatus, ends: bool) -> Option<ConversationStatus> {
    match (turn, ends) {
        (TurnStatus::Complete, true) => Some(ConversationStatus::Completed),
        (TurnStatus::Complete, false) => Some(ConversationStatus::Active),
        _ => None,
    }
}
