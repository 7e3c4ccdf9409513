//! Both stores, filled with the same text.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use ccc_domain::{Conversation, Preferences, Session, Turn};
use ccc_engine::{Engine, memory::NewSession};
use tempfile::TempDir;

use crate::{
    error::Error,
    plain::{Plain, PlainTurn},
    sealed,
    source::{Planned, Source, Stored, plan},
};

/// How many threads fill CCC's store, so that they share its commits.
const FILLERS: usize = 48;

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
    pub fn filled(&self, turns: u32) -> Result<PathBuf, Error> {
        let whole = self.path().join(format!("turns-{turns}"));
        if !whole.try_exists()? {
            let part = self.path().join(format!("turns-{turns}.part"));
            if part.try_exists()? {
                fs::remove_dir_all(&part)?;
            }
            fill(&part, turns)?;
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

/// Fills both stores: CCC's by many threads at once, which share its commits; the baseline by large transactions.
fn fill(directory: &Path, turns: u32) -> Result<(), Error> {
    let stores = Stores::create(directory)?;
    let planned = plan(turns);
    let sessions = stores.add_sessions(&planned)?;
    let (source, sessions) = (&stores.source, sessions.as_slice());
    let (stored, arriving) = sync_channel::<Stored>(FILLERS);
    thread::scope(|scope| {
        let share = planned.len().div_ceil(FILLERS).max(1);
        let fillers: Vec<_> = planned
            .chunks(share)
            .map(|chunk| {
                let stored = stored.clone();
                scope.spawn(move || chunk.iter().try_for_each(|p| fill_one(source, sessions, p, &stored)))
            })
            .collect();
        drop(stored);
        arriving.into_iter().try_for_each(|(conversation, turns)| {
            stores.plain.begin()?;
            stores.start_plain(&conversation)?;
            turns.iter().try_for_each(|turn| stores.plain.add_turn(turn))?;
            stores.plain.commit()
        })?;
        fillers.into_iter().try_for_each(|filler| {
            let failed = Error::Internal("a filling thread panicked");
            filler.join().unwrap_or(Err(failed))
        })
    })
}

/// Stores one conversation and hands it on. Where nobody takes it any more, filling has failed already.
fn fill_one(
    source: &Source,
    sessions: &[Session],
    planned: &Planned,
    stored: &SyncSender<Stored>,
) -> Result<(), Error> {
    let _ = stored.send(source.store(planned, sessions)?);
    Ok(())
}

/// Whether CCC's turns say what the baseline's say.
pub fn agree(sealed: &[Turn], plain: &[PlainTurn]) -> bool {
    sealed.len() == plain.len()
        && sealed
            .iter()
            .zip(plain)
            .all(|(sealed, plain)| sealed.number == plain.number && sealed.content == plain.content)
}
