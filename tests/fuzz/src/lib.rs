//! Fuzz targets: what reads bytes that anybody may have written.
//!
//! A target is a function in a module of its name. It takes bytes that a fuzzer made up, hands them to the code that reads
//! such bytes in CCC, and holds what comes out against what was promised: not only that nothing panics. Each of them can
//! also be asked with one guard taken down; the fuzzer must then find an input that breaks the promise, or it has shown
//! nothing.
//!
//! `cargo run -p reliability -- run fuzz` builds the programs in `bin` with coverage and lets them look, each from its folder in
//! `corpus` and its words in `dictionaries`. This package's tests try the corpus alone, everywhere, without a fuzzer.
//! `cargo run -p fuzz` makes `profile` and the corpus anew, but for inputs named `found-…`, which once broke a promise.
//!
//! `profile` is a small profile with invented text. Its recovery key lies beside it, and so does one of another profile:
//! they protect nothing.
//!
//! Start reading at [`sse`], the simplest, and at [`profile`], which the others stand on.

pub mod database;
pub mod edits;
pub mod envelope;
pub mod keys;
pub mod manifest;
pub mod profile;
pub mod sse;

use std::{env, sync::LazyLock};

/// A target: bytes in, the promise that was broken out.
pub type Hold = fn(&[u8], Guard) -> Result<(), Broken>;

/// The targets by the names of their programs, folders and dictionaries.
pub const TARGETS: [(&str, Hold); 5] = [
    ("envelope", envelope::hold),
    ("keys", keys::hold),
    ("manifest", manifest::hold),
    ("sse", sse::hold),
    ("database", database::hold),
];

/// Whether everything of a target is as it is in CCC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// It is.
    Up,
    /// One guard was taken down; each target says which.
    Down,
}

/// Why a target has not held.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A promise, in words.
    #[error("broken: {0}")]
    Promise(String),
    /// The target could not be set up; says nothing of the input.
    #[error("setting up: {0}")]
    Setup(String),
}

/// [`Broken::Promise`] unless `kept`.
///
/// # Errors
/// It.
pub fn promise(kept: bool, words: impl FnOnce() -> String) -> Result<(), Broken> {
    if kept { Ok(()) } else { Err(Broken::Promise(words())) }
}

/// [`Broken::Setup`] of anything that went wrong before a promise could be kept or broken.
pub fn setup(error: impl std::fmt::Display) -> Broken {
    Broken::Setup(error.to_string())
}

/// Tries one input for a fuzzer, which hears of a broken promise by a panic. The guard is down where the environment has
/// `CCC_FUZZ_GUARD_DOWN`.
///
/// # Panics
/// Where the target does not hold.
pub fn hunt(hold: Hold, bytes: &[u8]) {
    static GUARD: LazyLock<Guard> = LazyLock::new(|| match env::var_os("CCC_FUZZ_GUARD_DOWN") {
        Some(_) => Guard::Down,
        None => Guard::Up,
    });
    if let Err(broken) = hold(bytes, *GUARD) {
        panic!("{broken}");
    }
}
