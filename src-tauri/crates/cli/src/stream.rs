//! A cycle as it happens, printed as text or as one JSON object per line.

use ccc_domain::{ConversationId, Phase, SessionId};
use ccc_engine::{
    CycleRunner,
    cycle::{CycleOptions, CycleReport, CycleUpdate},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    out::{self, Out, one_line},
    render,
    signals::Signals,
};

/// What is to be done with a cycle.
pub enum Order {
    Run(SessionId, String),
    Resume(ConversationId),
    Answer(ConversationId, String),
}

impl Order {
    async fn carry_out(
        self,
        runner: CycleRunner,
        options: CycleOptions,
        updates: UnboundedSender<CycleUpdate>,
        stop: CancellationToken,
    ) -> Result<CycleReport, ccc_engine::Error> {
        match self {
            Self::Run(session, directive) => runner.run(session, &directive, options, updates, stop).await,
            Self::Resume(conversation) => runner.resume(conversation, options, updates, stop).await,
            Self::Answer(conversation, answer) => runner.answer(conversation, &answer, options, updates, stop).await,
        }
    }
}

/// Carries `order` out and prints it. A signal stops the running step; a second one does not wait for it.
///
/// # Errors
/// The engine's; [`Error::Pipe`] when nobody reads any more, which stops the cycle; [`Error::Cycle`] when it did not
/// come to its end.
pub async fn print(
    runner: CycleRunner,
    order: Order,
    options: CycleOptions,
    printer: &mut Printer,
    signals: &mut Signals,
) -> Result<CycleReport, Error> {
    printer.provider = match options.provider.is_rehearsal() {
        true => "rehearsal: no model is called".to_owned(),
        false => options.provider.name().to_owned(),
    };
    let (sender, mut updates) = unbounded_channel();
    let stop = CancellationToken::new();
    let running = tokio::spawn(order.carry_out(runner, options, sender, stop.clone()));
    let mut printed = Ok(());
    loop {
        tokio::select! {
            biased;
            () = signals.next() => {
                if stop.is_cancelled() {
                    running.abort();
                    return Err(Error::Cycle(ccc_domain::ErrorCode::Cancelled));
                }
                out::note("\nStopping; what was said so far is kept.");
                stop.cancel();
            }
            update = updates.recv() => match update {
                Some(update) if printed.is_ok() => {
                    printed = printer.update(&update);
                    if printed.is_err() {
                        stop.cancel();
                    }
                }
                Some(_) => {}
                None => break,
            },
        }
    }
    let report = running
        .await
        .map_err(|_| ccc_engine::Error::Internal("a cycle ended early"))??;
    let printed = printed.and_then(|()| printer.report(&report));
    // A cycle that did not come to its end is told even where nobody reads the rest.
    match report.failure() {
        Some(code) => Err(Error::Cycle(code)),
        None => printed.map(|()| report),
    }
}

/// Prints a cycle.
pub struct Printer {
    out: Out,
    json: bool,
    /// Whether a person types orders, and not commands.
    interactive: bool,
    /// Who is asked, as every step's heading says it.
    provider: String,
    /// Whether the next line needs a new one before it.
    inside: bool,
    thinking: bool,
    memory: String,
}

impl Printer {
    /// As text, or as one JSON object per line.
    pub fn new(json: bool) -> Self {
        Self {
            out: Out::new(),
            json,
            interactive: false,
            provider: String::new(),
            inside: false,
            thinking: false,
            memory: String::new(),
        }
    }

    /// As text, with the orders of the interactive form where it says how to go on.
    pub fn interactive() -> Self {
        Self {
            interactive: true,
            ..Self::new(false)
        }
    }

