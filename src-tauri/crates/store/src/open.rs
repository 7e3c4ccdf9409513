//! Recognising, creating and migrating a data file.
//!
//! A file is looked at before SQLite touches it: our application id and the schema number stand in its first 100 bytes.
//! A new file is made under another name and renamed when whole. An older one is copied, the copy is migrated with
//! foreign keys off (rebuilding a parent table with them on deletes its children without an error), checked, synced
//! and renamed over the original, which stays beside it as a snapshot: a crash leaves wholly the old or wholly the new.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use ccc_domain::{ProfileId, Timestamp};
use refinery::{Migration, Runner};
use rusqlite::{Connection, backup::Backup};

use crate::{
    Error,
    files::{beside, copy_durably, is_taken, remove_database, rename_durably, sync, wal_of},
    pragma,
};

mod shipped {
    // The macro generates undocumented items.
    #![allow(missing_docs)]
    refinery::embed_migrations!("../../../migrations");
}

/// `CCC1` in ASCII, in the file's header: a file without it is not ours.
const APPLICATION_ID: u32 = 0x4343_4331;

/// How many pages are copied at a time; 1,000 pages are 4 MiB.
const PAGES_PER_STEP: i32 = 1_000;

/// What an unfinished file is called, after the data file's name and a dot.
const UNFINISHED: [&str; 3] = ["new", "migrating", "snapshot"];

/// The migrations built into this CCC, in order.
pub fn shipped_migrations() -> Vec<Migration> {
    shipped::migrations::runner().get_migrations().clone()
}

/// The newest schema among `migrations`.
pub fn newest(migrations: &[Migration]) -> u32 {
    migrations
        .iter()
        .filter_map(|m| u32::try_from(m.version()).ok())
        .max()
        .unwrap_or(0)
}

/// Makes a new data file at `path` in one step: it is there whole, or not at all. Its owner alone may read it.
///
/// # Errors
/// [`Error::AlreadyExists`] when anything is at `path`, or a log that SQLite would take for the new file's;
/// [`Error::NotWritable`], [`Error::DiskFull`] and [`Error::Io`] from the disk.
pub fn create(path: &Path, profile: ProfileId, now: Timestamp) -> Result<(), Error> {
    if is_taken(path)? || is_taken(&wal_of(path))? {
        return Err(Error::AlreadyExists);
    }
    let made = make(path, profile, now);
    if made.is_err() {
        sweep(path);
    }
    made
}

fn make(path: &Path, profile: ProfileId, now: Timestamp) -> Result<(), Error> {
    let fresh = beside(path, "new");
    remove_database(&fresh)?;
    let mut connection = pragma::open_new(&fresh)?;
    migrate(&mut connection, &shipped_migrations())?;
    name_owner(&connection, profile, now)?;
    finish(connection, &fresh)?;
    rename_durably(&fresh, path)
}

/// A new data file in memory under a name of its own, and the connection that keeps it there.
pub fn create_in_memory(profile: ProfileId, now: Timestamp) -> Result<(PathBuf, Connection), Error> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let path = PathBuf::from(format!("{}{number}?vfs=memdb", pragma::IN_MEMORY));
    let mut connection = pragma::open_writer(&path)?;
    migrate(&mut connection, &shipped_migrations())?;
    name_owner(&connection, profile, now)?;
    Ok((path, connection))
}

fn name_owner(connection: &Connection, profile: ProfileId, now: Timestamp) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO profile (one, profile_id, created_at) VALUES (1, ?1, ?2)",
        (profile.to_bytes(), now.ms()),
    )?;
    Ok(())
}

/// Checks that the file at `path` is ours and, where its schema is older than the newest of `migrations`, replaces it
/// by a migrated copy; the original stays beside it as `.schema-N`, N being its schema. Removes what an interrupted
/// run left.
///
/// # Errors
/// Those of [`recognise`]; [`Error::TooNew`]; [`Error::Migration`] when the copy did not check out; [`Error::Damaged`]
/// when SQLite cannot make sense of the file; [`Error::NotWritable`], [`Error::DiskFull`], [`Error::Io`] and
/// [`Error::Busy`] from the disk. The original holds what it held, and no copy stays, whatever the error.
pub fn bring_up_to_date(path: &Path, migrations: &[Migration]) -> Result<(), Error> {
    let known = newest(migrations);
    let found = recognise(path)?;
    if found > known {
        return Err(Error::TooNew { found, known });
    }
    // SQLite keeps its log beside the file a link leads to, so that is where the work is done.
    let linked = fs::symlink_metadata(path)?.is_symlink();
    let path = &if linked {
        fs::canonicalize(path)?
    } else {
        path.to_owned()
    };
    let brought = if found < known {
        replace_by_migrated_copy(path, found, migrations)
    } else {
        Ok(())
    };
    sweep(path);
    brought
}

