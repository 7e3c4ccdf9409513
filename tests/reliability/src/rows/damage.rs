//! Bits flip, sectors are zeroed, files are cut off: whatever is read afterwards is what was stored, or an error.

use std::{fs, path::Path};

use fastrand::Rng;

use super::{Setting, kill, plain};
use crate::{
    error::Error,
    profile,
    promise::{Promises, silent},
    score::{Score, counted},
    work::Boast,
};

const CONTROLS: usize = 100;

/// Damages the data and the keys of a profile that was at work when it was killed.
pub fn files(setting: &Setting) -> Result<Score, Error> {
    let name = "Damage: a bit flips, a sector is zeroed, a file is cut, in data and keys";
    run(setting, name, &["data.ccc", "keys-a.ccc", "keys-b.ccc"])
}

/// Damages the log of such a profile: SQLite takes a log to end where it does not hold, as after a cut of power, and the
/// note of the last commit tells what is gone by that.
pub fn log(setting: &Setting) -> Result<Score, Error> {
    run(setting, "The same in the write-ahead log", &["data.ccc-wal"])
}

fn run(setting: &Setting, name: &'static str, files: &[&str]) -> Result<Score, Error> {
    let (original, promises) = worked(setting)?;
    let (mut wrong, mut told, mut whole) = (Vec::new(), 0, 0);
    for run in 0..setting.runs {
        let (seed, mut rng) = setting.rng(run);
        let directory = setting.path("damaged")?;
        profile::copy(&original, &directory)?;
        damage(&directory.join(files[rng.usize(0..files.len())]), &mut rng)?;
        let opened = profile::open(&directory, &setting.recovery);
        let found = promises.broken(opened.as_ref());
        whole += usize::from(found.is_empty());
        // One for each damage, however many turns it took.
        let silent = silent(&found);
        told += usize::from(!found.is_empty() && silent.is_none());
        wrong.extend(silent.map(|fault| format!("seed {seed}: {fault}")));
    }
    let turns = promises.turns();
    Ok(Score {
        name: name.into(),
        runs: setting.runs,
        looked_at: counted([
            (turns * setting.runs, "turns"),
            (whole, "times all whole"),
            (told, "times told"),
        ]),
        wrong,
        control: "plain SQLite with the same damage reads other text and says nothing".into(),
        noticed: (plain::silently_wrong(setting, CONTROLS)?, CONTROLS),
    })
}

/// A profile with turns in its data file and in its log, and what is in it.
fn worked(setting: &Setting) -> Result<(std::path::PathBuf, Promises), Error> {
    let directory = setting.fresh("worked")?;
    let mut promises = Promises::default();
    for run in 0..20 {
        let (_, more) = kill::killed(setting, run, &directory, Boast::No)?;
        promises.join(more);
        let log = fs::metadata(directory.join("data.ccc-wal")).map_or(0, |about| about.len());
        if promises.turns() > 200 && log > 50_000 {
            return Ok((directory, promises));
        }
    }
    Err(Error::Setup("the killed programs left too little"))
}

/// Damages one place of a file.
pub fn damage(path: &Path, rng: &mut Rng) -> Result<(), Error> {
    let mut bytes = fs::read(path)?;
    if bytes.is_empty() {
        return Ok(());
    }
    let at = rng.usize(0..bytes.len());
    match rng.u8(0..10) {
        0 => bytes.truncate(at),
        1..3 => {
            let end = (at + [512, 4096][rng.usize(0..2)]).min(bytes.len());
            bytes.iter_mut().take(end).skip(at).for_each(|byte| *byte = 0);
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << rng.u8(0..8);
            }
        }
    }
    Ok(fs::write(path, bytes)?)
}
