//! Both stores, filled with the same text.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ccc_domain::{Conversation, Preferences, Session, Turn};
use ccc_engine::{Engine, memory::NewSession};
use tempfile::TempDir;

use crate::{
    error::Error,
    plain::{Plain, PlainTurn},
    sealed,
    source::{Planned, Source},
};
pub use fill::Load;
use fill::fill;

mod fill;

/// How turns are spread over sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Many sessions of 200 turns.
    Many,
    /// All in one.
    One,
}

impl Shape {
    /// In words.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Many => "200 in a session",
            Self::One => "all in one session",
        }
    }
}

/// Where stores are made.
pub enum Place {
    /// Gone with the process.
    Temporary(TempDir),
    /// Kept.
    Kept(PathBuf),
}

impl Place {
    /// The directory named, or a temporary one.
    pub fn new(cache: Option<&Path>) -> Result<Self, Error> {
        match cache {
            None => Ok(Self::Temporary(tempfile::tempdir()?)),
            Some(path) => {
                fs::create_dir_all(path)?;
                Ok(Self::Kept(path.to_owned()))
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Kept(path) => path,
        }
    }

    /// The directory of stores of so many turns, filled if it is not there. A filling that was cut short is begun anew.
    pub fn filled(&self, turns: u32, shape: Shape) -> Result<PathBuf, Error> {
        let name = match shape {
            Shape::Many => format!("turns-{turns}"),
            Shape::One => format!("turns-{turns}-in-one-session"),
        };
        let whole = self.path().join(&name);
        if !whole.try_exists()? {
            let part = self.path().join(format!("{name}.part"));
            if part.try_exists()? {
                fs::remove_dir_all(&part)?;
            }
            fill(&part, turns, shape)?;
            fs::rename(&part, &whole)?;
        }
        Ok(whole)
    }
}

/// CCC's directory among the stores.
pub fn sealed_in(directory: &Path) -> PathBuf {
    directory.join("sealed")
}

/// The baseline's file among the stores.
pub fn plain_in(directory: &Path) -> PathBuf {
    directory.join("plain.db")
}

/// Both stores, open.
pub struct Stores {
    /// CCC's.
    pub engine: Engine,
    /// The baseline.
    pub plain: Plain,
    /// What is written to both.
    pub source: Source,
}

impl Stores {
    /// New ones in `directory`.
    pub fn create(directory: &Path) -> Result<Self, Error> {
        fs::create_dir_all(directory)?;
        let plain = Plain::open(&plain_in(directory))?;
        plain.make_tables()?;
        let engine = sealed::create(&sealed_in(directory))?;
        let source = Source::new(engine.memory.clone());
        Ok(Self { engine, plain, source })
    }

    /// Makes the sessions of a plan in both.
    pub fn add_sessions(&self, planned: &[Planned]) -> Result<Vec<Session>, Error> {
        let count = planned.last().map_or(0, |last| last.session + 1);
        let preferences =
            serde_json::to_string(&Preferences::default()).map_err(|_| Error::Internal("preferences are not JSON"))?;
        (0..count)
            .map(|n| {
                let session = self.engine.memory.initialize_session(NewSession {
                    title: format!("Session {n}"),
                    ..NewSession::default()
                })?;
                self.plain
                    .add_session(session.id, session.created_at, &session.title, &preferences)?;
                Ok(session)
            })
            .collect()
    }

    /// Makes a conversation in the baseline.
    pub fn start_plain(&self, conversation: &Conversation) -> Result<(), Error> {
        let Conversation {
            id,
            session_id,
            created_at,
            directive,
            ..
        } = conversation;
        self.plain.add_conversation(*id, *session_id, *created_at, directive)
    }
}

/// Whether CCC's turns say what the baseline's say.
pub fn agree(sealed: &[Turn], plain: &[PlainTurn]) -> bool {
    sealed.len() == plain.len()
        && sealed
            .iter()
            .zip(plain)
            .all(|(sealed, plain)| sealed.number == plain.number && sealed.content == plain.content)
}
