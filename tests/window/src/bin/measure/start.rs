//! From exec to the first painted frame that can be used.

use std::{
    fs,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use window::{Error, Home, Result};

use crate::{ACCENT, Programs, compare, memory::is_of_window, ms, report::Report};

/// Starts of each side.
const ROUNDS: usize = 12;
/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(3);
/// No window takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// Starts all windows in turn: ours with its profile and keychain, an empty one that paints as ours does, and an empty
/// one as Tauri has it.
pub fn measure(home: &Home, programs: &Programs, report: &mut Report) -> Result {
    let sides = [Side::ours(programs), Side::alike(programs), Side::plain(programs)];
    let (mut times, mut computed) = ([const { Vec::new() }; 3], [const { Vec::new() }; 3]);
    for round in 0..=ROUNDS {
        for ((side, times), computed) in sides.iter().zip(&mut times).zip(&mut computed) {
            let (took, computing) = once(home, side)?;
            // The first round fills the system's caches.
            if round > 0 {
                times.push(took);
                computed.push(computing);
            }
        }
    }
    let [ours, alike, plain] = times;
    compare(report, "start to usable, ms, painted alike", &ours, &alike, Some(1.25));
    compare(
        report,
        "start to usable, ms, as Tauri paints",
        &ours,
        &plain,
        Some(1.25),
    );
    let [ours, alike, _] = computed;
    compare(report, "start, computing, ms, painted alike", &ours, &alike, None);
    Ok(())
}

/// What is started.
pub struct Side<'a> {
    program: &'a std::path::Path,
    arguments: &'static [&'static str],
}

impl<'a> Side<'a> {
    pub fn ours(programs: &'a Programs) -> Self {
        Self {
            program: &programs.ccc,
            arguments: &[],
        }
    }

    pub fn alike(programs: &'a Programs) -> Self {
        Self {
            program: &programs.empty,
            arguments: &["--painted-as-ccc"],
        }
    }

    pub fn plain(programs: &'a Programs) -> Self {
        Self {
            program: &programs.empty,
            arguments: &[],
        }
    }
}

/// One start: the time, and the computing time of all processes until then, in milliseconds.
fn once(home: &Home, side: &Side<'_>) -> Result<(f64, f64)> {
    let (child, took) = started(home, side)?;
    let computed = home
        .processes()
        .into_iter()
        .filter(|pid| is_of_window(*pid))
        .map(computed_ms)
        .sum();
    end(home, child)?;
    Ok((ms(took), computed))
}

/// Computing time of the threads a process has, in milliseconds.
fn computed_ms(pid: i32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let took = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    took.sum::<f64>() / 1e6
}

/// Starts a program; comes back with it and the time when it has painted its first usable frame.
pub fn started(home: &Home, side: &Side<'_>) -> Result<(Child, Duration)> {
    let mut command = home.command(side.program);
    command
        .args(side.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Instant::now();
    let child = command.spawn().map_err(Error::machine("the window's program"))?;
    let pid = i32::try_from(child.id()).unwrap_or_default();
    while !home.shows(pid, ACCENT)? {
        if began.elapsed() > LIMIT {
            return Err(Error::machine("a painted window")(std::io::ErrorKind::TimedOut.into()));
        }
        thread::sleep(LOOK);
    }
    Ok((child, began.elapsed()))
}

/// Closes a window as its button does, and waits for the program's end.
pub fn end(home: &Home, mut child: Child) -> Result {
    home.ask_to_close(i32::try_from(child.id()).unwrap_or_default())?;
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        if child
            .try_wait()
            .map_err(Error::machine("the window's program"))?
            .is_some()
        {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    let _ = child.kill();
    Err(Error::machine("the program to end")(
        std::io::ErrorKind::TimedOut.into(),
    ))
}
