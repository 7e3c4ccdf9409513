//! What can go wrong with the data file, by what the caller can do about it.

use std::io;

use ccc_domain::ErrorCode;
use rusqlite::{ErrorCode as Sqlite, ffi::SQLITE_IOERR_SHMSIZE};

/// A failure of the data file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no data file.
    #[error("there is no data file")]
    Missing,
    /// Something is already where a new data file was to be made.
    #[error("a data file exists already")]
    AlreadyExists,
    /// The file is a database, but not one of ours, or no database at all.
    #[error("the data file was not made by CCC")]
    Foreign,
    /// A newer CCC wrote it.
    #[error("the data file has schema {found}, this CCC knows schemas up to {known}")]
    TooNew {
        /// The file's schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// SQLite cannot make sense of the file.
    #[error("the data file is damaged")]
    Damaged,
    /// A migration failed or did not check out; the original file is as it was.
    #[error("the data file could not be brought up to date: {0}")]
    Migration(&'static str),
    /// The directory or file cannot be written.
    #[error("the data directory cannot be written")]
    NotWritable,
    /// The disk or quota is full.
    #[error("the disk is full")]
    DiskFull,
    /// Reading or writing failed.
    #[error("the disk failed")]
    Io,
    /// Another process holds the file.
    #[error("the data file is in use by another program")]
    Busy,
    /// A row with that key exists, or one that is referred to does not.
    #[error("a row with that key exists, or one it refers to does not")]
    Constraint,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// BUG: a statement or a row did not have the expected shape.
    #[error("BUG: unexpected database state: {0}")]
    Unexpected(String),
}

impl Error {
    /// The code shown to people and programs.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::NotInitialised,
            Self::AlreadyExists => ErrorCode::AlreadyExists,
            Self::Foreign => ErrorCode::DataForeign,
            Self::TooNew { .. } => ErrorCode::DataTooNew,
            Self::Damaged | Self::Migration(_) => ErrorCode::DataDamaged,
            Self::NotWritable => ErrorCode::NotWritable,
            Self::DiskFull | Self::Io => ErrorCode::DiskFailed,
            Self::Busy => ErrorCode::ProfileInUse,
            Self::Constraint | Self::Closed | Self::Unexpected(_) => ErrorCode::Internal,
        }
    }
}

impl Error {
    /// The error for what SQLite says of the disk or of the file's place on it.
    pub(crate) fn of_disk(error: &rusqlite::Error) -> Option<Self> {
        let error = error.sqlite_error()?;
        // Its index is allotted in advance, and a disk without room for that is reported as a failing one.
        if error.extended_code == SQLITE_IOERR_SHMSIZE {
            return Some(Self::DiskFull);
        }
        match error.code {
            Sqlite::DiskFull => Some(Self::DiskFull),
            Sqlite::ReadOnly | Sqlite::CannotOpen | Sqlite::PermissionDenied => Some(Self::NotWritable),
            Sqlite::SystemIoFailure | Sqlite::FileLockingProtocolFailed => Some(Self::Io),
            Sqlite::DatabaseCorrupt => Some(Self::Damaged),
            Sqlite::NotADatabase => Some(Self::Foreign),
            Sqlite::DatabaseBusy | Sqlite::DatabaseLocked => Some(Self::Busy),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        if let Some(disk) = Self::of_disk(&error) {
            return disk;
        }
        match error {
            _ if error.sqlite_error_code() == Some(Sqlite::ConstraintViolation) => Self::Constraint,
            // The schema's checks let no such value in: something else wrote it.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..) => Self::Damaged,
            // The text of other errors names columns and types, never values: values are bound, not spelled out.
            _ => Self::Unexpected(error.to_string()),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::AlreadyExists => Self::AlreadyExists,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory => {
                Self::NotWritable
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io,
        }
    }
}
