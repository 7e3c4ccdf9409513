//! Where the programs under test are.

use std::{env, io, path::PathBuf};

use crate::{Error, Result};

/// The window's program: what `CCC_WINDOW` names, else `ccc` of the build this test belongs to.
pub fn window() -> Result<PathBuf> {
    match env::var_os("CCC_WINDOW") {
        Some(named) if !named.is_empty() => there(PathBuf::from(named)),
        _ => there(beside()?.join("ccc")),
    }
}

/// The command line's program of the same build.
pub fn cli() -> Result<PathBuf> {
    there(beside()?.join("ccc-cli"))
}

/// Where pictures of failures go.
pub fn pictures() -> Option<PathBuf> {
    Some(beside().ok()?.parent()?.join("window"))
}

/// `target/debug`, when this test is `target/debug/deps/it-0123`.
fn beside() -> Result<PathBuf> {
    let here = env::current_exe().map_err(Error::machine("this program's own place"))?;
    let deps = here.parent().and_then(|deps| deps.parent()).map(PathBuf::from);
    deps.ok_or_else(|| Error::machine("the build folder")(io::ErrorKind::NotFound.into()))
}

fn there(program: PathBuf) -> Result<PathBuf> {
    if program.is_file() {
        return Ok(program);
    }
    let what = format!("{} (build it: cargo build -p ccc -p ccc-cli)", program.display());
    Err(Error::machine(what)(io::ErrorKind::NotFound.into()))
}
