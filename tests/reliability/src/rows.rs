//! The rows of the scorecard, and the words that start them.

mod audit;
mod damage;
mod drill;
mod faults;
mod full_disk;
mod instances;
mod keychain;
mod kill;
mod kill_backups;
mod migrations;
mod passphrases;
mod plain;
mod power;
mod secrets;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use ccc_engine::RecoveryKey;
use clap::{Parser, Subcommand, ValueEnum};
use fastrand::Rng;
use tempfile::TempDir;

use crate::{
    disk::Disk,
    error::Error,
    kept::{Kept, Part},
    profile,
    score::{HEADING, Score},
    work::Work,
};

/// In how many parts a long row is run.
const PARTS: usize = 10;

/// Breaks what stands under a profile, and counts what is lost.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Asked,
}

#[derive(Subcommand)]
enum Asked {
    /// Runs rows of the scorecard and prints them.
    Run {
        /// These rows; all when none is named.
        rows: Vec<Row>,
        /// Many more runs of each, in parts: one that was finished is not run again with the same commit.
        #[arg(long)]
        long: bool,
        /// Begins no further part of a long row after so many minutes; run again to go on.
        #[arg(long, requires = "long")]
        minutes: Option<u64>,
        /// How many runs of each row, whatever the form.
        #[arg(long)]
        runs: Option<usize>,
        /// The first run's seed; a run is the same again with the same seed where only chance decides.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Puts the table into this file, between its two marks.
        #[arg(long)]
        write: Option<PathBuf>,
    },
    /// Works on a profile; started by the rows.
    #[command(hide = true)]
    Work(Work),
    /// Works on a small disk; started by a row.
    #[command(hide = true)]
    Small(full_disk::Small),
    /// Works on a plain database; started by the rows.
    #[command(hide = true)]
    Plain(plain::Plain),
    /// Sets up, restores or looks at a profile on a machine of its own; started by the rows.
    #[command(hide = true)]
    Drill(drill::Drill),
    /// Opens a profile by a keychain; started by a row.
    #[command(hide = true)]
    Keychain(keychain::Asked),
    /// Holds a profile open with secrets in it; started by the rows.
    #[command(hide = true)]
    Secrets(secrets::Confidant),
    /// Makes and restores backups until it is killed; started by a row.
    #[command(hide = true)]
    Chore(kill_backups::Chore),
    /// Migrates a data file; started by a row.
    #[command(hide = true)]
    Migrate(migrations::Migrate),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// The process is killed.
    Kill,
    /// It is killed while it makes backups and restores them.
    KillBackups,
    /// A migration is cut short.
    Migrations,
    /// The power is cut.
    Power,
    /// Calls to the disk fail.
    Faults,
    /// The disk is full.
    FullDisk,
    /// Bits flip, sectors are zeroed, files are cut.
    Damage,
    /// The same in the write-ahead log.
    DamagedLog,
    /// Several programs open one profile.
    Instances,
    /// A backup is restored on another machine, without a keychain.
    Drill,
    /// The keychain misbehaves.
    Keychain,
    /// Wrong passphrases, and a changed cost of the right one.
    Passphrases,
    /// The audit trail is tampered with.
    Audit,
    /// What must not be readable is looked for on the disk.
    Canaries,
    /// Keys are looked for in the memory of a program that locked.
    Memory,
}

impl Row {
    /// How often it is run in the short and in the long form.
    const fn runs(self) -> (usize, usize) {
        match self {
            Self::Kill => (120, 6_000),
            Self::KillBackups => (80, 4_000),
            Self::Migrations => (50, 500),
            Self::Power => (1_000, 100_000),
            Self::Faults => (100, 2_000),
            Self::FullDisk => (10, 200),
            Self::Damage | Self::DamagedLog => (500, 11_000),
            Self::Instances => (20, 200),
            Self::Drill => (5, 100),
            // Each of the twelve cases once, and ten times.
            Self::Keychain => (12, 120),
            Self::Passphrases => (1_000, 10_000),
            Self::Audit => (200, 1_000),
            Self::Canaries | Self::Memory => (5, 50),
        }
    }

    fn run(self, place: &Setting) -> Result<Score, Error> {
        match self {
            Self::Kill => kill::run(place),
            Self::Power => power::run(place),
            Self::Faults => faults::run(place),
            Self::FullDisk => full_disk::run(place),
            Self::Damage => damage::files(place),
            Self::DamagedLog => damage::log(place),
            Self::Instances => instances::run(place),
            Self::KillBackups => kill_backups::run(place),
            Self::Migrations => migrations::run(place),
            Self::Drill => drill::run(place),
            Self::Keychain => keychain::run(place),
            Self::Passphrases => passphrases::run(place),
            Self::Audit => audit::run(place),
            Self::Canaries => secrets::on_the_disk(place),
            Self::Memory => secrets::in_memory(place),
        }
    }
}

/// What a row works with.
pub struct Setting {
    place: TempDir,
    pub(crate) disk: Disk,
    /// A new profile, closed.
    pub(crate) profile: PathBuf,
    pub(crate) recovery: RecoveryKey,
    pub(crate) runs: usize,
    pub(crate) seed: u64,
}

impl Setting {
    fn new(runs: usize, seed: u64) -> Result<Self, Error> {
        let place = TempDir::new()?;
        let profile = place.path().join("profile");
        Ok(Self {
            disk: Disk::compile(place.path())?,
            recovery: profile::create(&profile)?,
            place,
            profile,
            runs,
            seed,
        })
    }

