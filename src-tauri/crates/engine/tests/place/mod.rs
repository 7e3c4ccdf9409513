//! A profile in a directory of its own, opened by its recovery key: no passphrase is derived, so opening is cheap.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{path::Path, sync::Arc};

use ccc_engine::{
    Engine, Error, Keychain, Profile, RecoveryKey, Ways,
    domain::{Agent, Conversation, ConversationId, NewTurn, Session, SessionId, TurnId, TurnMetadata, TurnStatus},
    memory::NewSession,
};

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
