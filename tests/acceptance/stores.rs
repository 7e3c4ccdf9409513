//! A store whose time a test sets, and what is said in it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use ccc_domain::{
    Agent, Context, NewTurn, Preferences, Scope, Session, SessionId, Step, Timestamp, Turn, TurnMetadata, TurnStatus,
};
use ccc_engine::{
    Clock, Engine, Keychain, Passphrase, Profile, Ways,
    memory::{ContextRequest, NewSession},
};
use tempfile::TempDir;

/// 2026-05-08T09:00:00Z.
const BEGINNING: i64 = 1_778_230_800_000;
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

/// A clock that goes when it is told to.
pub struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }
}

/// A profile's directory and its time.
pub struct Store {
    pub directory: TempDir,
    clock: Arc<SetClock>,
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse battery".to_owned()).unwrap()
}

/// Opens the profile in a directory, at `ms` since 1970.
pub fn open(directory: &std::path::Path, clock: &Arc<SetClock>) -> Engine {
    let profile = Profile::acquire(directory, Keychain::none()).unwrap();
    let profile = profile.with_clock(clock.clone());
    let keys = profile.unlock_with_passphrase(&passphrase()).unwrap();
    profile.open(keys).unwrap()
}

/// A clock that stands at `ms` since 1970.
pub fn clock_at(ms: i64) -> Arc<SetClock> {
    Arc::new(SetClock(AtomicI64::new(ms)))
}

impl Store {
    pub fn new() -> (Self, Engine) {
        let directory = tempfile::tempdir().unwrap();
        let clock = clock_at(BEGINNING);
        let profile = Profile::acquire(directory.path(), Keychain::none()).unwrap();
        let ways = Ways {
            keychain: false,
            passphrase: Some(&passphrase()),
        };
        let (engine, _) = profile.with_clock(clock.clone()).create(&ways).unwrap();
        (Self { directory, clock }, engine)
    }

    /// As after a restart. The engine opened before must have been dropped.
    pub fn reopen(&self) -> Engine {
        open(self.directory.path(), &self.clock)
    }

    /// Lets time pass, in milliseconds.
    pub fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn now(&self) -> i64 {
        self.clock.0.load(Ordering::SeqCst)
    }
}

/// Begins a session.
pub fn session(engine: &Engine, scope: Scope) -> Session {
    let preferences = Preferences {
        scope,
        ..Preferences::default()
    };
    let new = NewSession {
        preferences,
        ..NewSession::default()
    };
    engine.memory.initialize_session(new).unwrap()
}

/// A conversation: a directive, and after it in turn what Beatrice and Codey said.
pub fn tell(engine: &Engine, session: SessionId, directive: &str, answers: &[&str]) -> Vec<Turn> {
    let (conversation, first) = engine.memory.start_conversation(session, directive, None).unwrap();
    let by = [(Agent::Beatrice, Step::Analyse), (Agent::Codey, Step::Execute)];
    let mut turns = vec![first];
    for (text, (agent, step)) in answers.iter().zip(by.iter().cycle()) {
        let turn = NewTurn {
            id: engine.memory.new_id(),
            session_id: session,
            conversation_id: conversation.id,
            agent: *agent,
            speaker: None,
            content: (*text).to_owned(),
            created_at: engine.memory.now(),
            status: TurnStatus::Complete,
            metadata: TurnMetadata {
                step: Some(*step),
                ..TurnMetadata::default()
            },
        };
        turns.push(engine.memory.store_conversation_turn(turn).unwrap());
    }
    turns
}

pub fn context(engine: &Engine, session: SessionId, directive: &str) -> Context {
    let request = ContextRequest::default();
    engine
        .memory
        .get_relevant_context(session, directive, &request)
        .unwrap()
}
