//! The process is killed at any moment; it is seen that nothing acknowledged waits in the process. What a cut of power
//! does is another row: the system keeps what a dead process handed to it.

use std::{path::Path, time::Duration};

use super::Setting;
use crate::{
    disk::Disk,
    error::Error,
    profile,
    promise::Promises,
    score::{self, Score, counted},
    work::{self, Boast},
};

/// Kills on one profile before the next one is taken: it grows.
const KILLS_A_PROFILE: usize = 25;
/// The longest time until the kill, from the start or from the last turn waited for.
const OPENING: Duration = Duration::from_millis(60);
const STORING: Duration = Duration::from_millis(5);
const CONTROLS: usize = 40;
/// So many turns a kill must be at stake, or the kills show nothing.
const AT_STAKE: usize = 5;

/// Kills working programs.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let (mut wrong, mut turns, mut directory) = (Vec::new(), 0, setting.fresh("killed")?);
    let mut promises = Promises::default();
    for run in 0..setting.runs {
        if run % KILLS_A_PROFILE == 0 {
            (directory, promises) = (setting.fresh("killed")?, Promises::default());
        }
        // With what was said before earlier kills: a later one must not take it.
        let (seed, said) = killed(setting, run, &directory, Boast::No)?;
        turns += said.turns();
        promises.join(said);
        let opened = profile::open(&directory, &setting.recovery);
        wrong.extend(score::broken(seed, &promises.broken(opened.as_ref())));
        let last = run % KILLS_A_PROFILE == KILLS_A_PROFILE - 1 || run + 1 == setting.runs;
        if let Ok(engine) = opened
            && last
            && engine.memory.turn_count()? != profile::as_stored(&engine)? as u64
        {
            wrong.push(format!(
                "seed {seed}: turns lie about that no conversation has, or say something else"
            ));
        }
    }
    if turns < setting.runs * AT_STAKE {
        wrong.push(format!("only {turns} turns were at stake"));
    }
    Ok(Score {
        name: "SIGKILL at any moment of opening, storing, saving the index, deleting".into(),
        runs: setting.runs,
        looked_at: counted([(turns, "acknowledged turns")]),
        wrong,
        control: "turns acknowledged before they are stored".into(),
        noticed: (control(setting)?, CONTROLS),
    })
}

/// Lets a program work on a profile, kills it, and returns what it said. One in eight dies while it opens or begins, the
/// others after some turns.
pub fn killed(setting: &Setting, run: usize, directory: &Path, boast: Boast) -> Result<(u64, Promises), Error> {
    let (seed, mut rng) = setting.rng(run);
    let after = if rng.u8(0..8) == 0 { 0 } else { rng.usize(1..60) };
    let longest = if after == 0 { OPENING } else { STORING };
    let arguments = work::arguments(directory, &setting.recovery, usize::MAX, boast);
    let mut promises = Promises::default();
    let enough = |line: &str| {
        promises.hear(line);
        promises.turns() >= after
    };
    let rest = Disk::until_killed(&arguments, enough, || longest.mul_f64(rng.f64()))?;
    promises.hear(&rest);
    Ok((seed, promises))
}

/// How many kills show a loss where a program boasts.
fn control(setting: &Setting) -> Result<usize, Error> {
    let mut noticed = 0;
    for run in 0..CONTROLS {
        let directory = setting.fresh("boasting")?;
        let (_, promises) = killed(setting, run, &directory, Boast::Yes)?;
        let opened = profile::open(&directory, &setting.recovery);
        noticed += usize::from(!promises.broken(opened.as_ref()).is_empty());
    }
    Ok(noticed)
}
