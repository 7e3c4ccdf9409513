//! What the measurement ran on: figures without it cannot be compared.

use std::{fs, path::Path, process::Command, thread};

use ccc_engine::{Clock, SystemClock};
use serde_json::{Value, json};

/// The machine and the build.
pub struct Machine {
    date: String,
    commit: Option<String>,
    cores: usize,
    file_system: Option<String>,
    load_before: Option<String>,
}

impl Machine {
    /// Looks around; `store` is where the stores will be.
    pub fn look(store: &Path) -> Self {
        Self {
            date: SystemClock.now().to_string(),
            commit: commit(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            file_system: file_system(store),
            load_before: load(),
        }
    }

    /// The lines above a table.
    pub fn shown(&self, load_after: Option<&str>) -> String {
        let or = |value: Option<&str>| value.unwrap_or("unknown").to_owned();
        format!(
            "{}, commit {}, {} build, SQLite {}\n{} cores, {}, load before {}, after {}\n",
            self.date,
            or(self.commit.as_deref()),
            BUILD,
            rusqlite::version(),
            self.cores,
            or(self.file_system.as_deref()),
            or(self.load_before.as_deref()),
            or(load_after),
        )
    }

    /// The same for programs.
    pub fn json(&self, load_after: Option<&str>) -> Value {
        json!({
            "date": self.date,
            "commit": self.commit,
            "build": BUILD,
            "sqlite": rusqlite::version(),
            "cores": self.cores,
            "file_system": self.file_system,
            "load_before": self.load_before,
            "load_after": load_after,
        })
    }
}

/// Which build this is; a debug build is no measurement.
const BUILD: &str = if cfg!(debug_assertions) {
    "DEBUG (no measurement)"
} else {
    "release"
};

/// The load averages of 1, 5 and 15 minutes, where the system tells.
pub fn load() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

/// Bytes of memory the process has: all that is resident, and of it what is its own and not of files. None where the
/// system does not tell.
pub fn resident() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim_end_matches("kB").trim().parse().ok()?;
        Some(kib << 10)
    };
    Some((of("VmRSS:")?, of("RssAnon:")?))
}

/// The commit of the working directory, with a mark where files differ from it.
fn commit() -> Option<String> {
    let out = Command::new("git")
        .args(["describe", "--always", "--dirty"])
        .output()
        .ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    (out.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// The kind of file system `path` is on: one in memory makes every commit free.
fn file_system(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(mounted, _)| path.starts_with(mounted))
        .max_by_key(|(mounted, _)| mounted.len())
        .map(|(_, kind)| kind.to_owned())
}
