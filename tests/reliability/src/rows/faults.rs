//! A call to the disk fails, once or from there on until the disk is whole again.

use std::time::{Duration, Instant};

use super::Setting;
use crate::{
    disk::Failing,
    error::Error,
    profile,
    promise::Promises,
    score::{self, Score, counted},
    trace::{self, Record},
    work::{self, Boast},
};

const TURNS: usize = 60;
const CONTROLS: usize = 20;
/// EIO, ENOSPC, EDQUOT, and a write done by half.
const ERRORS: [i32; 4] = [5, 28, 122, 0];
/// A program that waits this long waits for ever.
const LONGEST: Duration = Duration::from_secs(30);

/// What came of one failing call.
struct Outcome {
    promises: Promises,
    /// Whether the call was met.
    met: bool,
    ended_well: bool,
    panicked: bool,
    directory: std::path::PathBuf,
}

/// Lets calls fail under working programs.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let calls = calls(setting)?;
    let (mut wrong, mut refusals, mut turns, mut met) = (Vec::new(), 0, 0, 0);
    for run in 0..setting.runs {
        let (seed, mut rng) = setting.rng(run);
        let failing = Failing {
            at: rng.u64(1..=calls),
            errno: ERRORS[rng.usize(0..ERRORS.len())],
            forever: rng.bool(),
        };
        let outcome = one(setting, failing, Boast::No)?;
        met += usize::from(outcome.met);
        refusals += outcome.promises.refusals;
        turns += outcome.promises.turns();
        let opened = profile::open(&outcome.directory, &setting.recovery);
        wrong.extend(score::broken(seed, &outcome.promises.broken(opened.as_ref())));
        if outcome.panicked {
            wrong.push(format!("seed {seed}: a panic, {failing:?}"));
        }
        if !outcome.ended_well {
            wrong.push(format!("seed {seed}: it did not end, {failing:?}"));
        } else if !outcome.promises.recovered {
            wrong.push(format!("seed {seed}: it did not work on, {failing:?}"));
        }
    }
    Ok(Score {
        name: "A call fails: EIO, ENOSPC, EDQUOT, half a write; once, or until it is lifted; works on afterwards"
            .into(),
        runs: setting.runs,
        looked_at: counted([
            (turns, "acknowledged turns"),
            (met, "calls failed"),
            (refusals, "refusals"),
        ]),
        wrong,
        control: "turns acknowledged before they are stored".into(),
        noticed: (control(setting, calls)?, CONTROLS),
    })
}

/// How many calls a run makes.
fn calls(setting: &Setting) -> Result<u64, Error> {
    let (directory, log) = (setting.fresh("counted")?, setting.path("log")?);
    let arguments = work::arguments(&directory, &setting.recovery, TURNS, Boast::No);
    setting.disk.recorded(&directory, &log, &arguments)?.output()?;
    let records = trace::read(&std::fs::read(&log)?);
    let calls = records
        .iter()
        .filter(|record| !matches!(record, Record::Said(_)))
        .count() as u64;
    if calls == 0 {
        return Err(Error::Setup("nothing was recorded"));
    }
    Ok(calls)
}

fn one(setting: &Setting, failing: Failing, boast: Boast) -> Result<Outcome, Error> {
    let directory = setting.fresh("failing")?;
    let (log, lift) = (setting.path("log")?, setting.path("lift")?);
    let mut arguments = work::arguments(&directory, &setting.recovery, TURNS, boast);
    arguments.extend(["--lift".to_owned(), lift.to_string_lossy().into_owned()]);
    let mut child = setting
        .disk
        .failing(&directory, &log, failing, &lift, &arguments)?
        .spawn()?;
    let began = Instant::now();
    while child.try_wait()?.is_none() {
        if began.elapsed() > LONGEST {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output()?;
    let mut promises = Promises::default();
    promises.hear(&String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let records = trace::read(&std::fs::read(&log)?);
    Ok(Outcome {
        promises,
        met: records.contains(&Record::Failed),
        ended_well: output.status.success(),
        panicked: said.contains("panicked"),
        directory,
    })
}

/// How many failing calls show a loss where a program boasts.
fn control(setting: &Setting, calls: u64) -> Result<usize, Error> {
    let mut noticed = 0;
    for run in 0..CONTROLS {
        let (_, mut rng) = setting.rng(run);
        let failing = Failing {
            at: rng.u64(1..=calls),
            errno: ERRORS[0],
            forever: true,
        };
        let outcome = one(setting, failing, Boast::Yes)?;
        let opened = profile::open(&outcome.directory, &setting.recovery);
        noticed += usize::from(!outcome.promises.broken(opened.as_ref()).is_empty());
    }
    Ok(noticed)
}
