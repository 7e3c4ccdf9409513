//! The processes of a home: whatever runs with its folder as HOME.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long ended processes may take to be gone.
const LIMIT: Duration = Duration::from_secs(10);

/// Ends every process of this home, those that others started included, and waits until they are gone.
pub fn end_all(home: &Path) {
    let began = Instant::now();
    loop {
        let left = of(home);
        if left.is_empty() || began.elapsed() > LIMIT {
            return;
        }
        for pid in left {
            kill(pid);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Ends a process at once, as a crash would.
pub fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        // One that has ended meanwhile needs no end.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Whether a process runs; one that has ended and is not yet reaped does not.
pub fn runs(pid: i32) -> bool {
    state_and_parent(pid).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// The child of `parent` whose program is this one.
pub fn child_of(parent: i32, program: &Path) -> Option<i32> {
    let program = program.canonicalize().ok()?;
    let is_child = |pid: &i32| state_and_parent(*pid).is_some_and(|(_, of)| of == parent);
    let is_program = |pid: &i32| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == program);
    all().find(|pid| is_child(pid) && is_program(pid))
}

/// The processes of this home, this test's own excepted.
pub fn of(home: &Path) -> Vec<i32> {
    let mark = format!("HOME={}", home.display());
    let ours = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        runs(*pid) && environment.split(|byte| *byte == 0).any(|each| each == mark.as_bytes())
    };
    all().filter(ours).collect()
}

fn all() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn state_and_parent(pid: i32) -> Option<(char, i32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in brackets and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
