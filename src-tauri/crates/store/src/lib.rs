//! The data file: one SQLite database, one writer, a few readers.
//!
//! There are two doors. [`Db::read`] runs a closure on a `query_only` connection of a small pool. [`Db::write`] hands
//! a closure to the writer, which runs every waiting one in one IMMEDIATE transaction, each undone alone if it fails,
//! and answers after COMMIT: what was answered is on the disk (WAL, `synchronous=FULL`).
//! The files in [`tables`] hold the SQL and the mapping of rows, one table each.
//!
//! The store knows nothing of keys: values that must not be read arrive sealed, in columns that end in `_sealed`.
//! It opens only files that are its own and of a schema it knows; an older one is migrated as a verified copy that
//! replaces the original in one rename, never in place. It never deletes or repairs a file by itself.
//!
//! Start reading at [`Db`], then [`open`] for how a file is recognised, created and migrated.

mod copy;
mod error;
pub mod files;
pub mod open;
mod pragma;
mod readers;
pub mod tables;
pub mod wreck;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ccc_domain::{ProfileId, Timestamp};
pub use copy::was_left_open;
pub use error::Error;
/// The connection handed to closures; the table functions take it.
pub use rusqlite::Connection;
pub use writer::Witness;

use crate::{readers::Readers, writer::Writer};

/// How many reading connections are kept. Reads are short; two cover the window and a background task, four leave room.
const READERS: usize = 4;

/// An open data file.
pub struct Db {
    path: PathBuf,
    readers: Readers,
    writer: Writer,
}

impl Db {
    /// Creates the data file of a new profile and opens it.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when anything is at `path`; [`Error::NotWritable`], [`Error::DiskFull`] and
    /// [`Error::Io`] from the disk.
    pub fn create(path: &Path, profile: ProfileId, now: Timestamp) -> Result<Self, Error> {
        open::create(path, profile, now)?;
        Self::connect(path)
    }

    /// Opens an existing data file, migrating it first where its schema is older.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none; [`Error::Foreign`] when it is not ours; [`Error::TooNew`] when a newer
    /// CCC wrote it; [`Error::Damaged`] when SQLite cannot make sense of it; [`Error::Migration`] when a migration did
    /// not check out, the original being untouched; [`Error::NotWritable`], [`Error::DiskFull`] and [`Error::Io`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        open::bring_up_to_date(path, &open::shipped_migrations())?;
        Self::connect(path)
    }

    /// A data file in memory, gone with this. It has everything a file on the disk has but its durability.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Unexpected`] when SQLite cannot make it.
    pub fn in_memory(profile: ProfileId, now: Timestamp) -> Result<Self, Error> {
        let (path, writer) = open::create_in_memory(profile, now)?;
        Ok(Self {
            readers: Readers::new(&path, READERS),
            writer: Writer::new(writer),
            path,
        })
    }

    fn connect(path: &Path) -> Result<Self, Error> {
        let writer = Writer::new(pragma::open_writer(path)?);
        Ok(Self {
            path: path.to_owned(),
            readers: Readers::new(path, READERS),
            writer,
        })
    }

    /// The same, with a witness of every commit from now on.
    #[must_use]
    pub fn witnessed_by(mut self, witness: Arc<dyn Witness>) -> Self {
        self.writer = self.writer.witnessed_by(witness);
        self
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `f` on a reading connection, waiting for one when all are in use. All it reads is of one moment; a read
    /// inside a read may wait for itself.
    ///
    /// # Errors
    /// Those of `f`, and [`Error`] when no connection can be opened.
    pub fn read<T, E: From<Error>>(&self, f: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        self.readers.with(f)
    }

    /// Runs `f` on the writing connection inside a transaction, and returns once that is durable.
    ///
    /// Waits for its turn and for the disk: call it off any thread that must stay responsive. `f` may use savepoints;
    /// it must not end the transaction, nor write through this door again, which would wait for itself.
    ///
    /// # Errors
    /// Those of `f`, whose changes are then undone while others' in the same batch stay; [`Error::DiskFull`] and
    /// [`Error::Io`] when the batch could not be made durable, nothing of it being kept; [`Error::Closed`].
    pub fn write<T, E>(&self, f: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.writer.run(f)
    }

    /// Folds the write-ahead log into the file and empties it, so that what was deleted or overwritten is in neither.
    /// Waits for readers and the writer for some seconds.
    ///
    /// # Errors
    /// [`Error::Busy`] when somebody reads or writes all that time; [`Error::DiskFull`] and [`Error::Io`].
    pub fn fold_log(&self) -> Result<(), Error> {
        pragma::close(pragma::open_reader(&self.path)?)
    }

    /// How many bytes of the file are free, left by what was deleted, and how many there are.
    ///
    /// # Errors
    /// [`Error::Io`] and the like.
    pub fn room(&self) -> Result<(u64, u64), Error> {
        self.read(|c| {
            let pragma = |sql: &str| c.query_row(sql, [], |row| row.get::<_, u64>(0));
            let page = pragma("PRAGMA page_size")?;
            Ok((
                pragma("PRAGMA freelist_count")? * page,
                pragma("PRAGMA page_count")? * page,
            ))
        })
    }

    /// Writes the file anew without its free pages. Takes as much memory as the file has bytes in use; who writes
    /// meanwhile waits, and is told [`Error::Busy`] after some seconds.
    ///
    /// # Errors
    /// [`Error::Busy`]; [`Error::DiskFull`] and [`Error::Io`], the file being as it was.
    pub fn give_room_back(&self) -> Result<(), Error> {
        pragma::vacuum(pragma::open_writer(&self.path)?)
    }

    /// How long the write-ahead log is now, in bytes.
    pub fn log_bytes(&self) -> u64 {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |log| log.len())
    }

    /// Finishes what is waiting, folds the write-ahead log into the file and closes it. Nothing can be asked of it then:
    ///
    /// ```compile_fail,E0382
    /// fn late(db: ccc_store::Db) -> Result<u64, ccc_store::Error> {
    ///     db.close()?;
    ///     db.write(ccc_store::tables::turns::count)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Io`] and [`Error::Busy`] when the log could not be folded in; nothing is lost by
    /// that, it is read at the next open.
    pub fn close(self) -> Result<(), Error> {
        drop(self.readers);
        self.writer.close()
    }
}
