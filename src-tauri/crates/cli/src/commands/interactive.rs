//! Without a command: one directive per line, each a cycle, with orders that begin with a colon between them.

mod orders;

use ccc_domain::{Conversation, Phase, SessionId};
use ccc_engine::{Opening, Profile, memory::SessionFilter, providers::REHEARSAL};

use crate::{
    args::{Global, RunOptions},
    commands::{cycle, init, lines::Lines, unsaved},
    error::Error,
    open::{self, App},
    out::{self, Out, one_line},
    render, secrets,
    signals::Signals,
};

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
            init::show_recovery_key(&mut out, &app.engine, &recovery)?;
            out.line("")?;
            app
        }
        opening => App::unlock(profile, opening, global)?,
    };
    app.runtime.block_on(async { Talk::new(&app, out)?.talk().await })
}

/// What came where a line was waited for.
enum Line {
    /// A line, without its end.
    Typed(String),
    /// The end of the input.
    End,
    /// A signal: what was half typed is not meant any more.
    Stopped,
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
        let shown = self.banner();
        self.told(shown)?;
        let offered = self.offer().await;
        self.told(offered)?;
        while let Some(input) = self.directive().await? {
            let done = match input.strip_prefix(':') {
                Some("quit" | "q") if self.may_quit().await? => break,
                Some("quit" | "q") => Ok(()),
                Some(order) => self.order(order).await,
                None if input.trim().is_empty() => Ok(()),
                None => self.run(input).await,
            };
            self.told(done)?;
        }
        unsaved::settle(self.app, None)
    }

    /// Asks before turns are lost that could not be saved, where somebody can be asked.
    async fn may_quit(&mut self) -> Result<bool, Error> {
        let Some(notice) = unsaved::notice(self.app) else {
            return Ok(true);
        };
        self.out.line(notice)?;
        if !self.asks {
            return Ok(true);
        }
        let answer = self.line("Quit and lose them? [y/N] ").await?;
        Ok(matches!(answer, Line::Typed(answer) if answer.trim().eq_ignore_ascii_case("y")))
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
                    Line::Typed(answer) if answer.trim().eq_ignore_ascii_case("y") => self.resume(&open).await,
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

    /// Asks for the answer to an escalation.
    async fn ask(&mut self, open: Conversation) -> Result<(), Error> {
        if !self.asks {
            return self.out.line("To answer: :answer TEXT");
        }
        match self.line("Your answer (empty leaves it waiting): ").await? {
            Line::Typed(answer) if !answer.trim().is_empty() => self.answer(&open, answer).await,
            _ => Ok(()),
        }
    }

    /// The next directive or order, of one or several lines; none at the end of the input, and when stopped before its
    /// first line. Stopped later, its lines are dropped and another one is waited for.
    async fn directive(&mut self) -> Result<Option<String>, Error> {
        'anew: while let Line::Typed(mut text) = self.line("\n> ").await? {
            while text.ends_with('\\') {
                text.pop();
                text.push('\n');
                match self.line("… ").await? {
                    Line::Typed(more) => text.push_str(&more),
                    Line::End => break,
                    Line::Stopped => continue 'anew,
                }
            }
            return Ok(Some(text));
        }
        Ok(None)
    }

    /// The next line. Where the program was asked to end, none is waited for any more.
    async fn line(&mut self, prompt: &str) -> Result<Line, Error> {
        loop {
            if self.signals.must_end() {
                return Ok(Line::Stopped);
            }
            if self.asks {
                self.out.text(prompt)?;
            }
            let line = tokio::select! {
                // A closed terminal is a signal and an end at once: the signal counts.
                biased;
                () = self.signals.next() => return Ok(Line::Stopped),
                line = self.lines.next() => line,
            };
            match line {
                Err(error) => error.print(false),
                Ok(line) => return Ok(line.map_or(Line::End, Line::Typed)),
            }
        }
    }
}
