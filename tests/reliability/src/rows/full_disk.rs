//! The disk is full at some moment of the work, and has room again afterwards. Each run has a small file system of its own, in
//! a namespace of mounts that ends with it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ccc_engine::RecoveryKey;

use super::Setting;
use crate::{
    disk::Disk,
    error::Error,
    profile,
    promise::Promises,
    score::{Score, counted},
    work::{self, Boast},
};

/// Where the small file system is, its ballast, and what follows.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=8m,mode=700 none "$0" && exec "$@""#;
const SIZE: u64 = 8 << 20;
/// What the new profile takes with its log.
const TAKEN: u64 = 1 << 20;
const TURNS: usize = 400;
const CONTROLS: usize = 5;

/// What one run on a small disk is to do; started in its namespace.
#[derive(Debug, clap::Args)]
pub struct Small {
    /// The small file system.
    #[arg(long)]
    directory: PathBuf,
    /// The profile to be copied onto it.
    #[arg(long)]
    profile: PathBuf,
    /// Its recovery key.
    #[arg(long)]
    recovery: String,
    /// How many bytes are taken by something else.
    #[arg(long)]
    ballast: u64,
    /// Whether turns are said before they are stored.
    #[arg(long)]
    boast: bool,
}

/// Fills disks under working programs.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let (mut wrong, mut turns, mut refusals, mut met) = (Vec::new(), 0, 0, 0);
    for run in 0..setting.runs {
        let seed = setting.rng(run).0;
        let found = one(setting, run, false)?;
        turns += found.turns;
        refusals += found.refusals;
        met += usize::from(found.refusals > 0);
        wrong.extend(found.wrong.into_iter().map(|line| format!("seed {seed}: {line}")));
    }
    let mut noticed = 0;
    for run in 0..CONTROLS {
        noticed += usize::from(!one(setting, run, true)?.wrong.is_empty());
    }
    Ok(Score {
        name: "The disk fills up, and has room again; works on afterwards".into(),
        runs: setting.runs,
        looked_at: counted([
            (turns, "acknowledged turns"),
            (met, "disks full"),
            (refusals, "refusals"),
        ]),
        wrong,
        control: "turns acknowledged before they are stored".into(),
        noticed: (noticed, CONTROLS),
    })
}

#[derive(Default)]
struct Found {
    turns: usize,
    refusals: usize,
    wrong: Vec<String>,
}

fn one(setting: &Setting, run: usize, boast: bool) -> Result<Found, Error> {
    let (_, mut rng) = setting.rng(run);
    let directory = setting.path("small")?;
    fs::create_dir_all(&directory)?;
    // Between hardly any room and room for most of it.
    let ballast = rng.u64(SIZE / 2..SIZE - TAKEN);
    let (user, own) = (Command::new("id").arg("-u").output()?.stdout, std::env::current_exe()?);
    let mut command = Command::new("unshare");
    command
        .arg(if user == b"0\n" { "-m" } else { "-rm" })
        .args(["--", "sh", "-c", SMALL_DISK]);
    command
        .arg(&directory)
        .arg(own)
        .arg("small")
        .arg("--directory")
        .arg(&directory);
    command.arg("--profile").arg(&setting.profile);
    command.args([
        "--recovery",
        setting.recovery.reveal().as_str(),
        "--ballast",
        &ballast.to_string(),
    ]);
    if boast {
        command.arg("--boast");
    }
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found = Found::default();
    for line in said.lines() {
        match line.split_once(' ') {
            Some(("turns", count)) => found.turns = count.parse().unwrap_or_default(),
            Some(("refusals", count)) => found.refusals = count.parse().unwrap_or_default(),
            Some(("wrong", what)) => found.wrong.push(what.to_owned()),
            _ => {}
        }
    }
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = why.lines().next_back().unwrap_or_default().to_owned();
        found
            .wrong
            .push(format!("the run on the small disk did not end well: {last}"));
    }
    Ok(found)
}

/// One run, in its namespace: what it found, a line each.
pub fn small(small: &Small) -> Result<(), Error> {
    let (profile, ballast) = (small.directory.join("profile"), small.directory.join("ballast"));
    profile::copy(&small.profile, &profile)?;
    fs::write(&ballast, vec![1; usize::try_from(small.ballast).unwrap_or_default()])?;
    let recovery = RecoveryKey::parse(&small.recovery).map_err(|_| Error::Setup("this is no recovery key"))?;
    let boast = if small.boast { Boast::Yes } else { Boast::No };
    let mut arguments = work::arguments(&profile, &recovery, TURNS, boast);
    arguments.extend(["--ballast".to_owned(), ballast.to_string_lossy().into_owned()]);
    let output = Disk::program(&arguments)?.output()?;
    let mut promises = Promises::default();
    promises.hear(&String::from_utf8_lossy(&output.stdout));
    super::tell(&format!("turns {}\nrefusals {}", promises.turns(), promises.refusals));
    for wrong in wrong(&profile, &recovery, &promises, &output.stderr) {
        super::tell(&format!("wrong {wrong}"));
    }
    Ok(())
}

fn wrong(profile: &Path, recovery: &RecoveryKey, promises: &Promises, said: &[u8]) -> Vec<String> {
    let opened = profile::open(profile, recovery);
    let mut wrong: Vec<String> = promises
        .broken(opened.as_ref())
        .iter()
        .map(ToString::to_string)
        .collect();
    if String::from_utf8_lossy(said).contains("panicked") {
        wrong.push("a panic".to_owned());
    }
    if !promises.recovered {
        wrong.push("it did not work on".to_owned());
    }
    wrong
}
