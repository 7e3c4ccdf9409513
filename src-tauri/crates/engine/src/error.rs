//! What can go wrong, by what the caller can do about it.

use std::{fmt, io};

use ccc_domain::ErrorCode;

/// A kind of thing that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// A session.
    Session,
    /// A conversation.
    Conversation,
    /// A turn.
    Turn,
    /// A provider.
    Provider,
    /// A backup.
    Backup,
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session => "session",
            Self::Conversation => "conversation",
            Self::Turn => "turn",
            Self::Provider => "provider",
            Self::Backup => "backup",
        })
    }
}

/// A failure of the engine. Messages say what to do and hold no text of the person's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Keys, sealing or the keychain.
    #[error(transparent)]
    Vault(#[from] ccc_vault::Error),
    /// The data file.
    #[error(transparent)]
    Store(#[from] ccc_store::Error),
    /// The provider.
    #[error(transparent)]
    Provider(#[from] ccc_provider::ProviderError),
    /// A directive or turn with nothing in it.
    #[error("there is nothing in it: write something first")]
    Blank,
    /// A text larger than is stored.
    #[error("the text is larger than {limit_bytes} bytes: shorten it")]
    TooLarge {
        /// The most that is stored.
        limit_bytes: usize,
    },
    /// A name or value that cannot be used.
    #[error("{0}")]
    Invalid(&'static str),
    /// No such thing.
    #[error("there is no {0} with that id or name")]
    NotFound(Entity),
    /// The id is taken by other content.
    #[error("that id is taken by other content")]
    IdConflict,
    /// The session takes no turns.
    #[error("the session is archived: restore it first")]
    ReadOnly,
    /// A cycle runs already.
    #[error("a cycle runs in this conversation already: wait for it or stop it")]
    CycleRunning,
    /// No cycle runs.
    #[error("no cycle runs in this conversation")]
    NoCycleRunning,
    /// The conversation waits for nothing.
    #[error("this conversation has nothing to resume")]
    NothingToResume,
    /// Several secrets were wrong: the next is not tried yet.
    #[error("that was wrong several times: wait {} seconds", .wait_ms.div_ceil(1_000))]
    TooSoon {
        /// How long to wait, in milliseconds.
        wait_ms: u64,
    },
    /// Turns that could not be stored fill the room they have in memory.
    #[error("turns that could not be saved fill the room they have: make room on the disk, or export them")]
    TooMuchWaits,
    /// Sealed data does not fit together: a row was changed, moved or removed.
    #[error("stored data is damaged: {0}")]
    Damaged(&'static str),
    /// Another process has the profile.
    #[error("CCC is already running with this data directory: close it first")]
    ProfileInUse,
    /// The profile was never set up.
    #[error("this data directory is not set up yet")]
    NotInitialised,
    /// The keys file belongs to another data file.
    #[error("the keys file belongs to another data file")]
    KeysMismatch,
    /// The data file is gone while its keys are here.
    #[error("the data file is missing while its keys are here: put it back, or move the keys away to start anew")]
    DataMissing,
    /// The file to be written exists.
    #[error("the file exists already: choose another name")]
    FileExists,
    /// A file or directory could not be read or written.
    #[error("the disk refused: {}", .0.kind())]
    Io(#[from] io::Error),
    /// A model's answer was cut before its end, and is not kept.
    #[error("the answer was cut before its end: try again")]
    Truncated,
    /// The person stopped it.
    #[error("stopped")]
    Cancelled,
    /// BUG: something that cannot happen did.
    #[error("BUG: {0}")]
    Internal(&'static str),
}

impl Error {
    /// The code shown to people and programs.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Vault(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Provider(error) => error.code(),
            Self::Blank | Self::TooLarge { .. } | Self::Invalid(_) => ErrorCode::InvalidInput,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::IdConflict => ErrorCode::IdConflict,
            Self::ReadOnly => ErrorCode::ReadOnly,
            Self::CycleRunning | Self::NoCycleRunning | Self::NothingToResume => ErrorCode::CycleState,
            Self::TooMuchWaits => ErrorCode::TooMuchWaits,
            Self::TooSoon { .. } => ErrorCode::TooSoon,
            Self::Damaged(_) | Self::DataMissing => ErrorCode::DataDamaged,
            Self::ProfileInUse => ErrorCode::ProfileInUse,
            Self::NotInitialised => ErrorCode::NotInitialised,
            Self::KeysMismatch => ErrorCode::KeysMismatch,
            Self::FileExists => ErrorCode::AlreadyExists,
            Self::Io(error) => io_code(error.kind()),
            Self::Truncated => ErrorCode::Truncated,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// Whether it is the disk, under all sessions alike, that takes no writes.
    pub(crate) const fn is_of_the_disk(&self) -> bool {
        use ccc_store::Error as Store;
        matches!(
            self,
            Self::Store(Store::DiskFull | Store::Io | Store::NotWritable | Store::Busy)
        )
    }

    /// Whether this is memory failing by itself, so that a cycle goes on without it rather than not at all.
    pub(crate) fn is_outage(&self) -> bool {
        use ErrorCode as Code;
        matches!(self, Self::Store(ccc_store::Error::Busy))
            || matches!(
                self.code(),
                Code::DiskFailed | Code::NotWritable | Code::DataDamaged | Code::Internal
            )
    }
}

const fn io_code(kind: io::ErrorKind) -> ErrorCode {
    match kind {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::NotFound => ErrorCode::NotWritable,
        io::ErrorKind::AlreadyExists => ErrorCode::AlreadyExists,
        _ => ErrorCode::DiskFailed,
    }
}
