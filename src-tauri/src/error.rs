//! What can go wrong in the shell, and how the webview is told.

use std::{
    fmt::Write as _,
    hash::{BuildHasher, Hasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use ccc_domain::ErrorCode;
use ccc_engine::Error as EngineError;
use serde::Serialize;

/// A failure of a command, before it is worded for the webview.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine's.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The profile is locked: its passphrase, its recovery key or the keychain is needed.
    #[error("the profile is locked")]
    Locked,
    /// The keychain was asked again and does not answer still.
    #[error("the system's keychain does not answer")]
    KeychainSilent,
    /// What was given cannot be used as it is.
    #[error("{0}")]
    Invalid(&'static str),
    /// The system would not open a link.
    #[error("the system does not open the link: {0}")]
    Link(std::io::ErrorKind),
    /// A restore found the data still being read; nothing was changed.
    #[error("the data is still being read: try again when nothing runs")]
    StillRead,
    /// BUG: work on another thread ended without an answer.
    #[error("BUG: a task ended early")]
    Task,
}

impl Error {
    /// The code, and the milliseconds to wait before asking again where that is known.
    fn verdict(&self) -> (ErrorCode, Option<u64>) {
        match self {
            Self::Engine(EngineError::Provider(error)) => (error.code(), error.retry_after_ms()),
            Self::Engine(error @ EngineError::TooSoon { wait_ms }) => (error.code(), Some(*wait_ms)),
            Self::Engine(error) => (error.code(), None),
            Self::Locked => (ErrorCode::Locked, None),
            Self::KeychainSilent => (ErrorCode::KeychainUnavailable, None),
            Self::Invalid(_) => (ErrorCode::InvalidInput, None),
            Self::StillRead => (ErrorCode::CycleState, None),
            Self::Link(_) | Self::Task => (ErrorCode::Internal, None),
        }
    }
}

/// A failure as the webview gets it. The message says what to do and holds no text of the person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct ApiError {
    /// Its stable name; the UI has the words.
    pub code: ErrorCode,
    /// The same in the words of whoever failed.
    pub message: String,
    /// How long to wait before asking again, in milliseconds, where that is known.
    #[specta(type = Option<u32>)]
    pub retry_after_ms: Option<u64>,
    /// What to look for in the log.
    pub ref_id: String,
}

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        let error = error.into();
        let (code, retry_after_ms) = error.verdict();
        let ref_id = new_ref_id();
        match code {
            ErrorCode::Internal => tracing::error!(ref_id, %code, chain = chain(&error), "a command failed"),
            _ => tracing::warn!(ref_id, %code, chain = chain(&error), "a command was refused"),
        }
        Self {
            code,
            message: error.to_string(),
            retry_after_ms,
            ref_id,
        }
    }
}

/// An error and its causes. None of them holds content: that is a rule of every crate's errors.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        // Writing into a String does not fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// Eight hexadecimal digits, new each time.
fn new_ref_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(COUNT.fetch_add(1, Ordering::Relaxed));
    format!("{:08x}", hasher.finish() & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use ccc_engine::{Entity, ProviderError};

    use super::*;

    #[test]
    fn each_failure_keeps_its_code_its_words_and_its_wait() {
        let limited = ProviderError::RateLimited {
            retry_after_ms: Some(2_500),
            quota: false,
        };
        let told = |error: Error| {
            let told = ApiError::from(error);
            (told.code, told.message, told.retry_after_ms)
        };
        let (code, message, wait) = told(EngineError::from(limited).into());
        assert_eq!((code, wait), (ErrorCode::ProviderRateLimited, Some(2_500)));
        assert!(!message.is_empty(), "the provider's own words");
        assert_eq!(
            told(EngineError::NotFound(Entity::Session).into()),
            (
                ErrorCode::NotFound,
                "there is no session with that id or name".to_owned(),
                None
            )
        );
        for (error, code) in [
            (Error::Locked, ErrorCode::Locked),
            (Error::KeychainSilent, ErrorCode::KeychainUnavailable),
            (Error::Invalid("no"), ErrorCode::InvalidInput),
            (Error::Link(std::io::ErrorKind::NotFound), ErrorCode::Internal),
            (Error::Task, ErrorCode::Internal),
        ] {
            let words = error.to_string();
            assert_eq!(told(error), (code, words, None));
        }
    }

    #[test]
    fn references_are_short_and_differ() {
        let ids: std::collections::BTreeSet<String> = (0..100).map(|_| new_ref_id()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| id.len() == 8), "{ids:?}");
    }

    #[test]
    fn the_wire_form_is_what_the_window_reads() {
        let told = ApiError {
            ref_id: "0".to_owned(),
            ..ApiError::from(Error::Locked)
        };
        assert_eq!(
            serde_json::to_value(told).unwrap(),
            serde_json::json!({"code": "locked", "message": "the profile is locked", "retry_after_ms": null, "ref_id": "0"})
        );
    }
}
