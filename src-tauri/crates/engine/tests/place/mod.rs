//! A profile in a directory of its own, opened by its recovery key: no passphrase is derived, so opening is cheap.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{path::Path, sync::Arc};

use ccc_engine::{
    EncryptionService, Engine, Error, Keychain, Profile, RecoveryKey, Ways,
    domain::{Agent, Conversation, ConversationId, NewTurn, Session, SessionId, TurnId, TurnMetadata, TurnStatus},
    memory::NewSession,
};
use ccc_vault::{Field, Place};
use rusqlite::{Connection, OpenFlags};

/// A keychain in memory.
pub fn keychain() -> Keychain {
    let store: Arc<keyring_core::CredentialStore> = keyring_core::mock::Store::new().unwrap();
    Keychain::with_store(store)
}

/// A new profile, and what opens it again.
pub fn create(directory: &Path) -> (Engine, RecoveryKey) {
    let ways = Ways {
        keychain: true,
        passphrase: None,
    };
    Profile::acquire(directory, keychain()).unwrap().create(&ways).unwrap()
}

/// A pattern that an agent may have learned, put where the engine keeps them: nothing of it makes any yet.
pub fn pattern(data: &Path, keys: &EncryptionService, session: SessionId, id: [u8; 16], text: &str) {
    let (created_at, updated_at) = (1_800_000_000_000, 1_800_000_000_001);
    let fixed = [
        Field::Id(session.to_bytes()),
        Field::Text("codey"),
        Field::Text("proposed"),
        Field::Int(created_at),
        Field::Int(updated_at),
    ];
    let place = Place {
        table: "patterns",
        column: "pattern",
        row: id,
        session: Some(session),
        fixed: &fixed,
    };
    let sealed = keys.seal(&place, text.as_bytes()).unwrap();
    let file = Connection::open_with_flags(data, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    file.execute(
        "INSERT INTO patterns VALUES (?1, ?2, 'codey', 'proposed', ?3, ?4, ?5)",
        (id, session.to_bytes(), created_at, updated_at, sealed),
    )
    .unwrap();
}

/// The profile, opened again.
pub fn reopen(directory: &Path, recovery: &RecoveryKey) -> Result<Engine, Error> {
    let profile = Profile::acquire(directory, Keychain::none())?;
    let keys = profile.unlock_with_recovery(recovery)?;
    profile.open(keys)
}

/// A session named `title`.
pub fn session(engine: &Engine, title: &str) -> Session {
    let new = NewSession {
        title: title.to_owned(),
        ..NewSession::default()
    };
    engine.memory.initialize_session(new).unwrap()
}

/// A conversation without turns.
pub fn conversation(engine: &Engine, session: SessionId) -> Conversation {
    engine.memory.create_conversation(session, "Do it.").unwrap()
}

/// A turn to be stored.
pub fn turn(engine: &Engine, conversation: &Conversation, content: &str) -> NewTurn {
    turn_of(
        engine.memory.new_id(),
        conversation.session_id,
        conversation.id,
        content,
    )
}

/// A turn with a given id.
pub fn turn_of(id: TurnId, session: SessionId, conversation: ConversationId, content: &str) -> NewTurn {
    NewTurn {
        id,
        session_id: session,
        conversation_id: conversation,
        agent: Agent::Codey,
        speaker: None,
        content: content.to_owned(),
        created_at: ccc_engine::domain::Timestamp::from_ms(1_800_000_000_000),
        status: TurnStatus::Complete,
        metadata: TurnMetadata::default(),
    }
}
