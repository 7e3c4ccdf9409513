//! Data files.
//!
//! An input is a data file and a byte, or a byte and changes ([`edits`]) of the one in `profile`. The profile is opened with it, its
//! sessions and conversations are listed and read, its rows and its trail are checked; where the byte says so, it is
//! salvaged and read again. Whatever is read is what was stored, or an error.
//!
//! Guard down: turns are read as they stand in the file, and nothing in them is opened.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use ccc_domain::{ConversationId, Turn, TurnId};
use ccc_engine::{Engine, Keychain, Profile, RecoveryKey, backup::unwatched, memory::SessionFilter};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::{Broken, Guard, edits, profile, promise, setup};

/// One input in so many is salvaged: that takes a hundred times as long.
const SALVAGED: u8 = 16;

/// What was stored.
struct Stored {
    data: Vec<u8>,
    recovery: RecoveryKey,
    titles: BTreeMap<String, usize>,
    turns: BTreeMap<ConversationId, Vec<Turn>>,
    contents: BTreeMap<TurnId, String>,
    rows: Rows,
    directory: PathBuf,
    _place: TempDir,
}

/// Sealed contents by turn.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

impl Stored {
    fn new() -> Result<Self, Broken> {
        let place = profile::place()?;
        let (directory, recovery) = (place.path().join("profile"), profile::recovery()?);
        profile::put(&directory)?;
        let rows = rows(&directory).map_err(setup)?;
        let engine = profile::open(&directory, &recovery).map_err(setup)?;
        let (mut titles, mut turns) = (BTreeMap::new(), BTreeMap::new());
        for session in engine.memory.list_sessions(SessionFilter::All).map_err(setup)? {
            for conversation in engine.memory.list_conversations(session.id).map_err(setup)? {
                let history = engine.memory.get_conversation_history(conversation.id);
                turns.insert(conversation.id, history.map_err(setup)?);
            }
            *titles.entry(session.title).or_default() += 1;
        }
        engine.close();
        let all = turns.values().flatten();
        let contents: BTreeMap<_, _> = all.map(|turn: &Turn| (turn.id, turn.content.clone())).collect();
        if contents.len() != rows.len() || rows.is_empty() {
            return Err(setup("the profile's turns are not read"));
        }
        Ok(Self {
            data: profile::file(profile::DATA)?,
            recovery,
            titles,
            turns,
            contents,
            rows,
            directory,
            _place: place,
        })
    }

    /// Looks at all that an open profile gives out.
    fn compare(&self, engine: &Engine) -> Result<(), Broken> {
        let sessions = engine.memory.list_sessions(SessionFilter::All).unwrap_or_default();
        for session in sessions {
            promise(self.titles.contains_key(&session.title), || {
                format!("a session {session:?}")
            })?;
            for conversation in engine.memory.list_conversations(session.id).unwrap_or_default() {
                let Some(stored) = self.turns.get(&conversation.id) else {
                    return Err(Broken::Promise(format!("a conversation {conversation:?}")));
                };
                if let Ok(turns) = engine.memory.get_conversation_history(conversation.id) {
                    promise(turns == *stored, || format!("{turns:?} instead of {stored:?}"))?;
                }
            }
            // What they come to is another matter; none of them may panic.
            let _ = engine.memory.list_summaries(session.id);
            let _ = engine.memory.get_session_context(session.id);
        }
        let _ = engine.memory.rank(None, "said directive", 5);
        let _ = engine.full_check(&unwatched);
        let _ = engine.audit.verify();
        let _ = engine.backups.state();
        Ok(())
    }

    /// After salvaging a turn may stand elsewhere, and others of its conversation be gone. None says anything else.
    fn compare_salvaged(&self, engine: &Engine) -> Result<(), Broken> {
        for session in engine.memory.list_sessions(SessionFilter::All).map_err(salvaged)? {
            for conversation in engine.memory.list_conversations(session.id).map_err(salvaged)? {
                for turn in engine
                    .memory
                    .get_conversation_history(conversation.id)
                    .map_err(salvaged)?
                {
                    let said = self.contents.get(&turn.id);
                    promise(said == Some(&turn.content), || format!("{turn:?} instead of {said:?}"))?;
                }
            }
        }
        Ok(())
    }
}

fn salvaged(error: ccc_engine::Error) -> Broken {
    Broken::Promise(format!("what was salvaged is told {error}"))
}

static STORED: LazyLock<Result<Stored, Broken>> = LazyLock::new(Stored::new);

/// Opens the profile with the input for its data file.
///
/// # Errors
/// [`Broken::Promise`]; [`Broken::Setup`].
pub fn hold(bytes: &[u8], guard: Guard) -> Result<(), Broken> {
    let stored = STORED.as_ref().map_err(setup)?;
    let (how, data) = match bytes {
        [] => return Ok(()),
        [whole @ .., how] if whole.starts_with(b"SQLite format 3\0") => (*how, whole.to_vec()),
        [how, changes @ ..] => (*how, edits::edited(&stored.data, changes)),
    };
    let directory = &stored.directory;
    profile::put(directory)?;
    std::fs::write(directory.join(profile::DATA), &data).map_err(setup)?;
    if guard == Guard::Down {
        // A file that is none gives no rows.
        for (turn, sealed) in rows(directory).unwrap_or_default() {
            promise(stored.rows.get(&turn) == Some(&sealed), || {
                format!("{turn:?} has other bytes")
            })?;
        }
        return Ok(());
    }
    if let Ok(engine) = profile::open(directory, &stored.recovery) {
        let compared = stored.compare(&engine);
        engine.close();
        compared?;
    }
    if how % SALVAGED == 0 {
        std::fs::write(directory.join(profile::DATA), &data).map_err(setup)?;
        salvage(stored)?;
    }
    Ok(())
}

fn salvage(stored: &Stored) -> Result<(), Broken> {
    let profile = Profile::acquire(&stored.directory, Keychain::none()).map_err(setup)?;
    let keys = profile.unlock_with_recovery(&stored.recovery).map_err(setup)?;
    let done = profile.salvage(&keys, &unwatched);
    drop(profile);
    if done.is_err() {
        return Ok(());
    }
    let engine = profile::open(&stored.directory, &stored.recovery).map_err(salvaged)?;
    let compared = stored.compare_salvaged(&engine);
    engine.close();
    compared
}

/// The sealed contents of the turns in the data file.
fn rows(directory: &Path) -> rusqlite::Result<Rows> {
    let connection = Connection::open_with_flags(directory.join(profile::DATA), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare("SELECT turn_id, content_sealed FROM turns NOT INDEXED")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