    /// Chance that is the same again for the same run.
    pub(crate) fn rng(&self, run: usize) -> (u64, Rng) {
        let seed = self.seed.wrapping_add(run as u64);
        (seed, Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A path that nothing is at.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.place.path().join(name);
        if path.is_dir() {
            fs::remove_dir_all(&path)?;
        } else if path.exists() {
            fs::remove_file(&path)?;
        }
        Ok(path)
    }

    /// A copy of the new profile.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.path(name)?;
        profile::copy(&self.profile, &path)?;
        Ok(path)
    }
}

/// Runs what the words ask for.
pub fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Asked::Work(work) => crate::work::work(&work).map(|()| true),
        Asked::Small(small) => full_disk::small(&small).map(|()| true),
        Asked::Plain(plain) => plain::work(&plain).map(|()| true),
        Asked::Drill(drill) => drill::carry_out(&drill).map(|()| true),
        Asked::Keychain(asked) => keychain::ask(&asked).map(|()| true),
        Asked::Secrets(confidant) => secrets::hold(&confidant).map(|()| true),
        Asked::Chore(chore) => kill_backups::carry_out(&chore).map(|()| true),
        Asked::Migrate(migrate) => migrations::migrate(&migrate).map(|()| true),
        Asked::Run {
            rows,
            long,
            minutes,
            runs,
            seed,
            write,
        } => {
            let form = if long { Form::Long(minutes) } else { Form::Short };
            run(&rows, &form, runs, seed, write.as_deref())
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tell(&format!("{error}"));
            ExitCode::from(2)
        }
    }
}

/// How much is run.
enum Form {
    Short,
    /// In parts, of which none is begun after so many minutes.
    Long(Option<u64>),
}

/// Runs rows one after another; whether all hold. Where the time of a long form is over first, nothing is written.
fn run(rows: &[Row], form: &Form, runs: Option<usize>, seed: u64, write: Option<&Path>) -> Result<bool, Error> {
    let rows = if rows.is_empty() { Row::value_variants() } else { rows };
    let (mut table, mut all, mut whole) = (format!("{}\n\n{HEADING}\n", circumstances()?), true, true);
    tell(&table);
    let start = Instant::now();
    for row in rows {
        let (short, many) = row.runs();
        let began = Instant::now();
        let score = match form {
            Form::Short => Some(row.run(&Setting::new(runs.unwrap_or(short), seed)?)?),
            Form::Long(minutes) => {
                let until = minutes.map(|minutes| start + Duration::from_secs(minutes * 60));
                in_parts(*row, runs.unwrap_or(many), seed, until)?
            }
        };
        let Some(score) = score else {
            whole = false;
            continue;
        };
        tell(&format!("{score}  ({} s)", began.elapsed().as_secs()));
        tell(&score.complaints());
        all &= score.holds();
        table.push_str(&format!("{score}\n"));
    }
    match write {
        Some(path) if whole => put(path, &table)?,
        _ => {}
    }
    Ok(all && whole)
}

/// A row's runs in parts, each of which is kept and not run again; none where the time is over before the last.
fn in_parts(row: Row, runs: usize, seed: u64, until: Option<Instant>) -> Result<Option<Score>, Error> {
    let name = row.to_possible_value().map(|value| value.get_name().to_owned());
    let (name, kept, each) = (name.unwrap_or_default(), Kept::here()?, runs.div_ceil(PARTS).max(1));
    let mut whole: Option<Score> = None;
    for from in (0..runs).step_by(each) {
        let part = Part {
            row: name.clone(),
            seed: seed.wrapping_add(from as u64),
            runs: each.min(runs - from),
        };
        let score = match kept.find(&part) {
            Some(score) => score,
            None if until.is_some_and(|until| Instant::now() > until) => {
                tell(&format!("{name}: {from} of {runs} runs are done; run again to go on"));
                return Ok(None);
            }
            None => {
                let score = row.run(&Setting::new(part.runs, part.seed)?)?;
                kept.put(&part, &score)?;
                score
            }
        };
        whole = Some(match whole {
            Some(before) => before.join(score),
            None => score,
        });
    }
    Ok(whole)
}

/// When, of which commit, and on what.
fn circumstances() -> Result<String, Error> {
    let said = |program: &str, arguments: &[&str]| -> Result<String, Error> {
        let output = Command::new(program).args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load: Vec<&str> = load.split(' ').take(3).collect();
    Ok(format!(
        "{}, commit {}, {cores} cores, Linux {}, load before {}.",
        said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])?,
        said("git", &["rev-parse", "--short", "HEAD"])?,
        said("uname", &["-r"])?,
        load.join(" ")
    ))
}

const MARKS: [&str; 2] = ["<!-- scorecard -->", "<!-- end of the scorecard -->"];

/// Puts the table between the marks of a page.
fn put(path: &Path, table: &str) -> Result<(), Error> {
    let page = fs::read_to_string(path)?;
    let parts = page
        .split_once(MARKS[0])
        .and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = parts.ok_or(Error::Setup("the page has no marks for the scorecard"))?;
    fs::write(path, format!("{before}{}\n\n{table}\n{}{after}", MARKS[0], MARKS[1]))?;
    Ok(())
}

fn tell(text: &str) {
    // Nobody to tell is no reason to stop.
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
}
