//! Data files, rows and child processes for the tests.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use ccc_domain::{
    Agent, ConversationId, ConversationStatus, ProfileId, SessionId, SessionStatus, Timestamp, TurnId, TurnStatus,
};
use ccc_store::{
    Connection, Db, Error, open,
    tables::{
        conversations::{self, ConversationRow},
        sessions::{self, SessionRow},
        settings::{self, SettingRow},
        turns::{self, TurnRow},
    },
};
use refinery::Migration;
use rusqlite::{OpenFlags, types::Value};
use tempfile::TempDir;

/// Tells a child which part it plays; without it a test is the parent.
pub const ROLE: &str = "CCC_STORE_TEST_ROLE";

/// A directory with a data file in it.
pub struct Place {
    pub directory: TempDir,
    pub path: PathBuf,
}

impl Place {
    pub fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data.ccc");
        Self { directory, path }
    }

    /// With a closed data file that holds a session of `turns` turns.
    pub fn with_turns(turns: u32) -> Self {
        let place = Self::empty();
        let db = create(&place.path);
        fill(&db, turns);
        db.close().unwrap();
        place
    }

    /// Names and bytes of everything in the directory. Only while no connection is open: it would lose its locks.
    pub fn bytes(&self) -> BTreeMap<String, Vec<u8>> {
        bytes(self.directory.path())
    }

    pub fn names(&self) -> Vec<String> {
        self.bytes().into_keys().collect()
    }
}

pub fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let content = if entry.path().is_file() {
                fs::read(entry.path()).unwrap()
            } else {
                Vec::new()
            };
            (entry.file_name().into_string().unwrap(), content)
        })
        .collect()
}

pub fn create(path: &Path) -> Db {
    Db::create(path, profile(), at(1)).unwrap()
}

pub fn profile() -> ProfileId {
    ProfileId::from_parts(1, [7; 10])
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

pub fn session_id(n: u8) -> SessionId {
    SessionId::from_parts(1_000, [n; 10])
}

pub fn conversation_id(n: u8) -> ConversationId {
    ConversationId::from_parts(2_000, [n; 10])
}

pub fn turn_id(n: u32) -> TurnId {
    TurnId::from_parts(u64::from(n), [3; 10])
}

pub fn session(n: u8) -> SessionRow {
    SessionRow {
        id: session_id(n),
        created_at: at(10),
        last_active_at: at(20),
        status: SessionStatus::Active,
        pinned: false,
        conversation_count: 1,
        title_sealed: vec![n, 1],
        preferences_sealed: vec![n, 2],
        row_mac: [n; 32],
    }
}

pub fn conversation(n: u8, session: u8) -> ConversationRow {
    ConversationRow {
        id: conversation_id(n),
        session_id: session_id(session),
        branch_of: None,
        created_at: at(30),
        status: ConversationStatus::Active,
        turn_count: 0,
        chain: [n; 32],
        directive_sealed: vec![n, 3],
        row_mac: [n; 32],
    }
}

pub fn turn(number: u32) -> TurnRow {
    TurnRow {
        id: turn_id(number),
        session_id: session_id(1),
        conversation_id: conversation_id(1),
        number,
        agent: Agent::Codey,
        status: TurnStatus::Complete,
        created_at: at(40),
        speaker_sealed: None,
        content_sealed: number.to_be_bytes().repeat(20),
        metadata_sealed: vec![4],
    }
}

pub fn setting(name: &str, value: &[u8]) -> SettingRow {
    SettingRow {
        name: name.to_owned(),
        updated_at: at(50),
        value_sealed: value.to_vec(),
    }
}

/// Stores a session of one conversation and this many turns.
pub fn fill(db: &Db, count: u32) {
    db.write(move |connection| {
        sessions::insert(connection, &session(1))?;
        conversations::insert(connection, &conversation(1, 1))?;
        (1..=count).try_for_each(|number| turns::insert(connection, &turn(number)))
    })
    .unwrap();
}

/// Runs `check` inside a transaction on a new file that holds session 1, conversation 1 and turns 1 to 3.
pub fn in_file(check: impl FnOnce(&Connection) -> Result<(), Error> + Send + 'static) {
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 3);
    db.write(check).unwrap();
}

pub fn put(db: &Db, name: &str) -> Result<(), Error> {
    let row = setting(name, b"v");
    db.write(move |connection| settings::put(connection, &row))
}

pub fn setting_names(db: &Db) -> Vec<String> {
    db.read(|connection| -> Result<_, Error> {
        let mut statement = connection.prepare("SELECT name FROM settings ORDER BY name")?;
        let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    })
    .unwrap()
}

/// The shipped migrations and one more.
pub fn with_second(sql: &str) -> Vec<Migration> {
    let mut migrations = open::shipped_migrations();
    migrations.push(Migration::unapplied("V0002__second", sql).unwrap());
    migrations
}

/// A connection with SQLite's own defaults.
pub fn plain(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::default()).unwrap()
}

/// Every row of every table of a file, by table.
pub fn content(path: &Path) -> BTreeMap<String, Vec<Vec<Value>>> {
    let connection = plain(path);
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'refinery_schema_history'")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    names
        .into_iter()
        .map(|name| {
            let mut statement = connection.prepare(&format!("SELECT * FROM {name} ORDER BY 1")).unwrap();
            let columns = statement.column_count();
            let rows = statement
                .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
                .unwrap();
            let rows = rows.map(Result::unwrap).collect();
            (name, rows)
        })
        .collect()
}

pub fn assert_sound(path: &Path) {
    let verdict: String = plain(path)
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

/// The part this process plays, and the directory it plays in, if it is a child.
pub fn role() -> Option<(String, PathBuf)> {
    let role = env::var(ROLE).ok()?;
    let (part, directory) = role.split_once('=')?;
    Some((part.to_owned(), PathBuf::from(directory)))
}

/// This test again, in a process of its own, playing `part` in `directory`. `shell` runs first and must `exec "$@"`.
pub fn child(test: &str, part: &str, directory: &Path, shell: &[&str]) -> Command {
    let this = env::current_exe().unwrap();
    let mut command = match shell {
        [] => Command::new(this),
        [program, rest @ ..] => {
            let mut command = Command::new(program);
            command.args(rest).arg(this);
            command
        }
    };
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, format!("{part}={}", directory.display()));
    command
}
