//! The program that works on a profile and says what it was told is durable: turns from several threads, sessions made
//! and deleted, the index saved.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use ccc_domain::{Session, SessionId};
use ccc_engine::{Engine, Error as EngineError, RecoveryKey, memory::NewSession};

use crate::{error::Error, profile};

const WRITERS: usize = 3;
/// Turns of a conversation before the next one is begun.
const CONVERSATION: usize = 12;

/// What a working program is to do.
#[derive(Debug, clap::Args)]
pub struct Work {
    /// The profile.
    #[arg(long)]
    pub directory: PathBuf,
    /// The recovery key.
    #[arg(long)]
    pub recovery: String,
    /// How many turns are to be tried.
    #[arg(long)]
    pub turns: usize,
    /// Says each turn before it is stored, which is a lie.
    #[arg(long)]
    pub boast: bool,
    /// Made when all was tried, so that calls no longer fail; then work must go on.
    #[arg(long)]
    pub lift: Option<PathBuf>,
    /// Removed when all was tried, so that there is room on the disk; then work must go on.
    #[arg(long)]
    pub ballast: Option<PathBuf>,
}

/// Whether a program says more than it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boast {
    /// It says what is durable.
    No,
    /// It says a turn before it is stored.
    Yes,
}

/// Says a line, whole, at once.
pub fn say(line: &str) {
    // A parent that is gone hears nothing, and nothing is left to be done about it.
    let _ = io::stdout().write_all(format!("{line}\n").as_bytes());
}

fn refused(error: &EngineError) {
    say(&format!("refused {}", error.code()));
}

/// Works until everything was tried, or until it is killed.
pub fn work(work: &Work) -> Result<(), Error> {
    let recovery = RecoveryKey::parse(&work.recovery).map_err(|_| Error::Setup("this is no recovery key"))?;
    let engine = match profile::open(&work.directory, &recovery) {
        Ok(engine) => {
            on(&engine, work.turns, work.boast);
            mend(work)?;
            engine
        }
        Err(error) => {
            refused(&error);
            if !mend(work)? {
                return Err(error.into());
            }
            profile::open(&work.directory, &recovery)?
        }
    };
    go_on(&engine);
    engine.close();
    Ok(())
}

/// Makes whole again what was broken; whether anything was.
fn mend(work: &Work) -> Result<bool, Error> {
    if let Some(lift) = &work.lift {
        fs::write(lift, "")?;
    }
    if let Some(ballast) = &work.ballast {
        fs::remove_file(ballast)?;
    }
    Ok(work.lift.is_some() || work.ballast.is_some())
}

fn on(engine: &Engine, turns: usize, boast: bool) {
    let tried = AtomicUsize::new(0);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let tried = &tried;
            scope.spawn(move || {
                while tried.load(Ordering::Relaxed) < turns {
                    if let Err(error) = one_session(engine, writer, tried, turns, boast) {
                        refused(&error);
                        // What keeps failing before a turn is tried must end as well.
                        tried.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}

/// After what was broken is whole again: the same engine must work on.
fn go_on(engine: &Engine) {
    let tried = AtomicUsize::new(0);
    match one_session(engine, 1, &tried, 5, false) {
        Ok(()) => say("recovered"),
        Err(error) => refused(&error),
    }
}

/// A session with conversations; every third one of the first writer is deleted again.
fn one_session(
    engine: &Engine,
    writer: usize,
    tried: &AtomicUsize,
    turns: usize,
    boast: bool,
) -> Result<(), EngineError> {
    let new = NewSession {
        title: format!("Session of writer {writer}"),
        ..NewSession::default()
    };
    let session = engine.memory.initialize_session(new)?;
    for _ in 0..3 {
        one_conversation(engine, &session, tried, turns, boast)?;
    }
    if writer == 0 {
        engine.memory.save_index()?;
        delete(engine, session.id)?;
    }
    Ok(())
}

fn one_conversation(
    engine: &Engine,
    session: &Session,
    tried: &AtomicUsize,
    turns: usize,
    boast: bool,
) -> Result<(), EngineError> {
    let conversation = engine.memory.create_conversation(session.id, "Do it.")?;
    for _ in 0..CONVERSATION {
        if tried.fetch_add(1, Ordering::Relaxed) >= turns {
            return Ok(());
        }
        let id = engine.memory.new_id();
        let word = format!("turn {id} {} {}", session.id, conversation.id);
        if boast {
            say(&word);
        }
        let stored = engine.memory.store_conversation_turn(profile::turn(id, &conversation));
        match stored {
            Ok(_) if boast => {}
            Ok(_) => say(&word),
            Err(error) => refused(&error),
        }
    }
    Ok(())
}

fn delete(engine: &Engine, session: SessionId) -> Result<(), EngineError> {
    say(&format!("deleting {session}"));
    engine.memory.delete_session(session)?;
    say(&format!("deleted {session}"));
    Ok(())
}

/// The arguments that make this program work on `directory`.
pub fn arguments(directory: &Path, recovery: &RecoveryKey, turns: usize, boast: Boast) -> Vec<String> {
    let recovery = recovery.reveal();
    let words = [
        "work",
        "--directory",
        &directory.to_string_lossy(),
        "--recovery",
        recovery.as_str(),
        "--turns",
        &turns.to_string(),
    ];
    let mut words = words.map(str::to_owned).to_vec();
    if boast == Boast::Yes {
        words.push("--boast".to_owned());
    }
    words
}
