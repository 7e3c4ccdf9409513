//! One step: its request opened, its text taken in as it comes, its draft kept safe.

use std::time::Duration;

use ccc_domain::{
    Context, ErrorCode, FinishReason, Receipt, ReceiptId, Step, Timestamp, TurnId, TurnMetadata, Usage,
    cycle::CycleEvent,
};
use ccc_provider::{ChatEvent, ProviderError};
use futures_util::StreamExt;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    cells::Draft,
    cycle::{CycleUpdate, request::chat_request, run::Run},
    memory::DraftPlace,
};

/// A crash costs at most this much of a running step's text, whichever comes first.
const SAVE_EVERY: Duration = Duration::from_millis(500);
const SAVE_BYTES: usize = 2 * 1024;

/// A step whose request was opened.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) turn_id: TurnId,
    pub(super) started_at: Timestamp,
    pub(super) metadata: TurnMetadata,
    pub(super) step: Step,
    receipt_id: ReceiptId,
    context: Context,
}

impl Open {
    /// The record of what this step was given.
    pub(super) fn receipt(&self) -> Receipt {
        Receipt {
            id: self.receipt_id,
            turn_id: self.turn_id,
            step: self.step,
            created_at: self.started_at,
            context: self.context.clone(),
        }
    }
}

/// How much of the text is in the draft, and when it was last saved.
struct Saving {
    saved: usize,
    unsaved: usize,
    pieces: u32,
    last: Instant,
}

