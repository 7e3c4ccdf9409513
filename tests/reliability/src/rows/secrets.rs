//! What must not be readable: texts on the disk while the profile is open, after what was said is deleted, and after it is
//! closed, in the data, its log, the keys files and the backups; and keys in the memory of a program a second after it
//! locked.
//!
//! A program of its own fills a profile with marked texts and holds it open. It hears its secret through a pipe, as what is
//! given as an argument lies in its memory until it ends.

mod hold;
mod keys;
#[path = "../../../../src-tauri/crates/engine/tests/canaries/marks.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails in it fails the row"
)]
mod marks;
mod memory;

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use ccc_domain::SessionId;
use rusqlite::{Connection, OpenFlags};

pub use self::hold::{Confidant, hold};
use self::{hold::Held, marks::Scanner};
use super::Setting;
use crate::{
    error::Error,
    profile::PASSPHRASE,
    score::{Score, counted},
};

/// After locking, until memory is looked at.
const AFTER_LOCKING: Duration = Duration::from_secs(1);

/// Looks for texts on the disk.
pub fn on_the_disk(setting: &Setting) -> Result<Score, Error> {
    let (mut wrong, mut noticed, mut files, mut bytes) = (Vec::new(), 0, 0, 0);
    for run in 0..setting.runs {
        let seed = setting.rng(run).0;
        let (directory, export) = places(setting)?;
        let mut held = Held::start(&directory, &export, PASSPHRASE)?;
        let doomed = held.hear("open ")?;
        let mut looking = Looking {
            directory: &directory,
            wrong: Vec::new(),
            files: 0,
            bytes: 0,
        };
        looking.look("while it is open", &Scanner::of_marks())?;
        let gone = destroyed(
            &directory,
            doomed.parse().map_err(|_| Error::Setup("no session was named"))?,
        )?;
        held.tell("delete")?;
        held.hear("deleted")?;
        looking.look("after deleting", &gone.everywhere)?;
        looking.look_in(&directory, "after deleting", &gone.in_the_profile);
        held.tell("lock")?;
        held.hear("locked")?;
        held.end()?;
        looking.look("after the end", &gone.everywhere)?;
        noticed += usize::from(!Scanner::of_marks().scan(&export, &mut Vec::new()).is_empty());
        files += looking.files;
        bytes += looking.bytes;
        wrong.extend(looking.wrong.into_iter().map(|line| format!("seed {seed}: {line}")));
    }
    Ok(Score {
        name: "Marked texts on the disk: open, after deleting, closed; in data, log, keys, backups".into(),
        runs: setting.runs,
        looked_at: counted([(files, "files"), (bytes >> 20, "MiB")]),
        wrong,
        control: "the same texts, exported, are found".into(),
        noticed: (noticed, setting.runs),
    })
}

fn places(setting: &Setting) -> Result<(PathBuf, PathBuf), Error> {
    let (directory, export) = (setting.fresh("held")?, setting.path("export")?);
    // The backups of the run before.
    setting.path("held-backups")?;
    fs::create_dir_all(&export)?;
    Ok((directory, export))
}

/// What was looked at, and what was found.
struct Looking<'a> {
    directory: &'a Path,
    wrong: Vec<String>,
    files: usize,
    bytes: usize,
}

impl Looking<'_> {
    /// Looks through the profile and its backups.
    fn look(&mut self, when: &str, scanner: &Scanner) -> Result<(), Error> {
        let backups = ccc_engine::backup::directory_of(self.directory)?;
        if !backups.is_dir() {
            return Err(Error::Setup("no backup was made"));
        }
        self.look_in(self.directory, when, scanner);
        self.look_in(&backups, when, scanner);
        Ok(())
    }

    fn look_in(&mut self, directory: &Path, when: &str, scanner: &Scanner) {
        let mut seen = Vec::new();
        for hit in scanner.scan(directory, &mut seen) {
            let name = hit.path.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            self.wrong
                .push(format!("{when}: {} {} in {name} at {}", hit.what, hit.form, hit.at));
        }
        self.files += seen.len();
        self.bytes += seen.iter().map(|(_, bytes)| bytes).sum::<usize>();
    }
}

