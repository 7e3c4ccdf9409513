//! What a run stores: the directive, its steps, answers. Where memory is out, turns wait in memory until it is back.

use ccc_domain::{
    Agent, ConversationStatus, ErrorCode, NewTurn, Step, Turn, TurnMetadata, TurnStatus, Verdict, cycle::CycleEvent,
};

use crate::{
    Error,
    cycle::{CycleUpdate, run::Run, step::Open},
    memory::{Kept, Record, StepRecord},
};

impl Run {
    /// Makes the conversation with its directive, before any request.
    pub(super) async fn store_directive(&mut self, directive: String) -> Result<CycleEvent, Error> {
        let memory = &self.runner.memory;
        let tray = self.options.tray.clone();
        let (conversation, turn) = memory.beginning(self.session, &directive, self.branch_of, tray)?;
        let id = conversation.id;
        let record = Record::Beginning(conversation, turn);
        let kept = self.blocking(move |memory| memory.keep(record, 1)).await?;
        self.enter(id)?;
        self.kept(kept);
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

    /// Stores a turn, or leaves it waiting where memory is out.
    async fn store(&mut self, record: StepRecord) -> Result<(), Error> {
        let number = u32::try_from(self.turn_count() + 1).unwrap_or(u32::MAX);
        let turn = record.turn.clone();
        let kept = self
            .blocking(move |memory| memory.keep(Record::Step(record), number))
            .await;
        match kept {
            Ok(kept) => self.kept(kept),
            Err(error) => {
                // Whatever the reason, the person is left with the words.
                self.not_stored(turn.numbered(number), error.code());
                return Err(error);
            }
        }
        Ok(())
    }

    fn kept(&mut self, kept: Kept) {
        match kept {
            Kept::Stored(turn) => {
                self.tell(CycleUpdate::TurnStored { turn: turn.clone() });
                self.turns.push(turn);
            }
            Kept::Waiting { turn, code, reason } => {
                self.go_stateless(code, reason);
                self.not_stored(turn, code);
            }
        }
    }

    fn not_stored(&mut self, turn: Turn, code: ErrorCode) {
        self.tell(CycleUpdate::TurnNotStored {
            turn: turn.clone(),
            code,
        });
        self.turns.push(turn);
    }

    /// From here on the run takes nothing from memory, and everyone is told why, once.
    pub(super) fn go_stateless(&mut self, code: ErrorCode, reason: String) {
        if self.stateless.is_none() {
            tracing::error!(%code, "memory failed; the cycle goes on without it");
            self.stateless = Some(code);
            self.tell(CycleUpdate::Stateless { code, reason });
        }
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
