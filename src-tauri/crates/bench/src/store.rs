//! Both stores, filled with the same text.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use ccc_domain::{
    Agent, Conversation, FinishReason, NewTurn, Preferences, Session, Step, Turn, TurnMetadata, TurnStatus, Usage,
};
use ccc_engine::{Engine, MemoryService, memory::NewSession};
use tempfile::TempDir;

use crate::{
    error::Error,
    plain::{Plain, PlainTurn},
    sealed,
    text::{Rng, SESSION_TURNS, Writer, conversation_lengths},
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

/// A conversation to be written, and the text that follows from it.
pub struct Planned {
    /// Its session, from 0.
    pub session: usize,
    /// How many turns it has.
    pub turns: u32,
    /// What its text follows from.
    pub seed: u64,
}

/// The conversations that hold `turns` turns, session by session. The last session may hold fewer.
pub fn plan(turns: u32) -> Vec<Planned> {
    let (mut rng, mut planned, mut left) = (Rng::new(2), Vec::new(), turns);
    for session in 0..turns.div_ceil(SESSION_TURNS) as usize {
        for length in conversation_lengths(&mut rng) {
            let turns = length.min(left);
            left -= turns;
            let seed = rng.next();
            planned.extend((turns > 0).then_some(Planned { session, turns, seed }));
        }
    }
    planned
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
        let source = Source {
            memory: engine.memory.clone(),
            writer: Writer::new(),
        };
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

/// Makes conversations and their turns.
pub struct Source {
    memory: MemoryService,
    writer: Writer,
}

impl Source {
    /// Makes the conversation in CCC's store, and its turns, which are stored nowhere yet.
    pub fn start(&self, planned: &Planned, sessions: &[Session]) -> Result<(Conversation, Vec<NewTurn>), Error> {
        let session = sessions
            .get(planned.session)
            .ok_or(Error::Internal("a plan without its sessions"))?;
        let mut rng = Rng::new(planned.seed);
        let texts: Vec<String> = (0..planned.turns).map(|_| self.writer.turn(&mut rng)).collect();
        let directive = texts.first().ok_or(Error::Internal("a conversation without turns"))?;
        let conversation = self.memory.create_conversation(session.id, directive)?;
        let turns = texts.into_iter().enumerate();
        let turns = turns.map(|(n, content)| self.turn(&conversation, n, content)).collect();
        Ok((conversation, turns))
    }

    fn turn(&self, conversation: &Conversation, n: usize, content: String) -> NewTurn {
        let (agent, step) = said_by(n);
        NewTurn {
            id: self.memory.new_id(),
            session_id: conversation.session_id,
            conversation_id: conversation.id,
            agent,
            speaker: None,
            metadata: metadata(step, &content),
            content,
            created_at: self.memory.now(),
            status: TurnStatus::Complete,
        }
    }
}

/// The agents in the order of a cycle, after the directive.
fn said_by(n: usize) -> (Agent, Option<Step>) {
    match n % 4 {
        0 => (Agent::Wykeve, None),
        1 => (Agent::Beatrice, Some(Step::Analyse)),
        2 => (Agent::Codey, Some(Step::Execute)),
        _ => (Agent::Beatrice, Some(Step::Review)),
    }
}

fn metadata(step: Option<Step>, content: &str) -> TurnMetadata {
    let Some(step) = step else {
        return TurnMetadata::default();
    };
    let tokens = ccc_domain::tokens::estimate(content);
    TurnMetadata {
        step: Some(step),
        provider: Some("local".to_owned()),
        model: Some("a-model-of-usual-name-8b-instruct".to_owned()),
        temperature: Some(0.7),
        usage: Some(Usage {
            prompt_tokens: tokens + 400,
            completion_tokens: tokens,
            estimated: false,
        }),
        latency_ms: Some(u64::from(tokens) * 20),
        finish_reason: Some(FinishReason::Stop),
        ..TurnMetadata::default()
    }
}

/// A conversation that is stored in CCC's store.
type Stored = (Conversation, Vec<NewTurn>);

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
    let (conversation, turns) = source.start(planned, sessions)?;
    for turn in &turns {
        source.memory.store_conversation_turn(turn.clone())?;
    }
    let _ = stored.send((conversation, turns));
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
