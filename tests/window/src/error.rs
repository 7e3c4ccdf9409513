//! What keeps a test from going on.

use std::{fmt, io, path::PathBuf};

use fantoccini::error::{CmdError, NewSessionError};

/// What a test of the window ends with.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// Why a test cannot go on. Shown as written where a test returns it.
#[derive(thiserror::Error)]
pub enum Error {
    /// A program or file of the machinery; say which.
    #[error("{what}: {source}")]
    Machine {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// What was waited for did not come in time.
    #[error("waited in vain for {what}{}\n--- shown at the end ---\n{shown}", picture.as_ref().map(|p| format!("\n(picture: {})", p.display())).unwrap_or_default())]
    InVain {
        /// What was waited for.
        what: String,
        /// The window's visible text at the end.
        shown: String,
        /// Where its picture is, if one could be taken.
        picture: Option<PathBuf>,
    },
    /// The driver refused a command.
    #[error("the driver refused: {0}")]
    Driver(#[from] CmdError),
    /// The driver did not start the program.
    #[error("no window came up: {0}")]
    NoWindow(#[from] NewSessionError),
    /// The display.
    #[error("the display: {0}")]
    Display(String),
}

impl Error {
    /// For `map_err`: names what was tried.
    pub fn machine(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Machine { what, source }
    }
}

/// A test that returns an error prints it with this.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
