//! The program that makes backups and restores them, until it is killed or has done it so many times.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use ccc_engine::{Engine, RecoveryKey, backup::unwatched};
use clap::ValueEnum;

use super::NEWER;
use crate::{disk::Disk, error::Error, profile, work::say};

/// The two states of a profile, as they are said.
pub const STATES: [&str; 2] = ["older", "newer"];

/// What a program does over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Makes backups.
    Backup,
    /// Restores the older and the newer state in turn.
    Restore,
    /// Restores the newer state into one directory after the other.
    Beside,
    /// Brings a session back as a copy.
    Session,
}

/// What a program is to do over and over.
#[derive(Debug, clap::Args)]
pub struct Chore {
    /// What.
    #[arg(long)]
    pub kind: Kind,
    /// The profile.
    #[arg(long)]
    pub directory: PathBuf,
    /// Its recovery key.
    #[arg(long)]
    pub recovery: String,
    /// Where profiles are restored to.
    #[arg(long)]
    pub beside: PathBuf,
    /// Says each thing before it is done, which is a lie.
    #[arg(long)]
    pub boast: bool,
    /// How often; until it is killed where it is not said.
    #[arg(long)]
    pub times: Option<usize>,
}

impl Chore {
    /// One that is done on the profile in `place`, as a scene is laid out, until it is killed.
    pub fn at(place: &Path, kind: Kind, recovery: &RecoveryKey) -> Self {
        Self {
            kind,
            directory: place.join("profile"),
            recovery: recovery.reveal().to_string(),
            beside: place.join("beside"),
            boast: false,
            times: None,
        }
    }

    pub fn folder(&self) -> Result<PathBuf, Error> {
        Ok(ccc_engine::backup::directory_of(&self.directory)?)
    }

    /// Starts it, kills it so long after the profile was open, and returns what it said was done.
    pub fn until(&self, moment: Duration) -> Result<Vec<String>, Error> {
        Disk::done_until_killed(&self.words(), moment)
    }

    /// What starts it.
    pub fn words(&self) -> Vec<String> {
        let kind = self.kind.to_possible_value().map(|value| value.get_name().to_owned());
        let mut words = vec!["chore".to_owned(), "--kind".to_owned(), kind.unwrap_or_default()];
        for (name, path) in [("--directory", &self.directory), ("--beside", &self.beside)] {
            words.extend([name.to_owned(), path.to_string_lossy().into_owned()]);
        }
        words.extend(["--recovery".to_owned(), self.recovery.clone()]);
        words.extend(self.boast.then(|| "--boast".to_owned()));
        words.extend(self.times.map(|times| format!("--times={times}")));
        words
    }

    /// Does one thing after another and says each once it is done, or before.
    fn tell(
        &self,
        mut one: impl FnMut(usize) -> Result<String, Error>,
        name: impl Fn(usize) -> String,
    ) -> Result<(), Error> {
        for n in 0..self.times.unwrap_or(usize::MAX) {
            if self.boast {
                say(&format!("done {}", name(n)));
                one(n)?;
            } else {
                say(&format!("done {}", one(n)?));
            }
        }
        Ok(())
    }
}

/// Works until it is killed, or has done it all.
pub fn carry_out(chore: &Chore) -> Result<(), Error> {
    let recovery = RecoveryKey::parse(&chore.recovery).map_err(|_| Error::Setup("this is no recovery key"))?;
    let engine = profile::open(&chore.directory, &recovery)?;
    let names: Vec<String> = engine.backups.list()?.into_iter().map(|info| info.name).collect();
    let [newer, older] = names.as_slice() else {
        return Err(Error::Setup("there are not two backups"));
    };
    say("begun");
    match chore.kind {
        Kind::Backup => chore.tell(|_| Ok(engine.backups.make(&unwatched)?.name), |_| "9999".to_owned()),
        Kind::Restore => back_and_forth(chore, &recovery, engine, [older, newer]),
        Kind::Beside => chore.tell(
            |n| {
                engine.restore_beside(newer, &chore.beside.join(n.to_string()), &unwatched)?;
                Ok(n.to_string())
            },
            |n| n.to_string(),
        ),
        Kind::Session => {
            let sessions = engine.backups.sessions_in(newer)?;
            let id = sessions.last().ok_or(Error::Setup("a backup without sessions"))?.id;
            let other = engine.profile_id().to_string();
            let bring = |_| {
                let returned = engine.backups.bring_back(newer, &[id], &unwatched)?;
                let first = returned.first().ok_or(Error::Setup("no session came back"))?;
                Ok(first.session_id.to_string())
            };
            chore.tell(bring, |_| other.clone())
        }
    }
}

/// Restores whole, each time followed by the opening that puts it in place. Says which state it is going to restore, and
/// which one is prepared.
fn back_and_forth(chore: &Chore, recovery: &RecoveryKey, engine: Engine, states: [&String; 2]) -> Result<(), Error> {
    let mut engine = engine;
    for _ in 0..chore.times.unwrap_or(usize::MAX) {
        let other = usize::from(engine.memory.turn_count()? != NEWER as u64);
        say(&format!("restoring {}", STATES[other]));
        engine.prepare_restore(states[other], &unwatched)?;
        say(&format!("done {}", STATES[other]));
        drop(engine);
        engine = profile::open(&chore.directory, recovery)?;
    }
    Ok(())
}
