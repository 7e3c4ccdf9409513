//! From exec to the first painted frame that can be used.

use std::{
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use window::{Error, Home, Result};

use crate::{ACCENT, Programs, compare, ms, report::Report};

/// Starts of each side.
const ROUNDS: usize = 12;
/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(3);
/// No window takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// Starts all windows in turn: ours with its profile and keychain, an empty one that paints as ours does, and an empty
/// one as Tauri has it.
pub fn measure(home: &Home, programs: &Programs, report: &mut Report) -> Result {
    let (mut ours, mut alike, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let first = ms(once(home, Side::ours(programs))?);
        let second = ms(once(home, Side::alike(programs))?);
        let third = ms(once(home, Side::plain(programs))?);
        // The first round fills the system's caches.
        if round > 0 {
            ours.push(first);
            alike.push(second);
            plain.push(third);
        }
    }
    compare(report, "start to usable, ms, painted alike", &ours, &alike, Some(1.25));
    compare(
        report,
        "start to usable, ms, as Tauri paints",
        &ours,
        &plain,
        Some(1.25),
    );
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

fn once(home: &Home, side: Side<'_>) -> Result<Duration> {
    let (child, took) = started(home, side)?;
    end(home, child)?;
    Ok(took)
}

/// Starts a program; comes back with it and the time when it has painted its first usable frame.
pub fn started(home: &Home, side: Side<'_>) -> Result<(Child, Duration)> {
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
