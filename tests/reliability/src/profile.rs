//! Profiles opened by their recovery key: no passphrase is stretched, so opening is cheap.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use ccc_domain::{Agent, Conversation, NewTurn, Timestamp, TurnId, TurnMetadata, TurnStatus};
use ccc_engine::{
    Engine, Keychain, Passphrase, Profile, RecoveryKey, Ways,
    memory::{NewSession, SessionFilter},
};

use crate::{
    error::Error,
    promise::{Promises, content_of},
};

/// What opens every profile made here, beside its recovery key.
pub const PASSPHRASE: &str = "a passphrase that is stretched once";

/// A passphrase as typed.
pub fn passphrase(text: &str) -> Result<Passphrase, Error> {
    Ok(Passphrase::new(text.to_owned()).map_err(ccc_engine::Error::from)?)
}

/// Makes a profile, closed again; what opens it.
pub fn create(directory: &Path) -> Result<RecoveryKey, Error> {
    let passphrase = passphrase(PASSPHRASE)?;
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let (engine, recovery) = Profile::acquire(directory, Keychain::none())?.create(&ways)?;
    engine.close();
    Ok(recovery)
}

/// Opens a profile.
pub fn open(directory: &Path, recovery: &RecoveryKey) -> Result<Engine, ccc_engine::Error> {
    let profile = Profile::acquire(directory, Keychain::none())?;
    let keys = profile.unlock_with_recovery(recovery)?;
    profile.open(keys)
}

/// Copies a closed profile's files.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Copies a directory with all that is in it.
pub fn copy_tree(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_tree(&path, &target)?;
        } else {
            fs::copy(path, target)?;
        }
    }
    Ok(())
}

/// Every file below a directory with its bytes.
pub fn files(directory: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Error> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            all.append(&mut files(&path)?);
        } else {
            all.insert(path.clone(), fs::read(path)?);
        }
    }
    Ok(all)
}

/// Stores sessions of two conversations with so many turns each, which say what follows from their ids; the turns.
pub fn fill(engine: &Engine, sessions: usize, turns: usize) -> Result<Promises, Error> {
    let mut promises = Promises::default();
    for n in 0..sessions {
        let new = NewSession {
            title: format!("Session {n}"),
            ..NewSession::default()
        };
        let session = engine.memory.initialize_session(new)?;
        for directive in ["Do it.", "Do it again."] {
            let conversation = engine.memory.create_conversation(session.id, directive)?;
            for _ in 0..turns {
                let id = engine.memory.new_id();
                engine.memory.store_conversation_turn(turn(id, &conversation))?;
                promises.add(id, session.id, conversation.id);
            }
        }
    }
    Ok(promises)
}

/// A turn that says what follows from its id.
pub fn turn(id: TurnId, conversation: &Conversation) -> NewTurn {
    NewTurn {
        id,
        session_id: conversation.session_id,
        conversation_id: conversation.id,
        agent: Agent::Codey,
        speaker: None,
        content: content_of(id),
        created_at: Timestamp::from_ms(1_800_000_000_000),
        status: TurnStatus::Complete,
        metadata: TurnMetadata::default(),
    }
}

/// How many turns say what they were stored with.
pub fn as_stored(engine: &Engine) -> Result<usize, ccc_engine::Error> {
    let mut turns = 0;
    for session in engine.memory.list_sessions(SessionFilter::All)? {
        for conversation in engine.memory.list_conversations(session.id)? {
            let history = engine.memory.get_conversation_history(conversation.id)?;
            turns += history
                .iter()
                .filter(|turn| turn.content == content_of(turn.id))
                .count();
        }
    }
    Ok(turns)
}

/// How many unfinished things lie in a directory: what is begun has a dot before its name or `partial` after it, and no
/// profile was ever kept aside.
pub fn unfinished(directory: &Path) -> Result<usize, Error> {
    let mut count = 0;
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        count += usize::from(name.starts_with('.') || name.starts_with("aside") || name.ends_with(".partial"));
    }
    Ok(count)
}
