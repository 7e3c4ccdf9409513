//! How a connection is set up. Every connection to the data file comes from here.

use std::{fs::OpenOptions, io, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig, limits::Limit};

use crate::Error;

/// The oldest SQLite without the WAL-reset bug that can corrupt a file with several connections (fixed in 3.51.3).
pub const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a connection waits for another process before it gives up. Ours exclude each other by a lock file.
const BUSY: Duration = Duration::from_secs(5);

/// Durable, checked and closed to tricks of a hostile file:
/// FULL, because NORMAL lost acknowledged commits in 1,513 of 2,000 simulated power cuts; `fullfsync` does on macOS what
/// FULL promises; secure_delete and temp_store keep deleted and sorted rows off the disk; no mmap, whose I/O errors are
/// signals instead of results.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA cache_size = -16000;
    PRAGMA journal_size_limit = 67108864;";

/// How the address of a data file in memory begins. No file's path does: those come from a profile's directory.
pub const IN_MEMORY: &str = "file:/ccc-memory-";

/// How the address of a file ends that never changes. No data file's path does: it ends in a file's name.
pub const IMMUTABLE: &str = "?immutable=1";

/// The writing connection. Must be the first one opened.
pub fn open_writer(path: &Path) -> Result<Connection, Error> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A reading connection: it refuses to write.
pub fn open_reader(path: &Path) -> Result<Connection, Error> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// A connection that makes the file, which only its owner may read; SQLite gives its log and index the same mode.
pub fn open_new(path: &Path) -> Result<Connection, Error> {
    make_private(path)?;
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// As [`open_new`], for a copy that is synced at its end and thrown away when it has none: neither log nor waits.
pub fn open_for_copying(path: &Path) -> Result<Connection, Error> {
    make_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000;")?;
    Ok(connection)
}

fn make_private(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NotWritable,
        _ => error.into(),
    })?;
    Ok(())
}

/// Folds the log into the file and closes the connection, the last one of its file.
pub fn close(connection: Connection) -> Result<(), Error> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    connection.close().map_err(|(_, error)| Error::from(error))?;
    if busy { Err(Error::Busy) } else { Ok(()) }
}

/// Writes the file anew without its free pages, then closes as [`close`] does.
pub fn vacuum(connection: Connection) -> Result<(), Error> {
    // It attaches the copy it makes.
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    connection.execute_batch("VACUUM")?;
    close(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(Error::Unexpected("the linked SQLite has the WAL-reset bug".to_owned()));
    }
    let mut flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let address = path.to_str().unwrap_or_default();
    if address.starts_with(IN_MEMORY) || address.ends_with(IMMUTABLE) {
        flags |= OpenFlags::SQLITE_OPEN_URI;
    }
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Plans do not depend on what is bound: otherwise a statement with a LIMIT is compiled anew whenever it is run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000)?;
    connection.execute_batch(PRAGMAS)?;
    Ok(connection)
}

/// Runs a statement that has no parameters and no rows, kept prepared: it is part of every read or write.
pub fn execute(connection: &Connection, sql: &'static str) -> Result<(), Error> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
