//! A profile with all its ways in and something of every kind in it.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ccc_engine::{
    Engine, Error, Keychain, Passphrase, Passphrases, Profile, RecoveryKey, Ways,
    cycle::Order,
    domain::{Agent, NewTurn, SessionId},
    memory::{SearchRequest, SessionFilter},
    settings::AppSettings,
};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::{
    place,
    scripted::{Ear, Scripted},
};

pub struct Desk {
    pub room: TempDir,
    pub keychain: Keychain,
    pub passphrase: Passphrase,
    /// The first one.
    pub recovery: RecoveryKey,
    pub sessions: [SessionId; 2],
}

pub fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

/// Settings that are not the defaults.
pub fn app_settings() -> AppSettings {
    AppSettings {
        lock_after_minutes: Some(7),
        ..AppSettings::default()
    }
}

impl Desk {
    /// Two sessions with a conversation of three turns each.
    pub fn new() -> Self {
        let (room, keychain, secret) = (
            TempDir::new().unwrap(),
            place::keychain(),
            passphrase("correct horse battery"),
        );
        let ways = Ways {
            keychain: true,
            passphrase: Some(&secret),
        };
        let profile = Profile::acquire(&room.path().join("data"), keychain.clone()).unwrap();
        let (engine, recovery) = profile.create(&ways).unwrap();
        engine.note_recovery_shown().unwrap();
        let sessions = ["First", "Second"].map(|title| {
            let session = place::session(&engine, title).id;
            let conversation = place::conversation(&engine, session);
            for text in [
                "Furnish the hall.",
                "A lamp stands in the hall.",
                "Nothing else is there.",
            ] {
                let spoken = NewTurn {
                    speaker: Some("Ada".to_owned()),
                    ..place::turn(&engine, &conversation, text)
                };
                engine.memory.store_conversation_turn(spoken).unwrap();
            }
            session
        });
        engine.close();
        drop(engine);
        let profile = Profile::acquire(&room.path().join("data"), keychain.clone()).unwrap();
        let keys = profile.unlock_with_recovery(&recovery).unwrap();
        place::pattern(&room.path().join("data/data.ccc"), &keys, sessions[0], [7; 16], "lamps");
        drop(profile);
        Self {
            room,
            keychain,
            passphrase: secret,
            recovery,
            sessions,
        }
    }

    pub fn data(&self) -> PathBuf {
        self.room.path().join("data")
    }

    pub fn acquire(&self) -> Profile {
        Profile::acquire(&self.data(), self.keychain.clone()).unwrap()
    }

    /// Opened by its first recovery key.
    pub fn open(&self) -> Engine {
        self.open_with(&self.recovery).unwrap()
    }

    pub fn open_with(&self, recovery: &RecoveryKey) -> Result<Engine, Error> {
        let profile = self.acquire();
        let keys = profile.unlock_with_recovery(recovery)?;
        profile.open(keys)
    }

    /// What a replacement takes that keeps the passphrase.
    pub fn passphrases(&self) -> Passphrases<'_> {
        Passphrases {
            current: Some(&self.passphrase),
            new: None,
        }
    }

    /// A cycle with receipts, a summary, what an agent learned, a stored index.
    pub async fn work(&self, engine: &Engine) {
        let model: Arc<Scripted> = Arc::default();
        let [analyse, execute, review] = model.mouths();
        analyse.answer("the plan");
        execute.answer("the work");
        review.answer("Fine.\n\naccept");
        let (mut ear, listener) = Ear::new();
        let order = Order::run(self.sessions[0], "What stands in the hall?");
        engine.cycle.start(order, model.options(), listener).await.unwrap();
        ear.rest().await.1.unwrap();
        engine.settings.set_app(&app_settings()).unwrap();
        let memory = &engine.memory;
        memory.update_context_summary(self.sessions[0], "In short.").unwrap();
        let learned = serde_json::json!({"prefers": "lamps"});
        memory
            .update_agent_state(self.sessions[1], Agent::Codey, serde_json::from_value(learned).unwrap())
            .unwrap();
        assert!(self.hits(engine) > 0);
    }

    pub fn hits(&self, engine: &Engine) -> usize {
        let request = SearchRequest {
            query: "lamp hall".to_owned(),
            limit: 20,
            offset: 0,
        };
        engine.search(&request, &|| false).unwrap().hits.len()
    }
}

/// All that can be read and exported, session by session.
pub fn everything(engine: &Engine) -> Vec<serde_json::Value> {
    let sessions = engine.memory.list_sessions(SessionFilter::All).unwrap();
    let exports = sessions.iter().map(|session| {
        let mut export = serde_json::to_value(engine.collect_session(session.id).unwrap()).unwrap();
        export.as_object_mut().unwrap().remove("exported_at");
        export
    });
    exports.collect()
}

/// Every value that keys made, by its table and column.
pub fn sealed(data: &Path) -> BTreeMap<String, Vec<Vec<u8>>> {
    let file = Connection::open_with_flags(data.join("data.ccc"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let columns = "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
        AND (c.name LIKE '%_sealed' OR c.name IN ('row_mac', 'chain', 'mac'))
        AND (m.name, c.name) <> ('drafts', 'draft_sealed')";
    let mut columns = file.prepare(columns).unwrap();
    let names = columns.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
    let values = names.unwrap().map(Result::unwrap).map(|(table, column)| {
        let sql = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
        let mut rows = file.prepare(&sql).unwrap();
        let values = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap);
        (format!("{table}.{column}"), values.collect())
    });
    values.collect()
}

/// The names in a directory, sorted.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
