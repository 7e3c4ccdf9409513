//! The rows of the scorecard, and the words that start them.

mod damage;
mod faults;
mod full_disk;
mod instances;
mod kill;
mod plain;
mod power;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use ccc_engine::RecoveryKey;
use clap::{Parser, Subcommand, ValueEnum};
use fastrand::Rng;
use tempfile::TempDir;

use crate::{disk::Disk, error::Error, profile, score::HEADING, score::Score, work::Work};

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
        /// Many more runs of each.
        #[arg(long)]
        long: bool,
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// The process is killed.
    Kill,
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
}

impl Row {
    /// How often it is run in the short and in the long form.
    const fn runs(self) -> (usize, usize) {
        match self {
            Self::Kill => (200, 10_000),
            Self::Power => (1_000, 100_000),
            Self::Faults => (100, 2_000),
            Self::FullDisk => (10, 200),
            Self::Damage | Self::DamagedLog => (500, 11_000),
            Self::Instances => (20, 200),
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
        Asked::Run {
            rows,
            long,
            runs,
            seed,
            write,
        } => run(&rows, long, runs, seed, write.as_deref()),
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

/// Runs rows one after another; whether all hold.
fn run(rows: &[Row], long: bool, runs: Option<usize>, seed: u64, write: Option<&Path>) -> Result<bool, Error> {
    let rows = if rows.is_empty() { Row::value_variants() } else { rows };
    let (mut table, mut all) = (format!("{}\n\n{HEADING}\n", circumstances()?), true);
    tell(&table);
    for row in rows {
        let (short, many) = row.runs();
        let began = Instant::now();
        let score = row.run(&Setting::new(runs.unwrap_or(if long { many } else { short }), seed)?)?;
        tell(&format!("{score}  ({} s)", began.elapsed().as_secs()));
        tell(&score.complaints());
        all &= score.holds();
        table.push_str(&format!("{score}\n"));
    }
    if let Some(path) = write {
        put(path, &table)?;
    }
    Ok(all)
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
