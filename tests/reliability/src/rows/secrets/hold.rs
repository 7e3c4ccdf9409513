//! The program that holds a profile open, and the hand that leads it.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use ccc_domain::{Conversation, NewTurn, SessionId};
use ccc_engine::{
    Engine, Keychain, Passphrase, Profile, RecoveryKey,
    backup::unwatched,
    export::ExportFormat,
    memory::{ContextRequest, NewSession},
};

use super::marks::mark;
use crate::{error::Error, profile, work::say};

/// How many marks are said.
pub const MARKS: usize = 9;

/// What the program is to hold.
#[derive(Debug, clap::Args)]
pub struct Confidant {
    /// The profile.
    #[arg(long)]
    directory: PathBuf,
    /// Where what it holds is exported to.
    #[arg(long)]
    export: PathBuf,
}

/// Opens the profile with the secret that it hears, fills it, and does what it hears next.
pub fn hold(confidant: &Confidant) -> Result<(), Error> {
    // Not the standard library's: that one keeps what it read.
    let mut heard = File::open("/dev/stdin")?;
    let engine = open(&confidant.directory, line(&mut heard)?)?;
    let (doomed, other) = (session(&engine, 0)?, session(&engine, 4)?);
    for id in [doomed.session_id, other.session_id] {
        let path = confidant.export.join(format!("{id}.json"));
        engine.export_session(id, ExportFormat::Json, &path, false)?;
    }
    let directive = format!("{} and what came of it", mark(8));
    engine
        .memory
        .get_relevant_context(doomed.session_id, &directive, &ContextRequest::default())?;
    engine.memory.save_index()?;
    engine.backups.make(&unwatched)?;
    say(&format!("open {}", doomed.session_id));
    while let Ok(word) = line(&mut heard) {
        match word.as_str() {
            "delete" => {
                delete(&engine, doomed.session_id, &other)?;
                say("deleted");
            }
            "lock" => {
                engine.lock();
                say("locked");
            }
            _ => break,
        }
    }
    Ok(())
}

/// A line, without its end; read byte by byte into a place that need not grow.
fn line(from: &mut File) -> Result<String, Error> {
    let (mut text, mut byte) = (Vec::with_capacity(256), [0]);
    while from.read(&mut byte)? == 1 && byte != [b'\n'] {
        text.push(byte[0]);
    }
    String::from_utf8(text).map_err(|_| Error::Setup("no text was heard"))
}

fn open(directory: &Path, secret: String) -> Result<Engine, Error> {
    let profile = Profile::acquire(directory, Keychain::none())?;
    let keys = match RecoveryKey::parse(&secret) {
        Ok(recovery) => profile.unlock_with_recovery(&recovery)?,
        Err(_) => {
            let passphrase = Passphrase::new(secret).map_err(ccc_engine::Error::from)?;
            profile.unlock_with_passphrase(&passphrase)?
        }
    };
    Ok(profile.open(keys)?)
}

/// A session with marks in its title, directive, turn and summary.
fn session(engine: &Engine, from: usize) -> Result<Conversation, Error> {
    let session = engine.memory.initialize_session(NewSession {
        title: format!("About {}", mark(from)),
        ..NewSession::default()
    })?;
    let directive = format!("{} is to be done.", mark(from + 1));
    let (conversation, _) = engine.memory.start_conversation(session.id, &directive, None)?;
    let turn = NewTurn {
        content: format!("{} was done. ", mark(from + 2)).repeat(20),
        ..profile::turn(engine.memory.new_id(), &conversation)
    };
    engine.memory.store_conversation_turn(turn)?;
    engine.memory.generate_context_summary(session.id)?;
    let summary = format!("In short, {}.", mark(from + 3));
    engine.memory.update_context_summary(session.id, &summary)?;
    Ok(conversation)
}

/// Deletes a session, and of another one a turn and then the conversation it was in.
fn delete(engine: &Engine, doomed: SessionId, other: &Conversation) -> Result<(), Error> {
    engine.memory.delete_session(doomed)?;
    let history = engine.memory.get_conversation_history(other.id)?;
    if let Some(turn) = history.last() {
        engine.memory.delete_turn(turn.id)?;
    }
    engine.memory.delete_conversation(other.id)?;
    Ok(())
}

/// A program that holds a profile.
pub struct Held {
    child: Child,
    ear: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
}

impl Held {
    /// Starts it and tells it its secret.
    pub fn start(directory: &Path, export: &Path, secret: &str) -> Result<Self, Error> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["secrets", "--directory"])
            .arg(directory)
            .arg("--export")
            .arg(export)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().ok_or(Error::Setup("a program without an output"))?;
        let mut held = Self {
            ear: child.stdin.take(),
            said: BufReader::new(said),
            child,
        };
        held.tell(secret)?;
        Ok(held)
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it a line.
    pub fn tell(&mut self, line: &str) -> io::Result<()> {
        self.ear
            .as_mut()
            .map_or(Ok(()), |ear| ear.write_all(format!("{line}\n").as_bytes()))
    }

    /// What it says after `word`, once it says that.
    pub fn hear(&mut self, word: &str) -> Result<String, Error> {
        let mut line = String::new();
        while self.said.read_line(&mut line)? > 0 {
            if let Some(rest) = line.strip_prefix(word) {
                return Ok(rest.trim().to_owned());
            }
            line.clear();
        }
        Err(Error::Setup("the program that holds the profile ended too early"))
    }

    /// Lets it end.
    pub fn end(mut self) -> Result<(), Error> {
        drop(self.ear.take());
        match self.child.wait()?.success() {
            true => Ok(()),
            false => Err(Error::Setup("the program that holds the profile ended badly")),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