    /// Prints one thing that happened.
    ///
    /// # Errors
    /// Those of the output.
    fn update(&mut self, update: &CycleUpdate) -> Result<(), Error> {
        if self.json {
            let line = serde_json::to_string(update)
                .map_err(|_| ccc_engine::Error::Internal("an update could not be written as JSON"))?;
            return self.out.raw(&format!("{line}\n"));
        }
        match update {
            CycleUpdate::Text { text } => {
                self.thinking = false;
                self.inside = !text.ends_with('\n');
                self.out.text(text)
            }
            CycleUpdate::Reasoning { .. } if self.thinking => Ok(()),
            other => {
                if std::mem::take(&mut self.inside) {
                    self.out.line("")?;
                }
                self.told(other)
            }
        }
    }

    fn told(&mut self, update: &CycleUpdate) -> Result<(), Error> {
        match update {
            CycleUpdate::StepStarted {
                step,
                round,
                memory,
                memory_turns,
                memory_tokens,
                ..
            } => {
                self.memory = render::memory(memory, *memory_turns, *memory_tokens);
                self.out.line("")?;
                self.out.heading(render::step_heading(*step, *round, &self.provider))
            }
            CycleUpdate::Reasoning { .. } => {
                self.thinking = true;
                self.out.aside("(thinking)")
            }
            CycleUpdate::Retrying { attempt, wait_ms, code } => {
                let line = format!("({code}: trying again in {wait_ms} ms, repetition {attempt})");
                self.out.aside(line)
            }
            CycleUpdate::StepEnded {
                status, usage, verdict, ..
            } => {
                let mut parts = vec![status.map_or("no text", |status| status.as_str()).to_owned()];
                parts.extend(usage.map(render::usage));
                parts.push(std::mem::take(&mut self.memory));
                parts.extend(verdict.as_ref().map(render::verdict));
                self.out.aside(format!("   {}", parts.join(" · ")))
            }
            CycleUpdate::Stateless { code, reason } => self.out.heading(format!(
                "Memory is out ({code}: {}). The cycle goes on without it; what follows is not stored.",
                one_line(reason)
            )),
            CycleUpdate::TurnNotStored { turn, code } => {
                let line = format!(
                    "   turn {} of {} was not stored ({code})",
                    turn.number,
                    turn.agent.name()
                );
                self.out.aside(line)
            }
            CycleUpdate::Done { outcome } => {
                self.out.line("")?;
                self.out.heading(render::outcome(*outcome))
            }
            CycleUpdate::Escalated { question } => {
                self.out.line("")?;
                self.out.heading("Beatrice asks you:")?;
                self.out.line(question)
            }
            CycleUpdate::Paused { step, code } => {
                self.out.line("")?;
                self.out
                    .heading(format!("Stopped at {step} ({code}). What was said so far is kept."))
            }
            CycleUpdate::Started { .. }
            | CycleUpdate::TurnStored { .. }
            | CycleUpdate::Model { .. }
            | CycleUpdate::Text { .. } => Ok(()),
        }
    }

    fn report(&mut self, report: &CycleReport) -> Result<(), Error> {
        if self.json {
            let fields = serde_json::to_string(report)
                .map_err(|_| ccc_engine::Error::Internal("a report could not be written as JSON"))?;
            // An object as the updates are, its name first.
            let fields = fields.strip_prefix('{').unwrap_or(&fields);
            return self.out.raw(&format!("{{\"event\":\"report\",{fields}\n"));
        }
        let id = report.conversation_id;
        self.out.line(render::usage_of_run(report.usage))?;
        self.out
            .aside(format!("session {} · conversation {id}", report.session_id))?;
        match (&report.phase, self.interactive) {
            (Phase::Escalated { .. }, true) => self.out.line("To answer: :answer TEXT"),
            (Phase::Escalated { .. }, false) => self.out.line(format!("To answer: ccc-cli answer {id} \"text\"")),
            (Phase::Paused { .. }, true) => self.out.line("To go on: :resume"),
            (Phase::Paused { .. }, false) => self.out.line(format!("To go on: ccc-cli resume {id}")),
            _ => Ok(()),
        }
    }
}
