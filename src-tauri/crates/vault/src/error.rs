//! What can go wrong, by what the caller can do about it.

use std::io::{self, ErrorKind};

use ccc_domain::ErrorCode;

use crate::KeychainError;

/// Why a passphrase or recovery key is not acceptable as typed. Says nothing about whether it would open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretFault {
    /// Nothing but white space.
    Blank,
    /// A new passphrase of fewer than [`crate::Passphrase::MIN_CHARS`] characters.
    TooShort,
    /// Not the right number of letters, or a character no recovery key has.
    Malformed,
    /// Well formed, but its check letters do not fit: a typing error.
    Checksum,
}

/// A failure of this crate. Carries neither text, keys nor paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Data is here but no keys file: restore the keys file, never make a new key.
    #[error("the keys file is missing")]
    KeysMissing,
    /// What lies there is no keys file, or belongs to another profile.
    #[error("the keys file is not this profile's")]
    KeysMismatch,
    /// A newer version wrote the keys file.
    #[error("the keys file has version {version}, which is newer than this program knows")]
    KeysTooNew {
        /// The version it states.
        version: u16,
    },
    /// Neither generation of the keys file is whole.
    #[error("the keys file is damaged")]
    KeysDamaged,
    /// The passphrase or recovery key does not open the keys.
    #[error("the secret does not open the keys")]
    WrongSecret,
    /// There is a passphrase, and this takes it.
    #[error("the passphrase is needed")]
    PassphraseNeeded,
    /// The keys were dropped by [`crate::EncryptionService::lock`].
    #[error("the keys are locked")]
    Locked,
    /// The session never had a key here, or it was destroyed.
    #[error("the session has no key")]
    NoSessionKey,
    /// The bytes do not authenticate at that place.
    #[error("a sealed value is damaged or misplaced")]
    Damaged,
    /// The envelope has a version or codec this program does not know.
    #[error("a sealed value was written by a newer version")]
    SealTooNew,
    /// More than 64 MiB in one value.
    #[error("the value is too large")]
    TooLarge,
    /// The keys file cannot be written; the memory still holds what was there before.
    #[error("the keys file cannot be written: {0}")]
    NotWritable(ErrorKind),
    /// The keys file cannot be read.
    #[error("the keys file cannot be read: {0}")]
    Io(ErrorKind),
    /// The keychain was asked for and failed.
    #[error("the keychain failed: {0}")]
    KeychainFailed(#[from] KeychainError),
    /// The secret is not acceptable as typed.
    #[error("the secret is not acceptable: {0:?}")]
    InvalidSecret(SecretFault),
    /// Keys or data exist where new keys were to be made.
    #[error("keys or data exist already")]
    AlreadyExists,
    /// No way in was chosen besides the recovery key.
    #[error("a keychain or a passphrase is needed")]
    NoWayIn,
    /// The cost of the passphrase derivation is below the floor or above the ceiling.
    #[error("the passphrase's cost is out of bounds")]
    KdfOutOfBounds,
    /// The system gave no randomness or no memory, or a primitive refused valid input.
    #[error("a cryptographic primitive failed")]
    Primitive,
}

impl Error {
    /// The stable code shown to a person and mapped to an exit status.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::KeysMissing => ErrorCode::KeysMissing,
            Self::KeysMismatch => ErrorCode::KeysMismatch,
            Self::KeysTooNew { .. } | Self::SealTooNew => ErrorCode::DataTooNew,
            Self::KeysDamaged | Self::Damaged => ErrorCode::DataDamaged,
            Self::WrongSecret => ErrorCode::WrongSecret,
            Self::Locked => ErrorCode::Locked,
            Self::NoSessionKey => ErrorCode::NotFound,
            Self::TooLarge | Self::InvalidSecret(_) | Self::PassphraseNeeded | Self::NoWayIn | Self::KdfOutOfBounds => {
                ErrorCode::InvalidInput
            }
            Self::NotWritable(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => ErrorCode::NotWritable,
            Self::NotWritable(_) | Self::Io(_) => ErrorCode::DiskFailed,
            Self::KeychainFailed(_) => ErrorCode::KeychainUnavailable,
            Self::AlreadyExists => ErrorCode::AlreadyExists,
            Self::Primitive => ErrorCode::Internal,
        }
    }

    pub(crate) fn write(error: &io::Error) -> Self {
        Self::NotWritable(error.kind())
    }

    pub(crate) fn read(error: &io::Error) -> Self {
        Self::Io(error.kind())
    }
}