/// The schema number of the file at `path`, read from its header without opening it as a database.
/// Not for a file that is open in this process: the reading handle's end would drop SQLite's locks.
///
/// # Errors
/// [`Error::Missing`] when there is none; [`Error::Foreign`] when it is no file, shorter than a header, no SQLite
/// database or another program's; [`Error::NotWritable`] and [`Error::Io`] when it cannot be read.
pub fn recognise(path: &Path) -> Result<u32, Error> {
    // Asked first, because opening a pipe would wait and opening a directory fails differently everywhere.
    if !fs::metadata(path)?.is_file() {
        return Err(Error::Foreign);
    }
    let mut header = [0; 100];
    File::open(path)?
        .read_exact(&mut header)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Foreign,
            _ => error.into(),
        })?;
    let number = |at: usize| {
        header
            .get(at..at + 4)
            .and_then(|b| b.try_into().ok())
            .map_or(0, u32::from_be_bytes)
    };
    // Offsets of the SQLite file format: magic at 0, user_version at 60, application_id at 68.
    if !header.starts_with(b"SQLite format 3\0") || number(68) != APPLICATION_ID {
        return Err(Error::Foreign);
    }
    Ok(number(60))
}

fn replace_by_migrated_copy(path: &Path, found: u32, migrations: &[Migration]) -> Result<(), Error> {
    let to = newest(migrations);
    tracing::info!(from = found, to, "migrating a copy of the data file");
    let copy = beside(path, "migrating");
    remove_database(&copy)?;
    let original = pragma::open_writer(path)?;
    let mut migrated = pragma::open_new(&copy)?;
    Backup::new(&original, &mut migrated)?.run_to_completion(PAGES_PER_STEP, Duration::ZERO, None)?;
    let before = row_counts(&original)?;
    if before != row_counts(&migrated)? {
        return Err(Error::Migration("the copy is not whole"));
    }
    migrate(&mut migrated, migrations)?;
    check(&migrated, &before)?;
    finish(migrated, &copy)?;
    finish(original, path)?;
    let unfinished = beside(path, "snapshot");
    copy_durably(path, &unfinished)?;
    rename_durably(&unfinished, &beside(path, &format!("schema-{found}")))?;
    rename_durably(&copy, path)
}

/// Applies what is missing, in one transaction, with foreign keys off before it begins.
fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<(), Error> {
    connection.pragma_update(None, "foreign_keys", false)?;
    let runner = Runner::new(migrations)
        .set_grouped(true)
        .set_abort_divergent(true)
        .set_abort_missing(true);
    runner.run(connection).map_err(|error| failure_of(&error))?;
    connection.pragma_update(None, "user_version", newest(migrations))?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// The disk's failure where it was the disk, else a step's.
fn failure_of(error: &refinery::Error) -> Error {
    tracing::error!(%error, "a migration failed");
    let disk = match error.kind() {
        refinery::error::Kind::Connection(_, cause) => cause.downcast_ref().and_then(Error::of_disk),
        _ => None,
    };
    disk.unwrap_or(Error::Migration("a step failed"))
}

/// A migration may add tables and columns; it may not lose a row, break a reference or damage a page.
fn check(connection: &Connection, before: &BTreeMap<String, i64>) -> Result<(), Error> {
    if connection.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(Error::Migration("a row refers to one that is gone"));
    }
    let after = row_counts(connection)?;
    // A table that is gone has lost its rows.
    if before
        .iter()
        .any(|(table, rows)| after.get(table).unwrap_or(&0) != rows)
    {
        return Err(Error::Migration("rows were lost or added"));
    }
    check_structure(connection, true).map_err(|_| Error::Migration("the copy is damaged"))
}

/// Whether pages, references and, where `thorough`, indexes hang together.
///
/// # Errors
/// [`Error::Damaged`] when they do not; those of the disk.
pub fn check_structure(connection: &Connection, thorough: bool) -> Result<(), Error> {
    let check = if thorough {
        "PRAGMA integrity_check(1)"
    } else {
        "PRAGMA quick_check(1)"
    };
    let verdict: String = connection.query_row(check, [], |row| row.get(0))?;
    if verdict != "ok" || connection.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(Error::Damaged);
    }
    Ok(())
}

/// How many rows each table has.
///
/// # Errors
/// Those of the disk.
pub fn row_counts(connection: &Connection) -> Result<BTreeMap<String, i64>, Error> {
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
            AND name <> 'refinery_schema_history'",
    )?;
    let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names
        .into_iter()
        .map(|name| {
            let quoted = name.replace('"', "\"\"");
            let rows = connection.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| row.get(0))?;
            Ok((name, rows))
        })
        .collect()
}

/// Closes the connection with its log folded in, and waits for the disk.
fn finish(connection: Connection, path: &Path) -> Result<(), Error> {
    pragma::close(connection)?;
    let log = wal_of(path);
    if log.try_exists()? && fs::metadata(&log)?.len() > 0 {
        return Err(Error::Busy);
    }
    sync(path)
}

/// Removes unfinished files. One that cannot be removed takes up room but does no harm.
fn sweep(path: &Path) {
    for ending in UNFINISHED {
        if let Err(error) = remove_database(&beside(path, ending)) {
            tracing::warn!(code = %error.code(), ending, "an unfinished file could not be removed");
        }
    }
}
