//! A profile with something in it, and room beside it for backups.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use ccc_engine::{
    Clock, Engine, Keychain, Profile, RecoveryKey,
    backup::BackupSettings,
    domain::{ConversationId, SessionId, Timestamp, Turn},
};
use tempfile::TempDir;

use crate::place;

/// Two sessions: the first with two conversations, the second with one, of three turns each.
pub struct Scene {
    pub room: TempDir,
    pub recovery: RecoveryKey,
    pub sessions: [SessionId; 2],
    pub conversations: [ConversationId; 3],
}

/// A clock that is set.
#[derive(Clone)]
pub struct SetClock(pub Arc<AtomicI64>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}

impl Scene {
    pub fn new() -> Self {
        let room = TempDir::new().unwrap();
        let (engine, recovery) = place::create(&room.path().join("data"));
        let sessions = ["First", "Second"].map(|title| place::session(&engine, title).id);
        let conversations = [0, 0, 1].map(|n: usize| {
            let conversation = place::conversation(&engine, sessions[n]);
            for number in 1..=3 {
                says(&engine, conversation.id, &format!("turn {number} of it"));
            }
            conversation.id
        });
        engine.memory.update_context_summary(sessions[0], "In short.").unwrap();
        drop(engine);
        Self {
            room,
            recovery,
            sessions,
            conversations,
        }
    }

    pub fn data(&self) -> PathBuf {
        self.room.path().join("data")
    }

    pub fn backups(&self) -> PathBuf {
        self.room.path().join("data-backups")
    }

    pub fn open(&self) -> Engine {
        place::reopen(&self.data(), &self.recovery).unwrap()
    }

    /// Opened with a clock that stands at `ms`.
    pub fn open_at(&self, ms: i64) -> (Engine, SetClock) {
        let clock = SetClock(Arc::new(AtomicI64::new(ms)));
        let profile = Profile::acquire(&self.data(), Keychain::none()).unwrap();
        let profile = profile.with_clock(Arc::new(clock.clone()));
        let keys = profile.unlock_with_recovery(&self.recovery).unwrap();
        (profile.open(keys).unwrap(), clock)
    }

    /// A folder of the person's choice.
    pub fn choose(&self, engine: &Engine) -> PathBuf {
        let folder = self.room.path().join("stick");
        fs::create_dir_all(&folder).unwrap();
        let settings = BackupSettings {
            folder: Some(folder.display().to_string()),
            ..BackupSettings::default()
        };
        engine.backups.set(&settings).unwrap();
        folder
    }
}

/// One more turn.
pub fn says(engine: &Engine, conversation: ConversationId, content: &str) -> Turn {
    let conversation = engine.memory.get_conversation(conversation).unwrap();
    let turn = place::turn(engine, &conversation, content);
    engine.memory.store_conversation_turn(turn).unwrap()
}

/// All that was said, by conversation.
pub fn all_said(engine: &Engine) -> BTreeMap<ConversationId, Vec<String>> {
    let sessions = engine
        .memory
        .list_sessions(ccc_engine::memory::SessionFilter::All)
        .unwrap();
    let mut said = BTreeMap::new();
    for session in sessions {
        for conversation in engine.memory.list_conversations(session.id).unwrap() {
            let turns = engine.memory.get_conversation_history(conversation.id).unwrap();
            said.insert(conversation.id, turns.into_iter().map(|turn| turn.content).collect());
        }
    }
    said
}

/// The names in a directory, sorted; none where there is none.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The files in a directory.
pub fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = names(directory).into_iter();
    names
        .map(|name| (name.clone(), fs::read(directory.join(&name)).unwrap()))
        .collect()
}

/// Changes one byte of a file.
pub fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x55;
    fs::write(path, bytes).unwrap();
}

/// Copies a directory with its files.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for (name, content) in bytes(from) {
        fs::write(to.join(name), content).unwrap();
    }
}
