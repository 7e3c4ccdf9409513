//! Without a command: one directive per line, each a cycle, with orders that begin with a colon between them.

use ccc_domain::{Conversation, ConversationId, Phase, SessionId};
use ccc_engine::{
    Opening, Profile,
    memory::{NewSession, SessionFilter},
    providers::REHEARSAL,
};

use crate::{
    args::{Global, RunOptions},
    commands::{cycle, id, init, lines::Lines},
    error::Error,
    open::{self, App},
    out::{self, Out, one_line},
    render, secrets,
    signals::Signals,
    stream::{self, Order, Printer},
};

const HELP: &str = "\
A line is a directive. A line that ends in \\ continues on the next one; a space before a colon makes it no order.
  :sessions         list sessions
  :new              put the next directive into a new session
  :open ID          go on in another session
  :memory on|off    whether cycles read from memory
  :resume           go on with the cycle that was stopped last
  :answer TEXT      answer what a cycle asked
  :quit             end";

/// Sets the profile up at first use, opens it, and takes directives until the input ends.
///
/// # Errors
/// Those of setting up and opening; what goes wrong later is told, and the next line is taken.
pub fn run(global: &Global) -> Result<(), Error> {
    let mut out = Out::new();
    let profile = Profile::acquire(&open::directory(global)?, open::keychain(global))?;
    let app = match profile.opening()? {
        Opening::FirstRun => {
            let (app, recovery) = init::set_up(global, profile, false)?;
            init::show_recovery_key(&mut out, &recovery)?;
            out.line("")?;
            app
        }
        opening => {
            let log = open::start_log(&profile);
            App::new(open::unlock(profile, opening, global.recovery_key)?, global, log)?
        }
    };
    app.runtime.block_on(async { Talk::new(&app, out)?.talk().await })
}

/// A conversation with a person or a script.
struct Talk<'a> {
    app: &'a App,
    out: Out,
    lines: Lines,
    signals: Signals,
    /// Where the next directive goes; none makes a new session.
    session: Option<SessionId>,
    options: RunOptions,
    /// Whether a person can be asked. A script's next line is its next directive, never an answer.
    asks: bool,
}

impl<'a> Talk<'a> {
    fn new(app: &'a App, out: Out) -> Result<Self, Error> {
        let active = app.engine.memory.list_sessions(SessionFilter::Active)?;
        let last = active.iter().max_by_key(|session| (session.last_active_at, session.id));
        Ok(Self {
            app,
            out,
            lines: Lines::start()?,
            signals: Signals::listen()?,
            session: last.map(|session| session.id),
            options: RunOptions::default(),
            asks: secrets::can_ask(),
        })
    }

    async fn talk(mut self) -> Result<(), Error> {
        self.banner()?;
        let offered = self.offer().await;
        self.told(offered)?;
        while let Some(input) = self.directive().await? {
            let done = match input.strip_prefix(':') {
                Some("quit" | "q") => return Ok(()),
                Some(order) => self.order(order).await,
                None if input.trim().is_empty() => Ok(()),
                None => self.run(input).await,
            };
            self.told(done)?;
        }
        Ok(())
    }