/// What is to be nowhere once a session is deleted.
struct Gone {
    /// The marks and the session's wrapped key.
    everywhere: Scanner,
    /// What its rows held, sealed. Backups keep that, and nothing that opens it.
    in_the_profile: Scanner,
}

fn destroyed(directory: &Path, session: SessionId) -> Result<Gone, Error> {
    let mut gone = Gone {
        everywhere: Scanner::of_marks(),
        in_the_profile: Scanner::default(),
    };
    gone.everywhere
        .look_for("the wrapped key", &keys::wrapped(directory, session)?);
    let file = Connection::open_with_flags(directory.join("data.ccc"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut rows = file.prepare("SELECT content_sealed FROM turns WHERE session_id = ?1")?;
    let sealed: Vec<Vec<u8>> = rows
        .query_map([session.to_bytes()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if sealed.is_empty() {
        return Err(Error::Setup("the session has no turns"));
    }
    for content in sealed {
        // Past the envelope's head, which many have in common.
        let end = content.len().min(64);
        gone.in_the_profile.look_for("a sealed turn", &content[32..end]);
    }
    Ok(gone)
}

/// Looks for keys in memory.
pub fn in_memory(setting: &Setting) -> Result<Score, Error> {
    let (mut wrong, mut noticed, mut keys_there, mut texts_left) = (Vec::new(), 0, 0, 0);
    for run in 0..setting.runs {
        let seed = setting.rng(run).0;
        let (directory, export) = places(setting)?;
        let recovery = setting.recovery.reveal();
        let secret = if seed.is_multiple_of(2) {
            PASSPHRASE
        } else {
            recovery.as_str()
        };
        let mut held = Held::start(&directory, &export, secret)?;
        held.hear("open ")?;
        let wanted = wanted(setting, &directory)?;
        let before = memory::found(held.id(), &wanted)?;
        noticed += usize::from(before.keys().any(|(what, _)| what == keys::MASTER));
        keys_there += before.values().sum::<usize>();
        // Kept on the heap alone, where what is freed is overwritten.
        let stacked = before.keys().filter(|(_, part)| part == "[stack]");
        wrong.extend(stacked.map(|(what, _)| format!("seed {seed}: {what} is on the stack while it is open")));
        for (word, answer) in [("delete", "deleted"), ("lock", "locked")] {
            held.tell(word)?;
            held.hear(answer)?;
        }
        thread::sleep(AFTER_LOCKING);
        for ((what, part), times) in memory::found(held.id(), &wanted)? {
            wrong.push(format!("seed {seed}: {what} is in {part} after locking, {times} times"));
        }
        texts_left += memory::found(held.id(), &texts())?.values().sum::<usize>();
        held.end()?;
    }
    Ok(Score {
        name: "Keys in memory a second after locking: master, purposes, sessions, passphrase, recovery key".into(),
        runs: setting.runs,
        looked_at: counted([
            (keys_there, "keys found before locking"),
            (texts_left, "marked texts left after it"),
        ]),
        wrong,
        control: "the master key is found before locking".into(),
        noticed: (noticed, setting.runs),
    })
}

/// Keys and secrets that must be gone after locking.
fn wanted(setting: &Setting, directory: &Path) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut wanted = keys::all(directory, &setting.recovery)?;
    let written = setting.recovery.reveal().as_bytes().to_vec();
    wanted.push(("the passphrase".to_owned(), PASSPHRASE.as_bytes().to_vec()));
    wanted.push(("the recovery key, written".to_owned(), written));
    Ok(wanted)
}

fn texts() -> Vec<(String, Vec<u8>)> {
    let marked = (0..hold::MARKS).map(|n| marks::mark(n).into_bytes());
    marked.map(|text| ("a text".to_owned(), text)).collect()
}
