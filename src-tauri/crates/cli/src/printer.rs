//! Printing a cycle: as text that streams, or as one JSON object per line.

use ccc_domain::Phase;
use ccc_engine::{
    ChatProvider,
    cycle::{CycleReport, CycleUpdate},
};

use crate::{
    error::Error,
    out::{Out, one_line},
    render,
};

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

    /// Notes who is asked.
    pub fn asks(&mut self, provider: &dyn ChatProvider) {
        self.provider = match provider.is_rehearsal() {
            true => "rehearsal: no model is called".to_owned(),
            false => one_line(provider.name()),
        };
    }

    /// Prints one thing that happened.
    ///
    /// # Errors
    /// Those of the output.
    pub fn update(&mut self, update: &CycleUpdate) -> Result<(), Error> {
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
                self.section(render::step_heading(*step, *round, &self.provider))
            }
            CycleUpdate::Reasoning { .. } => {
                self.thinking = true;
                self.out.aside("(thinking)")
            }
            CycleUpdate::Retrying { attempt, wait_ms, code } => self
                .out
                .aside(format!("({code}: trying again in {wait_ms} ms, repetition {attempt})")),
            CycleUpdate::StepEnded {
                status, usage, verdict, ..
            } => {
                let memory = std::mem::take(&mut self.memory);
                self.out
                    .aside(render::step_end(*status, *usage, memory, verdict.as_ref()))
            }
            CycleUpdate::Stateless { code, reason } => self.section(render::stateless(*code, reason)),
            CycleUpdate::TurnNotStored { turn, code } => {
                let (number, who) = (turn.number, turn.agent.name());
                self.out
                    .aside(format!("   turn {number} of {who} is not saved yet ({code})"))
            }
            CycleUpdate::Done { outcome } => self.section(render::outcome(*outcome).to_owned()),
            CycleUpdate::Escalated { question } => {
                self.section("Beatrice asks you:".to_owned())?;
                self.out.line(question)
            }
            CycleUpdate::Paused { step, code } => self.section(format!("Stopped at {step} ({code}).")),
            CycleUpdate::Started { .. }
            | CycleUpdate::TurnStored { .. }
            | CycleUpdate::Model { .. }
            | CycleUpdate::Text { .. } => Ok(()),
        }
    }

    fn section(&mut self, heading: String) -> Result<(), Error> {
        self.out.line("")?;
        self.out.heading(heading)
    }

    /// Prints what a run leaves, and how to go on.
    ///
    /// # Errors
    /// Those of the output.
    pub fn report(&mut self, report: &CycleReport) -> Result<(), Error> {
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
        // What is not stored cannot be gone on with.
        if report.stateless.is_some() {
            return Ok(());
        }
        match (&report.phase, self.interactive) {
            (Phase::Escalated { .. }, true) => self.out.line("To answer: :answer TEXT"),
            (Phase::Escalated { .. }, false) => self.out.line(format!("To answer: ccc-cli answer {id} \"text\"")),
            (Phase::Paused { .. }, true) => self.out.line("To go on: :resume"),
            (Phase::Paused { .. }, false) => self.out.line(format!("To go on: ccc-cli resume {id}")),
            _ => Ok(()),
        }
    }
}
