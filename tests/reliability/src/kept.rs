//! Finished parts of long rows, kept in files, so that a run that was ended goes on where it was.
//!
//! A part is found again by the commit, the row and its runs alone. Where tracked files differ from the commit nothing is
//! kept: what such a run found says nothing of any commit.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{error::Error, score::Score};

/// Where parts are kept, and of which commit.
pub struct Kept {
    folder: PathBuf,
    commit: Option<String>,
}

/// Runs of one row that follow one another.
pub struct Part {
    /// The row.
    pub row: String,
    /// The first run's seed.
    pub seed: u64,
    /// How many.
    pub runs: usize,
}

impl Kept {
    /// Those of the commit that is checked out, in `reliability` beside the build.
    pub fn here() -> Result<Self, Error> {
        let git = |arguments: &[&str]| -> Result<String, Error> {
            let output = Command::new("git").args(arguments).output()?;
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let commit = git(&["rev-parse", "HEAD"])?;
        let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
        let program = env::current_exe()?;
        let build = program.parent().and_then(|profile| profile.parent());
        Ok(Self {
            folder: build.ok_or(Error::Setup("no folder of a build"))?.join("reliability"),
            commit: (!commit.is_empty() && changed.is_empty()).then_some(commit),
        })
    }

    fn path(&self, part: &Part) -> Option<PathBuf> {
        let commit = self.commit.as_ref()?;
        let Part { row, seed, runs } = part;
        Some(self.folder.join(format!("{commit}-{row}-{seed}-{runs}.json")))
    }

    /// What a part found, where it was run before.
    pub fn find(&self, part: &Part) -> Option<Score> {
        let text = fs::read(self.path(part)?).ok()?;
        // One that was cut off while it was written is run again.
        serde_json::from_slice(&text).ok()
    }

    /// Keeps what a part found.
    pub fn put(&self, part: &Part, score: &Score) -> Result<(), Error> {
        if let Some(path) = self.path(part) {
            fs::create_dir_all(&self.folder)?;
            fs::write(path, serde_json::to_vec(score).map_err(std::io::Error::from)?)?;
        }
        Ok(())
    }
}
