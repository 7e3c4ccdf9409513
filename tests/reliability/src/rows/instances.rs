//! Several programs open one profile at once: one has it, the others are told.

use std::{
    process::Child,
    thread,
    time::{Duration, Instant},
};

use super::Setting;
use crate::{
    disk::Disk,
    error::Error,
    score::{Score, counted},
    work::{self, Boast},
};

const RACERS: usize = 3;
/// After it, those that still work are taken to have the profile.
const LONGEST: Duration = Duration::from_secs(3);
const CONTROLS: usize = 3;

/// Lets programs race for a profile.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let mut wrong = Vec::new();
    for run in 0..setting.runs {
        let directories = vec![setting.fresh("raced")?; RACERS];
        let (had, told) = race(setting, &directories)?;
        if (had, told) != (1, RACERS - 1) {
            wrong.push(format!("run {run}: {had} had the profile, {told} were told"));
        }
    }
    let mut noticed = 0;
    for _ in 0..CONTROLS {
        let directories = (0..RACERS).map(|n| setting.fresh(&format!("raced-{n}")));
        let (had, _) = race(setting, &directories.collect::<Result<Vec<_>, _>>()?)?;
        noticed += usize::from(had > 1);
    }
    Ok(Score {
        name: "Instances race for one profile".into(),
        runs: setting.runs,
        looked_at: counted([(RACERS * setting.runs, "programs")]),
        wrong,
        control: "each has a copy of its own".into(),
        noticed: (noticed, CONTROLS),
    })
}

/// How many were at work, and how many were told that the profile is in use.
fn race(setting: &Setting, directories: &[std::path::PathBuf]) -> Result<(usize, usize), Error> {
    let start = |directory: &std::path::PathBuf| -> Result<Child, Error> {
        Ok(Disk::program(&work::arguments(directory, &setting.recovery, usize::MAX, Boast::No))?.spawn()?)
    };
    let mut racing: Vec<Child> = directories.iter().map(start).collect::<Result<_, _>>()?;
    let began = Instant::now();
    loop {
        let mut ended = 0;
        for child in &mut racing {
            ended += usize::from(child.try_wait()?.is_some());
        }
        if ended + 1 >= racing.len() || began.elapsed() > LONGEST {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    for child in &mut racing {
        child.kill()?;
    }
    let (mut had, mut told) = (0, 0);
    for child in racing {
        let output = child.wait_with_output()?;
        // Killed just now, so it was at work.
        had += usize::from(output.status.code().is_none());
        told += usize::from(String::from_utf8_lossy(&output.stdout).contains("refused profile_in_use"));
    }
    Ok((had, told))
}