    /// Tells of a failure and goes on, unless nobody reads any more.
    fn told(&self, done: Result<(), Error>) -> Result<(), Error> {
        match done {
            Err(error @ (Error::Pipe | Error::Output(_))) => Err(error),
            // How to go on was printed with the cycle.
            Err(error @ Error::Cycle(_)) => {
                out::note(format!("error[{}]: {error}", error.code()));
                Ok(())
            }
            Err(error) => {
                error.print(false);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn banner(&mut self) -> Result<(), Error> {
        let (title, provider) = match self.session {
            Some(id) => {
                let session = self.app.engine.memory.get_session(id)?;
                (
                    format!("“{}” ({id})", render::title(&session)),
                    session.preferences.provider,
                )
            }
            None => ("a new one".to_owned(), None),
        };
        let provider = match provider {
            Some(name) => name,
            None => self.app.engine.providers.preferred()?,
        };
        self.out.line(format!("Session: {title}"))?;
        if provider == REHEARSAL {
            self.out
                .line("Provider: rehearsal. It works offline and calls no model; it shows how a cycle goes.")?;
            self.out
                .line("To add one: ccc-cli provider add NAME --url URL --model MODEL")?;
        } else {
            self.out.line(format!("Provider: {provider}"))?;
        }
        self.out.line("Type a directive, or :help.")
    }

    /// Tells of the newest cycle that has not ended, and goes on with it where the person wants that.
    async fn offer(&mut self) -> Result<(), Error> {
        let Some(open) = cycle::newest_open(&self.app.engine)? else {
            return Ok(());
        };
        let phase = cycle::phase_of(&self.app.engine, &open)?;
        let left = format!("Left open: “{}”; {}.", one_line(&open.directive), render::phase(&phase));
        match phase {
            Phase::Paused { .. } => {
                self.out.line(left)?;
                if !self.asks {
                    return self.out.line("To go on: :resume");
                }
                match self.line("Go on with it? [y/N] ").await? {
                    Some(answer) if answer.trim().eq_ignore_ascii_case("y") => self.resume(&open).await,
                    _ => Ok(()),
                }
            }
            Phase::Escalated { .. } => {
                self.out.line(left)?;
                self.ask(open).await
            }
            _ => Ok(()),
        }
    }

    async fn order(&mut self, order: &str) -> Result<(), Error> {
        let (name, rest) = order
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((order.trim(), ""));
        match (name, rest.trim()) {
            ("help", _) => self.out.line(HELP),
            ("sessions", _) => {
                let sessions = self.app.engine.memory.list_sessions(SessionFilter::Active)?;
                sessions
                    .iter()
                    .try_for_each(|session| self.out.line(render::session(session)))
            }
            ("new", _) => {
                self.session = None;
                self.out.line("The next directive begins a new session.")
            }
            ("open", text) => {
                let session = self.app.engine.memory.get_session(id(text)?)?;
                self.session = Some(session.id);
                self.out.line(format!(
                    "Session: “{}” · {}",
                    render::title(&session),
                    session.status.as_str()
                ))
            }
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
            _ => Err(Error::Invalid("no such order: :help lists them")),
        }
    }

    fn open_cycle(&self) -> Result<Conversation, Error> {
        Ok(cycle::newest_open(&self.app.engine)?.ok_or(ccc_engine::Error::NothingToResume)?)
    }

    async fn run(&mut self, directive: String) -> Result<(), Error> {
        let provider = match self.session {
            Some(session) => self.app.engine.memory.get_session(session)?.preferences.provider,
            None => None,
        };
        let options = cycle::cycle_options(&self.app.engine, &self.options, provider)?;
        let session = match self.session {
            Some(session) => session,
            None => self.app.engine.memory.initialize_session(NewSession::default())?.id,
        };
        self.session = Some(session);
        self.carry_out(Order::Run(session, directive), options).await
    }

    async fn resume(&mut self, open: &Conversation) -> Result<(), Error> {
        let options = self.options_of(open)?;
        self.carry_out(Order::Resume(open.id), options).await
    }

    async fn answer(&mut self, open: &Conversation, text: String) -> Result<(), Error> {
        let options = self.options_of(open)?;
        self.carry_out(Order::Answer(open.id, text), options).await
    }

    /// Where the open conversation is, the next directive goes too.
    fn options_of(&mut self, open: &Conversation) -> Result<ccc_engine::cycle::CycleOptions, Error> {
        self.session = Some(open.session_id);
        let provider = self
            .app
            .engine
            .memory
            .get_session(open.session_id)?
            .preferences
            .provider;
        cycle::cycle_options(&self.app.engine, &self.options, provider)
    }

    async fn carry_out(&mut self, order: Order, options: ccc_engine::cycle::CycleOptions) -> Result<(), Error> {
        let runner = self.app.engine.cycle.clone();
        let report = stream::print(runner, order, options, &mut Printer::interactive(), &mut self.signals).await?;
        match report.phase {
            Phase::Escalated { .. } => {
                let id: ConversationId = report.conversation_id;
                let open = self.app.engine.memory.get_conversation(id)?;
                Box::pin(self.ask(open)).await
            }
            _ => Ok(()),
        }
    }

    /// Asks for the answer to an escalation.
    async fn ask(&mut self, open: Conversation) -> Result<(), Error> {
        if !self.asks {
            return self.out.line("To answer: :answer TEXT");
        }
        match self.line("Your answer (empty leaves it waiting): ").await? {
            Some(answer) if !answer.trim().is_empty() => self.answer(&open, answer).await,
            _ => Ok(()),
        }
    }

    /// The next directive or order, of one or several lines; none at the end of the input.
    async fn directive(&mut self) -> Result<Option<String>, Error> {
        let Some(mut text) = self.line("\n> ").await? else {
            return Ok(None);
        };
        while text.ends_with('\\') {
            text.pop();
            text.push('\n');
            match self.line("… ").await? {
                Some(more) => text.push_str(&more),
                None => break,
            }
        }
        Ok(Some(text))
    }

    /// The next line; none at the end of the input or when asked to stop.
    async fn line(&mut self, prompt: &str) -> Result<Option<String>, Error> {
        loop {
            if self.asks {
                self.out.text(prompt)?;
            }
            let line = tokio::select! {
                () = self.signals.next() => return Ok(None),
                line = self.lines.next() => line,
            };
            match line {
                Err(error) => error.print(false),
                Ok(line) => return Ok(line),
            }
        }
    }
}
