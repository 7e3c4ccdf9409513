//! A backup is carried to another machine, whose home is empty and which has no keychain, and restored there by the
//! recovery key or the passphrase. Everything that was exported on the first machine is held against what is exported on
//! the second, whole.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ccc_engine::{
    Engine, Error as EngineError, Keychain, Opening, Profile, RecoveryKey, Ways,
    backup::{restore::BackupSecret, unwatched},
    export::SessionExport,
    memory::SessionFilter,
};

use super::Setting;
use crate::{
    error::Error,
    machine::{Keyring, Machine, after, wrong},
    profile::{self, PASSPHRASE},
    score::{Score, counted},
    work::say,
};

const SESSIONS: usize = 4;
const TURNS: usize = 20;
const CONTROLS: usize = 2;

/// What is to be done on one of the machines.
#[derive(Debug, clap::Args)]
pub struct Drill {
    #[command(subcommand)]
    step: Step,
    /// The profile.
    #[arg(long)]
    directory: PathBuf,
    /// Where what was said lies, session by session.
    #[arg(long)]
    held: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Step {
    /// Sets a profile up, exports what is in it and makes a backup.
    SetUp {
        /// Exports another word than is in the backup.
        #[arg(long)]
        boast: bool,
    },
    /// Restores a backup and holds what is in it against what was exported.
    Restore {
        #[arg(long)]
        backup: PathBuf,
        /// The recovery key; the passphrase is used where there is none.
        #[arg(long)]
        recovery: Option<String>,
    },
}

/// Restores backups on other machines.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let (mut complaints, mut turns) = (Vec::new(), 0);
    for run in 0..setting.runs {
        let seed = setting.rng(run).0;
        let found = one(setting, seed.is_multiple_of(2), false)?;
        turns += found.turns;
        complaints.extend(found.wrong.into_iter().map(|line| format!("seed {seed}: {line}")));
    }
    let mut noticed = 0;
    for run in 0..CONTROLS {
        noticed += usize::from(!one(setting, run % 2 == 0, true)?.wrong.is_empty());
    }
    Ok(Score {
        name: "A backup is restored on another machine without a keychain, by recovery key or passphrase".into(),
        runs: setting.runs,
        looked_at: counted([(turns, "turns, each with its session, whole")]),
        wrong: complaints,
        control: "a word that was said after the backup".into(),
        noticed: (noticed, CONTROLS),
    })
}

struct Found {
    turns: usize,
    wrong: Vec<String>,
}

fn one(setting: &Setting, by_recovery: bool, boast: bool) -> Result<Found, Error> {
    let (first, stick, held) = (setting.path("first")?, setting.path("stick")?, setting.path("held")?);
    fs::create_dir_all(&held)?;
    let machine = Machine::new(first.clone())?;
    let (directory, exported) = (machine.profile(), held.to_string_lossy().into_owned());
    let directory = directory.to_string_lossy();
    let mut words = vec!["drill", "--directory", &directory, "--held", &exported, "set-up"];
    words.extend(boast.then_some("--boast"));
    let said = machine.said(Keyring::Unlocked, &words)?;
    let mut complaints: Vec<String> = wrong(&said).map(str::to_owned).collect();
    let (Some(recovery), Some(backup)) = (after(&said, "recovery "), after(&said, "backup ")) else {
        complaints.push("the first machine made no backup".to_owned());
        return Ok(Found {
            turns: 0,
            wrong: complaints,
        });
    };
    profile::copy_tree(Path::new(&backup), &stick)?;
    // The first machine is gone, with its keychain.
    fs::remove_dir_all(&first)?;
    let machine = Machine::new(setting.path("second")?)?;
    let (directory, stick) = (machine.profile(), stick.to_string_lossy().into_owned());
    let directory = directory.to_string_lossy();
    let mut words = vec!["drill", "--directory", &directory, "--held", &exported, "restore"];
    words.extend(["--backup", &stick]);
    if by_recovery {
        words.extend(["--recovery", &recovery]);
    }
    let said = machine.said(Keyring::None, &words)?;
    complaints.extend(wrong(&said).map(str::to_owned));
    let turns = after(&said, "turns ").and_then(|turns| turns.parse().ok());
    if turns.is_none() {
        complaints.push("nothing was restored".to_owned());
    }
    Ok(Found {
        turns: turns.unwrap_or_default(),
        wrong: complaints,
    })
}

