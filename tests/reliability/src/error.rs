//! What keeps a run from being made. What a run finds broken is no error: it is counted.

/// Why a row could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Of a file or a program started.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Of the engine, where nothing was broken yet.
    #[error("the engine, before anything was broken: {0}")]
    Engine(#[from] ccc_engine::Error),
    /// Of the plain database.
    #[error("the plain database: {0}")]
    Plain(#[from] rusqlite::Error),
    /// A fuzz target, before it looked at anything.
    #[error("a fuzz target: {0}")]
    Target(String),
    /// The system is not the one this runs on.
    #[cfg(not(target_os = "linux"))]
    #[error("this runs on Linux only")]
    System,
    /// Something that must hold for a run to mean anything.
    #[error("{0}")]
    Setup(&'static str),
}
