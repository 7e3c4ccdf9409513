//! What a line can ask for.

use std::path::Path;

use ccc_domain::{Conversation, Phase, SessionId};
use ccc_engine::{
    cycle::{CycleOptions, Order},
    memory::{NewSession, SessionFilter},
};

use super::Talk;
use crate::{
    commands::{cycle, id, unsaved},
    error::Error,
    printer::Printer,
    render, stream,
};

const HELP: &str = "\
A line is a directive. A line that ends in \\ continues on the next one; a space before a colon makes it no order.
  :sessions         list sessions
  :new              put the next directive into a new session
  :open ID          go on in another session
  :memory on|off    whether cycles read from memory
  :resume           go on with the newest cycle that has not ended
  :answer TEXT      answer what the newest cycle that has not ended asks
  :unsaved FILE     export the turns that could not be saved
  :quit             end";

impl Talk<'_> {
    /// Carries out what was typed after a colon.
    pub(super) async fn order(&mut self, order: &str) -> Result<(), Error> {
        let (name, rest) = order
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((order.trim(), ""));
        match (name, rest.trim()) {
            ("help", _) => self.out.line(HELP),
            ("sessions", _) => self.sessions(),
            ("new", _) => {
                self.session = None;
                self.out.line("The next directive begins a new session.")
            }
            ("open", text) => self.go_to(id(text)?),
            ("memory", word @ ("on" | "off")) => {
                self.options.no_memory = word == "off";
                self.out.line(format!("Memory is {word} for the next cycles."))
            }
            ("resume", _) => {
                let open = self.open_cycle()?;
                self.resume(&open).await
            }
            ("answer", text) => {
                let open = self.open_cycle()?;
                self.answer(&open, text.to_owned()).await
            }
            ("unsaved", file) if !file.is_empty() => unsaved::export(self.app, Path::new(file)),
            _ => Err(Error::Invalid("no such order: :help lists them")),
        }
    }

    fn sessions(&mut self) -> Result<(), Error> {
        let sessions = self.app.engine.memory.list_sessions(SessionFilter::Active)?;
        sessions
            .iter()
            .try_for_each(|session| self.out.line(render::session(session)))
    }

    fn go_to(&mut self, session: SessionId) -> Result<(), Error> {
        let session = self.app.engine.memory.get_session(session)?;
        self.session = Some(session.id);
        let (title, status) = (render::title(&session), session.status.as_str());
        self.out.line(format!("Session: “{title}” · {status}"))
    }

    /// The one that `:resume` and `:answer` take.
    fn open_cycle(&self) -> Result<Conversation, Error> {
        Ok(cycle::newest_open(&self.app.engine)?.ok_or(ccc_engine::Error::NothingToResume)?)
    }

    /// Runs a cycle on a directive.
    pub(super) async fn run(&mut self, directive: String) -> Result<(), Error> {
        let options = cycle::cycle_options(&self.app.engine, &self.options, self.session)?;
        let session = match self.session {
            Some(session) => session,
            None => self.app.engine.memory.initialize_session(NewSession::default())?.id,
        };
        self.session = Some(session);
        self.carry_out(Order::run(session, directive), options).await
    }

    /// Goes on with a cycle.
    pub(super) async fn resume(&mut self, open: &Conversation) -> Result<(), Error> {
        let options = self.options_of(open)?;
        self.carry_out(Order::Resume(open.id), options).await
    }

    /// Answers what a cycle asked.
    pub(super) async fn answer(&mut self, open: &Conversation, text: String) -> Result<(), Error> {
        let options = self.options_of(open)?;
        self.carry_out(Order::Answer(open.id, text), options).await
    }

    /// Where the open conversation is, the next directive goes too.
    fn options_of(&mut self, open: &Conversation) -> Result<CycleOptions, Error> {
        self.session = Some(open.session_id);
        cycle::cycle_options(&self.app.engine, &self.options, self.session)
    }

    async fn carry_out(&mut self, order: Order, options: CycleOptions) -> Result<(), Error> {
        let runner = self.app.engine.cycle.clone();
        let carried = stream::print(runner, order, options, &mut Printer::interactive(), &mut self.signals).await;
        if let Some(notice) = unsaved::notice(self.app) {
            self.out.line(notice)?;
        }
        let report = carried?;
        // A script was told how to answer; its next line is its next directive.
        if self.asks && matches!(report.phase, Phase::Escalated { .. }) {
            let open = self.app.engine.memory.get_conversation(report.conversation_id)?;
            return Box::pin(self.ask(open)).await;
        }
        Ok(())
    }
}