impl Run {
    /// Asks for a step and takes in its answer to the end. The event says how it ended.
    pub(super) async fn request(&mut self, step: Step, round: u32) -> Result<CycleEvent, Error> {
        if !self.runner.memory.has_room_to_go_on() {
            return Ok(CycleEvent::Failed(ErrorCode::TooMuchWaits));
        }
        let context = self.context(step).await;
        let open = self.begin(step, round, context);
        let request = chat_request(
            step,
            round,
            &self.turns,
            &open.context,
            self.options.model.clone().or_else(|| self.preferences.model.clone()),
            self.options.parameters_in(&self.preferences),
        )?;
        let cancel = CancellationToken::new();
        // Dropped on every way out of here, it closes the socket.
        let _abort = cancel.clone().drop_guard();
        let mut stream = self.options.provider.stream(request, cancel);
        self.open = Some(open);
        let mut saving = Saving {
            saved: 0,
            unsaved: 0,
            pieces: 0,
            last: Instant::now(),
        };
        let ended = loop {
            let due = saving.last + SAVE_EVERY;
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break CycleEvent::Cancel,
                () = self.interrupt.cancelled() => break CycleEvent::Interrupted,
                () = sleep_until(due), if saving.unsaved > 0 => self.save_draft(&mut saving).await,
                event = stream.next() => if let Some(ended) = self.take_in(event, &mut saving).await { break ended },
            }
        };
        drop(stream);
        self.close().await;
        Ok(ended)
    }

    fn begin(&self, step: Step, round: u32, context: Context) -> Open {
        let memory = &self.runner.memory;
        memory.note_step(&context);
        let turn_id = memory.new_id();
        self.tell(CycleUpdate::StepStarted {
            step,
            round,
            turn_id,
            memory: context.state.clone(),
            memory_turns: u32::try_from(context.items.len()).unwrap_or(u32::MAX),
            memory_tokens: context.tokens,
        });
        let stateless_reason = match &context.state {
            ccc_domain::ContextState::Unavailable(reason) => Some(reason.clone()),
            _ => None,
        };
        let metadata = TurnMetadata {
            step: Some(step),
            round,
            provider: Some(self.options.provider.name().to_owned()),
            temperature: self.options.parameters_in(&self.preferences).temperature,
            rehearsal: self.options.provider.is_rehearsal(),
            stateless_reason,
            ..TurnMetadata::default()
        };
        Open {
            turn_id,
            started_at: memory.now(),
            metadata,
            receipt_id: memory.new_id(),
            step,
            context,
        }
    }

    /// Takes in one event of the stream; the event it ended with, if it did.
    async fn take_in(
        &mut self,
        event: Option<Result<ChatEvent, ProviderError>>,
        saving: &mut Saving,
    ) -> Option<CycleEvent> {
        match event {
            Some(Ok(ChatEvent::Started { model })) => {
                self.tell(CycleUpdate::Model { model: model.clone() });
                self.note(|metadata| metadata.model = Some(model));
            }
            Some(Ok(ChatEvent::Text(text))) => {
                saving.unsaved += text.len();
                self.tell(CycleUpdate::Text { text: text.clone() });
                self.step(CycleEvent::Delta(text));
                if saving.unsaved >= SAVE_BYTES {
                    self.save_draft(saving).await;
                }
            }
            Some(Ok(ChatEvent::Reasoning(text))) => self.tell(CycleUpdate::Reasoning { text }),
            Some(Ok(ChatEvent::Retrying { attempt, wait_ms, code })) => {
                self.tell(CycleUpdate::Retrying { attempt, wait_ms, code });
            }
            Some(Ok(ChatEvent::Finished { reason, usage })) => return Some(self.finished(reason, usage)),
            Some(Err(error)) => {
                tracing::warn!(code = %error.code(), "a step failed");
                return Some(CycleEvent::Failed(error.code()));
            }
            None => {
                return Some(self.finished(
                    FinishReason::Eof,
                    Usage {
                        estimated: true,
                        ..Usage::default()
                    },
                ));
            }
        }
        None
    }

    fn finished(&mut self, reason: FinishReason, usage: Usage) -> CycleEvent {
        self.count(usage);
        self.note(|metadata| {
            metadata.usage = Some(usage);
            metadata.finish_reason = Some(reason);
        });
        // Stopping with nothing said is no answer: there is no turn to store and nothing to review.
        if self.state.text().trim().is_empty() {
            return CycleEvent::Failed(ErrorCode::ProviderProtocol);
        }
        CycleEvent::Finished(reason)
    }

    fn note(&mut self, change: impl FnOnce(&mut TurnMetadata)) {
        if let Some(open) = &mut self.open {
            change(&mut open.metadata);
        }
    }

    /// Saves the text since the last save. A failure is not the step's, and is made good by the next save.
    async fn save_draft(&mut self, saving: &mut Saving) {
        (saving.unsaved, saving.last) = (0, Instant::now());
        let (Some(open), Ok(conversation_id)) = (self.open.clone(), self.conversation()) else {
            return;
        };
        if self.stateless.is_some() {
            return;
        }
        let place = DraftPlace {
            turn_id: open.turn_id,
            session_id: self.session,
            conversation_id,
            started_at: open.started_at,
        };
        let text = self.state.text().get(saving.saved..).unwrap_or_default().to_owned();
        let (piece, saved) = (saving.pieces, saving.saved + text.len());
        let draft = Draft {
            step: open.step,
            round: open.metadata.round,
            text,
            receipt: (piece == 0).then(|| open.receipt()),
            metadata: open.metadata,
        };
        match self
            .blocking(move |memory| memory.save_draft(place, piece, draft))
            .await
        {
            Ok(()) => (saving.saved, saving.pieces) = (saved, piece + 1),
            Err(error) => tracing::warn!(code = %error.code(), "a draft was not saved"),
        }
    }

    /// Notes how long the step took, and ends one that said nothing: the reducer has no turn of it to store.
    async fn close(&mut self) {
        let now = self.runner.memory.now();
        if let Some(open) = &mut self.open {
            open.metadata.latency_ms = Some(now.since_ms(open.started_at));
        }
        if let (true, Some(open)) = (self.state.text().is_empty(), self.open.clone()) {
            self.leave_nothing(&open).await;
        }
    }
}
