//! Recognising, creating and migrating a data file.
//!
//! A file is looked at before SQLite touches it: our application id and the schema number stand in its first 100 bytes.
//! A new file is made under another name and renamed when whole. An older one is copied, the copy is migrated with
//! foreign keys off (rebuilding a parent table with them on deletes its children without an error), checked, synced
//! and renamed over the original, which stays beside it as a snapshot: a crash leaves wholly the old or wholly the new.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use ccc_domain::{ProfileId, Timestamp};
use refinery::{Migration, Runner};
use rusqlite::{Connection, backup::Backup};

use crate::{Error, pragma};

mod shipped {
    // The macro generates undocumented items.
    #![allow(missing_docs)]
    refinery::embed_migrations!("../../../migrations");
}

/// `CCC1` in ASCII, in the file's header: a file without it is not ours.
const APPLICATION_ID: u32 = 0x4343_4331;

/// How many pages are copied between looks at the clock; 1,000 pages are 4 MiB.
const PAGES_PER_STEP: i32 = 1_000;

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

/// Makes a new data file at `path` in one step: it is there whole, or not at all.
pub fn create(path: &Path, profile: ProfileId, now: Timestamp) -> Result<(), Error> {
    if path.try_exists()? {
        return Err(Error::AlreadyExists);
    }
    let migrations = shipped_migrations();
    let fresh = beside(path, "new");
    remove_database(&fresh)?;
    let mut connection = pragma::open_new(&fresh)?;
    migrate(&mut connection, &migrations)?;
    connection.execute(
        "INSERT INTO profile (one, profile_id, created_at) VALUES (1, ?1, ?2)",
        (profile.to_bytes(), now.ms()),
    )?;
    finish(connection, &fresh)?;
    rename_durably(&fresh, path)
}

/// Checks that the file at `path` is ours and, where its schema is older than the newest of `migrations`, replaces it
/// by a migrated copy.
pub fn bring_up_to_date(path: &Path, migrations: &[Migration]) -> Result<(), Error> {
    let known = newest(migrations);
    let found = recognise(path)?;
    if found > known {
        return Err(Error::TooNew { found, known });
    }
    if found < known {
        replace_by_migrated_copy(path, found, migrations)?;
    }
    Ok(())
}

/// The schema number of the file at `path`, read from its header without opening it as a database.
pub fn recognise(path: &Path) -> Result<u32, Error> {
    let mut header = [0; 100];
    File::open(path)?.read_exact(&mut header).map_err(|_| Error::Foreign)?;
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
    tracing::info!(
        from = found,
        to = newest(migrations),
        "migrating a copy of the data file"
    );
    let copy = beside(path, "migrating");
    remove_database(&copy)?;
    let original = pragma::open_writer(path)?;
    let mut migrated = pragma::open_new(&copy)?;
    Backup::new(&original, &mut migrated)?.run_to_completion(PAGES_PER_STEP, std::time::Duration::ZERO, None)?;
    if row_counts(&original)? != row_counts(&migrated)? {
        return Err(Error::Migration("the copy is not whole"));
    }
    let before = row_counts(&migrated)?;
    migrate(&mut migrated, migrations)?;
    check(&migrated, &before)?;
    finish(migrated, &copy)?;
    finish(original, path)?;
    keep_snapshot(path, found)?;
    rename_durably(&copy, path)
}

/// Applies what is missing, in one transaction, with foreign keys off before it begins.
fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<(), Error> {
    connection.pragma_update(None, "foreign_keys", false)?;
    let runner = Runner::new(migrations)
        .set_grouped(true)
        .set_abort_divergent(true)
        .set_abort_missing(true);
    runner.run(connection).map_err(|error| {
        tracing::error!(%error, "a migration failed");
        Error::Migration("a step failed")
    })?;
    connection.pragma_update(None, "user_version", newest(migrations))?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// A migration may add tables and columns; it may not lose a row, break a reference or damage a page.
fn check(connection: &Connection, before: &BTreeMap<String, i64>) -> Result<(), Error> {
    if connection.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(Error::Migration("a row refers to one that is gone"));
    }
    let after = row_counts(connection)?;
    if before
        .iter()
        .any(|(table, rows)| after.get(table).is_some_and(|now| now != rows))
    {
        return Err(Error::Migration("rows were lost"));
    }
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(Error::Migration("the copy is damaged"))
    }
}

fn row_counts(connection: &Connection) -> Result<BTreeMap<String, i64>, Error> {
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

/// Folds the log into the file, closes it and waits for the disk.
fn finish(connection: Connection, path: &Path) -> Result<(), Error> {
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    connection.close().map_err(|(_, error)| Error::from(error))?;
    let log = with_suffix(path, "-wal");
    if log.try_exists()? && fs::metadata(&log)?.len() > 0 {
        return Err(Error::Busy);
    }
    File::open(path)?.sync_all()?;
    Ok(())
}

/// Copies the original, closed and whole, beside itself. Never `std::fs` on an open database: closing that handle
/// would drop SQLite's locks.
fn keep_snapshot(path: &Path, schema: u32) -> Result<(), Error> {
    let unfinished = beside(path, "snapshot");
    fs::copy(path, &unfinished)?;
    File::open(&unfinished)?.sync_all()?;
    rename_durably(&unfinished, &beside(path, &format!("schema-{schema}")))
}

fn remove_database(path: &Path) -> Result<(), Error> {
    for file in [path.to_owned(), with_suffix(path, "-wal"), with_suffix(path, "-shm")] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

fn rename_durably(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to)?;
    // A directory can be synced on unix only; elsewhere the file system's journal orders the rename.
    #[cfg(unix)]
    if let Some(directory) = to.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    with_suffix(path, &format!(".{ending}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
