//! What all processes of a window hold together.

use std::{fs, thread, time::Duration};

use window::{Home, Result};

use crate::{
    Programs, compare,
    report::Report,
    start::{Side, end, started},
};

/// Looks at each side.
const ROUNDS: usize = 3;
/// After this the windows have nothing left to do.
const REST: Duration = Duration::from_secs(4);
/// The processes that belong to a window; display, bus and keychain of the home do not.
const OURS: &[&str] = &["ccc", "empty-window", "WebKitWebProces", "WebKitNetworkPr"];

/// Proportional set sizes: what processes share is counted once.
pub fn measure(home: &Home, programs: &Programs, report: &mut Report) -> Result {
    let (mut ours, mut alike, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(once(home, Side::ours(programs))?);
        alike.push(once(home, Side::alike(programs))?);
        plain.push(once(home, Side::plain(programs))?);
    }
    compare(
        report,
        "memory of all processes, MiB, painted alike",
        &ours,
        &alike,
        None,
    );
    compare(
        report,
        "memory of all processes, MiB, as Tauri paints",
        &ours,
        &plain,
        None,
    );
    Ok(())
}

fn once(home: &Home, side: Side<'_>) -> Result<f64> {
    let (child, _) = started(home, &side)?;
    thread::sleep(REST);
    let pids = home.processes().into_iter().filter(|pid| is_of_window(*pid));
    let sum: u64 = pids.filter_map(proportional_kib).sum();
    end(home, child)?;
    Ok(sum as f64 / 1_024.0)
}

/// Whether a process belongs to a window.
pub fn is_of_window(pid: i32) -> bool {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    OURS.contains(&name.trim())
}

fn proportional_kib(pid: i32) -> Option<u64> {
    let sizes = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = sizes.lines().find(|line| line.starts_with("Pss:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
