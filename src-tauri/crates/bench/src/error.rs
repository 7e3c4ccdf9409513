//! What can go wrong, by what the caller can do about it.

/// A failure of the measuring program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] ccc_engine::Error),
    /// The baseline failed.
    #[error("the plain database failed: {0}")]
    Plain(#[from] rusqlite::Error),
    /// A file could not be read or written.
    #[error("the disk refused: {0}")]
    Io(#[from] std::io::Error),
    /// Debug builds measure the compiler.
    #[error("this is a debug build, whose times mean nothing: build with --release, or pass --allow-debug")]
    DebugBuild,
    /// The stores do not hold what was put into them, so that nothing was measured.
    #[error("the two stores differ: {0}")]
    Differ(&'static str),
    /// A file of questions is not in the format.
    #[error("the file is not in the format that docs/retrieval.md tells: {0}")]
    Set(&'static str),
    /// BUG: something that cannot happen did.
    #[error("BUG: {0}")]
    Internal(&'static str),
}
