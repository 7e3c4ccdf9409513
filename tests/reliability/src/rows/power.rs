//! The power is cut: states that a disk may be in afterwards, by what was synced when. A working program's disk is recorded
//! once, and cut at many moments.

use std::path::Path;

use super::{
    Setting,
    plain::{self, Synchronous},
};
use crate::{
    crash::Disk as Platter,
    error::Error,
    profile,
    promise::Fault,
    score::{self, Score, counted},
    trace::{self, Record},
    work::{self, Boast},
};

/// States made of one record.
const STATES_A_RECORD: usize = 100;
/// Turns of one recorded run.
const TURNS: usize = 120;
const CONTROLS: usize = 200;

/// Cuts the power under working programs.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let (mut wrong, mut turns, mut done) = (Vec::new(), 0, 0);
    while done < setting.runs {
        let states = STATES_A_RECORD.min(setting.runs - done);
        let (before, records) = recorded(setting)?;
        for run in done..done + states {
            let (seed, found, at_stake) = cut(setting, run, &before, &records)?;
            turns += at_stake;
            wrong.extend(score::broken(seed, &found));
        }
        done += states;
    }
    let lost = plain::states(setting, Synchronous::Normal, CONTROLS)?;
    if plain::states(setting, Synchronous::Full, CONTROLS)? > 0 {
        return Err(Error::Setup(
            "a plain database with synchronous=FULL loses: the states are not those of a disk",
        ));
    }
    Ok(Score {
        name: "Power cut: unsynced writes dropped, reordered, torn, over data, log and keys".into(),
        runs: setting.runs,
        looked_at: counted([(turns, "acknowledged turns")]),
        wrong,
        control: "plain SQLite with `synchronous=NORMAL` loses commits".into(),
        noticed: (lost, CONTROLS),
    })
}

/// What a run did to the disk, and the disk before it.
fn recorded(setting: &Setting) -> Result<(Platter, Vec<Record>), Error> {
    let directory = setting.fresh("recorded")?;
    let log = setting.path("log")?;
    let before = Platter::of(&directory)?;
    let arguments = work::arguments(&directory, &setting.recovery, TURNS, Boast::No);
    let output = setting.disk.recorded(&directory, &log, &arguments)?.output()?;
    if !output.status.success() {
        return Err(Error::Setup("the recorded program did not come to its end"));
    }
    let records = trace::read(&std::fs::read(&log)?);
    if !records.iter().any(|record| matches!(record, Record::Sync(_))) {
        return Err(Error::Setup("nothing was recorded: is the program linked statically?"));
    }
    Ok((before, records))
}

fn cut(setting: &Setting, run: usize, before: &Platter, records: &[Record]) -> Result<(u64, Vec<Fault>, usize), Error> {
    let (seed, mut rng) = setting.rng(run);
    let mut disk = before.clone();
    for record in records.iter().take(rng.usize(0..=records.len())) {
        disk.take(record);
    }
    let place = setting.path("cut")?;
    disk.cut(&mut rng, &place)?;
    let faults = broken(setting, &place, &disk);
    Ok((seed, faults, disk.promises.turns()))
}

fn broken(setting: &Setting, place: &Path, disk: &Platter) -> Vec<Fault> {
    let opened = profile::open(place, &setting.recovery);
    disk.promises.broken(opened.as_ref())
}
