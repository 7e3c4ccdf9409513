//! The rows of the scorecard, and the words that start them.

mod audit;
mod card;
mod damage;
mod drill;
mod faults;
mod full_disk;
mod fuzz;
mod instances;
mod keychain;
mod kill;
mod kill_backups;
mod migrations;
mod passphrases;
mod plain;
mod power;
mod power_backups;
mod recorded;
mod rotation;
mod secrets;

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use ccc_engine::RecoveryKey;
use clap::{Parser, Subcommand, ValueEnum};
use fastrand::Rng;
use tempfile::TempDir;

use self::card::Form;
use crate::{disk::Disk, error::Error, profile, score::Score, work::Work};

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
        /// How many runs of each row, whatever the form; the fuzzer's are seconds.
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
    /// Replaces the master key until it is killed; started by a row.
    #[command(hide = true)]
    Rotation(rotation::Rotation),
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
    /// It is killed while it replaces the master key.
    Rotation,
    /// A migration is cut short.
    Migrations,
    /// The power is cut.
    Power,
    /// It is cut during backups, restores and a replacement of the master key.
    PowerBackups,
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
    /// A fuzzer's bytes in the place of files and streams.
    Fuzz,
}

impl Row {
    /// How often it is run in the short and in the long form, or for how many seconds.
    const fn runs(self) -> (usize, usize) {
        match self {
            Self::Kill => (80, 4_000),
            Self::Rotation => (40, 2_000),
            Self::KillBackups => (80, 4_000),
            Self::Migrations => (50, 500),
            Self::Power => (1_000, 100_000),
            Self::PowerBackups => (120, 12_000),
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
            // Seconds for each target.
            Self::Fuzz => (30, 600),
        }
    }

    fn run(self, place: &Setting) -> Result<Score, Error> {
        match self {
            Self::Kill => kill::run(place),
            Self::Power => power::run(place),
            Self::PowerBackups => power_backups::run(place),
            Self::Faults => faults::run(place),
            Self::FullDisk => full_disk::run(place),
            Self::Damage => damage::files(place),
            Self::DamagedLog => damage::log(place),
            Self::Instances => instances::run(place),
            Self::KillBackups => kill_backups::run(place),
            Self::Rotation => rotation::run(place),
            Self::Migrations => migrations::run(place),
            Self::Drill => drill::run(place),
            Self::Keychain => keychain::run(place),
            Self::Passphrases => passphrases::run(place),
            Self::Audit => audit::run(place),
            Self::Canaries => secrets::on_the_disk(place),
            Self::Memory => secrets::in_memory(place),
            Self::Fuzz => fuzz::run(place),
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
        Asked::Rotation(rotation) => rotation::carry_out(&rotation).map(|()| true),
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
            card::run(&rows, &form, runs, seed, write.as_deref())
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

fn tell(text: &str) {
    // Nobody to tell is no reason to stop.
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
}
