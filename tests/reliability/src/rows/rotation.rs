//! The process is killed while it replaces the master key, over and over: the profile opens, wholly old or wholly new, with
//! every turn in it, and no recovery key of before opens it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ccc_engine::{Engine, Error as EngineError, Keychain, Passphrases, Profile, RecoveryKey, backup::unwatched};

use super::Setting;
use crate::{
    disk::Disk,
    error::Error,
    profile,
    promise::Promises,
    score::{self, Score, counted},
    work::say,
};

const SESSIONS: usize = 2;
const TURNS: usize = 40;
/// The longest time until the kill, from when the program begins; one replacement takes about half of it.
const LONGEST: Duration = Duration::from_millis(1_500);
const CONTROLS: usize = 3;

/// A program that replaces the master key over and over.
#[derive(Debug, clap::Args)]
pub struct Rotation {
    /// The profile.
    #[arg(long)]
    directory: PathBuf,
    /// How often; until it is killed where it is not said.
    #[arg(long)]
    times: Option<usize>,
}

/// Kills programs that replace the master key of one profile.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let directory = setting.fresh("rotated")?;
    let engine = open(&directory)?;
    let promises = profile::fill(&engine, SESSIONS, TURNS)?;
    engine.close();
    drop(engine);
    let (mut wrong, mut told, mut cut) = (Vec::new(), vec![setting.recovery.reveal().to_string()], 0);
    let mut replaced = 0;
    for run in 0..setting.runs {
        let (seed, mut rng) = setting.rng(run);
        let new = killed(&directory, LONGEST.mul_f64(rng.f64()))?;
        replaced += new.len();
        told.extend(new);
        cut += usize::from(profile::unfinished(&directory)? > 0);
        let found = look(&directory, &promises, &told)?;
        wrong.extend(found.into_iter().map(|line| format!("seed {seed}: {line}")));
        // The last ones say enough.
        told.drain(..told.len().saturating_sub(4));
    }
    Ok(Score {
        name: "SIGKILL at any moment of replacing the master key".into(),
        runs: setting.runs,
        looked_at: counted([(replaced, "replaced and said"), (cut, "cut off in the middle")]),
        wrong,
        control: "the keys files of before, put back".into(),
        noticed: (control(setting)?, CONTROLS),
    })
}

/// Opens by the passphrase, which no replacement changes.
fn open(directory: &Path) -> Result<Engine, Error> {
    let profile = Profile::acquire(directory, Keychain::none())?;
    let keys = profile.unlock_with_passphrase(&profile::passphrase(profile::PASSPHRASE)?)?;
    Ok(profile.open(keys)?)
}

/// Replaces the master key again and again, and tells each new recovery key.
pub fn carry_out(rotation: &Rotation) -> Result<(), Error> {
    say("begun");
    for _ in 0..rotation.times.unwrap_or(usize::MAX) {
        say("replacing");
        say(&format!("done {}", replace(&rotation.directory)?.reveal().as_str()));
    }
    Ok(())
}

fn replace(directory: &Path) -> Result<RecoveryKey, Error> {
    let passphrase = profile::passphrase(profile::PASSPHRASE)?;
    let passphrases = Passphrases {
        current: Some(&passphrase),
        new: None,
    };
    Ok(open(directory)?.prepare_rotation(&passphrases, &unwatched)?)
}

/// Starts the program, kills it after a while, and returns the recovery keys it told of.
fn killed(directory: &Path, moment: Duration) -> Result<Vec<String>, Error> {
    Disk::done_until_killed(&words(directory, None), moment)
}

/// What starts the program.
pub(super) fn words(directory: &Path, times: Option<usize>) -> Vec<String> {
    let mut words = ["rotation", "--directory", &directory.to_string_lossy()]
        .map(str::to_owned)
        .to_vec();
    words.extend(times.map(|times| format!("--times={times}")));
    words
}

/// What is wrong with the profile. Of the recovery keys told of, only the last may open it.
pub(super) fn look(directory: &Path, promises: &Promises, told: &[String]) -> Result<Vec<String>, Error> {
    let engine = match open(directory) {
        Ok(engine) => engine,
        Err(error) => return Ok(vec![format!("the profile does not open: {error}")]),
    };
    let mut wrong = score::broken(0, &promises.broken(Ok::<_, &EngineError>(&engine)));
    let faults = engine.full_check(&unwatched)?.faults;
    if !faults.is_empty() {
        wrong.push(format!("{} rows do not open", faults.len()));
    }
    if profile::unfinished(directory)? > 0 {
        wrong.push("what was begun lies on in the profile".to_owned());
    }
    drop(engine);
    let profile = Profile::acquire(directory, Keychain::none())?;
    for key in told.iter().rev().skip(1) {
        let key = RecoveryKey::parse(key).map_err(|_| Error::Setup("this is no recovery key"))?;
        if profile.unlock_with_recovery(&key).is_ok() {
            wrong.push("a recovery key of before opens it".to_owned());
        }
    }
    Ok(wrong)
}

/// How often it is noticed that a replaced profile has its former keys files.
fn control(setting: &Setting) -> Result<usize, Error> {
    let mut noticed = 0;
    for _ in 0..CONTROLS {
        let directory = setting.fresh("put-back")?;
        let before = setting.path("before")?;
        profile::copy(&directory, &before)?;
        replace(&directory)?;
        drop(open(&directory)?);
        for entry in fs::read_dir(&before)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("keys") {
                fs::copy(entry.path(), directory.join(entry.file_name()))?;
            }
        }
        noticed += usize::from(!look(&directory, &Promises::default(), &[])?.is_empty());
    }
    Ok(noticed)
}
