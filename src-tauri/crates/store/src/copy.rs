//! Copies of an open data file, and finished copies looked at where they lie.
//!
//! A copy is of one moment, whoever writes meanwhile: the connection it is read from holds that moment for as long as it
//! takes. A finished copy is opened immutable: nothing is made beside it, and a read-only disk will do.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use crate::{
    Db, Error,
    files::{remove_database, sync},
    open, pragma,
    readers::Readers,
    writer::Writer,
};

/// How many pages are copied at a time: 2 MiB, so that stopping is heard at once.
const PAGES_PER_STEP: i32 = 500;

/// How long a copy waits where the file is locked for a moment.
const PAUSE: Duration = Duration::from_millis(20);

impl Db {
    /// Writes a copy of the data file as it is now to `path`, where nothing may be, and waits until it is on the disk.
    /// `each` is told pages done and pages in all, and returns false to stop. What writes meanwhile is not held up.
    ///
    /// False when it was stopped; then, and after an error, nothing is left at `path`.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`]; [`Error::NotWritable`], [`Error::DiskFull`] and [`Error::Io`] from the disk;
    /// [`Error::Damaged`] where SQLite cannot make sense of the file.
    pub fn copy_to(&self, path: &Path, each: &mut dyn FnMut(u64, u64) -> bool) -> Result<bool, Error> {
        let copied = self.read(|connection| copy(connection, path, each));
        if !matches!(copied, Ok(true) | Err(Error::AlreadyExists)) {
            remove_database(path)?;
        }
        copied
    }

    /// Opens a finished copy to read it: a file that no connection has open and none will write. Nothing is written,
    /// beside it neither.
    ///
    /// # Errors
    /// Those of [`open::recognise`]; [`Error::TooNew`] and [`Error::Migration`] for a schema that is not the newest
    /// known; [`Error::Damaged`].
    pub fn open_copy(path: &Path) -> Result<Self, Error> {
        let (found, known) = (open::recognise(path)?, open::newest(&open::shipped_migrations()));
        if found > known {
            return Err(Error::TooNew { found, known });
        }
        if found < known {
            return Err(Error::Migration("the copy has an older schema"));
        }
        let path = immutable(path)?;
        Ok(Self {
            writer: Writer::new(pragma::open_reader(&path)?),
            readers: Readers::new(&path, 1),
            path,
        })
    }

    /// Looks whether the file hangs together: its pages, where `thorough` its indexes too, and its references.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it does not; [`Error::Io`].
    pub fn check(&self, thorough: bool) -> Result<(), Error> {
        self.read(|connection| open::check_structure(connection, thorough))
    }

    /// How many rows each table has.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn row_counts(&self) -> Result<BTreeMap<String, i64>, Error> {
        self.read(open::row_counts)
    }
}

fn copy(from: &Connection, path: &Path, each: &mut dyn FnMut(u64, u64) -> bool) -> Result<bool, Error> {
    let mut to = pragma::open_for_copying(path)?;
    // The first read of the transaction holds the moment.
    from.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    let backup = Backup::new(from, &mut to)?;
    let whole = loop {
        let step = backup.step(PAGES_PER_STEP)?;
        let (left, all) = (backup.progress().remaining, backup.progress().pagecount);
        let pages = |n: i32| u64::try_from(n).unwrap_or(0);
        let go_on = each(pages(all.saturating_sub(left)), pages(all));
        match step {
            StepResult::Done => break true,
            _ if !go_on => break false,
            StepResult::More => {}
            _ => thread::sleep(PAUSE),
        }
    };
    drop(backup);
    to.close().map_err(|(_, error)| Error::from(error))?;
    sync(path)?;
    Ok(whole)
}

/// Whether the file's last user did not close it: its log is still there. Not for a file that is open.
///
/// # Errors
/// [`Error::Io`] and [`Error::NotWritable`].
pub fn was_left_open(path: &Path) -> Result<bool, Error> {
    let log = crate::files::wal_of(path);
    match std::fs::metadata(log) {
        Ok(found) => Ok(found.len() > 0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The address under which SQLite takes a file for one that never changes.
fn immutable(path: &Path) -> Result<PathBuf, Error> {
    let path = std::path::absolute(path)?;
    let text = path.to_str().ok_or(Error::NotWritable)?.replace('\\', "/");
    let mut address = String::from("file:");
    if !text.starts_with('/') {
        address.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => address.push(byte.into()),
            // Writing into a String cannot fail.
            _ => drop(write!(address, "%{byte:02x}")),
        }
    }
    address.push_str(pragma::IMMUTABLE);
    Ok(PathBuf::from(address))
}