/// One step, on one machine.
pub fn carry_out(drill: &Drill) -> Result<(), Error> {
    match &drill.step {
        Step::SetUp { boast } => set_up(drill, *boast),
        Step::Restore { backup, recovery } => {
            let recovery = recovery.as_deref().map(RecoveryKey::parse).transpose();
            let recovery = recovery.map_err(|_| Error::Setup("this is no recovery key"))?;
            restore(drill, backup, recovery.as_ref())
        }
    }
}

fn set_up(drill: &Drill, boast: bool) -> Result<(), Error> {
    let passphrase = profile::passphrase(PASSPHRASE)?;
    let ways = Ways {
        keychain: true,
        passphrase: Some(&passphrase),
    };
    let (engine, recovery) = Profile::acquire(&drill.directory, Keychain::system())?.create(&ways)?;
    if !engine.ways()?.keychain {
        say("wrong the first machine has no keychain");
    }
    say(&format!("recovery {}", recovery.reveal().as_str()));
    profile::fill(&engine, SESSIONS, TURNS)?;
    for session in engine.memory.list_sessions(SessionFilter::All)? {
        engine.memory.generate_context_summary(session.id)?;
    }
    let made = engine.backups.make(&unwatched)?;
    let [copy] = made.copies.as_slice() else {
        return Err(Error::Setup("a backup in several places"));
    };
    say(&format!("backup {}", copy.path));
    if boast {
        profile::fill(&engine, 1, 1)?;
    }
    for export in exported(&engine)? {
        let path = drill.held.join(format!("{}.json", export.session.id));
        fs::write(path, serde_json::to_vec(&export).map_err(std::io::Error::from)?)?;
    }
    engine.close();
    Ok(())
}

/// Every session, whole.
fn exported(engine: &Engine) -> Result<Vec<SessionExport>, EngineError> {
    let sessions = engine.memory.list_sessions(SessionFilter::All)?;
    sessions
        .iter()
        .map(|session| engine.collect_session(session.id))
        .collect()
}

fn restore(drill: &Drill, backup: &Path, recovery: Option<&RecoveryKey>) -> Result<(), Error> {
    let profile = Profile::acquire(&drill.directory, Keychain::system())?;
    if !matches!(profile.opening()?, Opening::FirstRun) {
        say("wrong the second machine is not empty");
    }
    if profile.unlock_backup(backup, &BackupSecret::Keychain).is_ok() {
        say("wrong the second machine has a keychain");
    }
    let passphrase = profile::passphrase(PASSPHRASE)?;
    let secret = match recovery {
        Some(recovery) => BackupSecret::Recovery(recovery),
        None => BackupSecret::Passphrase(&passphrase),
    };
    let opened = profile.unlock_backup(backup, &secret)?;
    profile.restore(backup, &opened, &unwatched)?;
    if !matches!(
        profile.opening()?,
        Opening::KeychainUnavailable { passphrase: true, .. }
    ) {
        say("wrong the restored profile asks for something else than its keychain or passphrase");
    }
    let keys = match recovery {
        Some(recovery) => profile.unlock_with_recovery(recovery)?,
        None => profile.unlock_with_passphrase(&passphrase)?,
    };
    let engine = profile.open(keys)?;
    compare(drill, &engine)?;
    if !engine.audit.verify()?.holds() {
        say("wrong the audit trail does not hold");
    }
    engine.close();
    Ok(())
}

fn compare(drill: &Drill, engine: &Engine) -> Result<(), Error> {
    let (restored, mut turns) = (exported(engine)?, 0);
    for entry in fs::read_dir(&drill.held)? {
        let mut before: SessionExport =
            serde_json::from_slice(&fs::read(entry?.path())?).map_err(std::io::Error::from)?;
        let id = before.session.id;
        let Some(now) = restored.iter().find(|export| export.session.id == id) else {
            say(&format!("wrong session {id} is missing"));
            continue;
        };
        before.exported_at = now.exported_at;
        if before != *now {
            say(&format!("wrong session {id} is another one"));
        }
        turns += now
            .conversations
            .iter()
            .map(|conversation| conversation.turns.len())
            .sum::<usize>();
    }
    if turns < SESSIONS * 2 * TURNS {
        say(&format!("wrong only {turns} turns are there"));
    }
    say(&format!("turns {turns}"));
    Ok(())
}
