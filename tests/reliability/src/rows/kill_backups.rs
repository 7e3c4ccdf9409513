//! The process is killed while it makes a backup, restores one whole, beside, or a single session of it. Every backup that is
//! listed verifies, the profile is one of its two states, a profile beside is whole or not there, and so is a session.

mod chore;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ccc_engine::{Engine, Error as EngineError, backup::unwatched, memory::SessionFilter};
use clap::ValueEnum;

pub use self::chore::{Chore, carry_out};
pub(super) use self::chore::{Kind, STATES};
use super::Setting;
use crate::{
    error::Error,
    profile,
    promise::Promises,
    score::{self, Score, counted},
};

const SESSIONS: usize = 2;
const TURNS: usize = 40;
/// Turns of the older state; the newer one has one more session of two.
const OLDER: usize = SESSIONS * 2 * TURNS;
const NEWER: usize = OLDER + 2;
/// The longest time until the kill, from when the profile is open.
const LONGEST: Duration = Duration::from_millis(500);
const CONTROLS: usize = 20;
/// From so many runs on, each outcome must have been met.
const ENOUGH: usize = 40;

/// Kills programs at their chores.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let scene = Scene::new(setting)?;
    let (mut wrong, mut done, mut cut, mut states) = (Vec::new(), 0, 0, [0, 0]);
    for run in 0..setting.runs {
        let found = scene.killed(setting, run, false)?;
        done += found.done;
        cut += found.cut;
        if let Some(count) = found.state.and_then(|state| states.get_mut(state)) {
            *count += 1;
        }
        wrong.extend(found.wrong);
    }
    let mut noticed = 0;
    for run in 0..CONTROLS {
        noticed += usize::from(!scene.killed(setting, run, true)?.wrong.is_empty());
    }
    let [older, newer] = states;
    if setting.runs >= ENOUGH && [done, cut, older, newer].contains(&0) {
        wrong.push("the kills came all too early, or all too late".to_owned());
    }
    Ok(Score {
        name: "SIGKILL at any moment of a backup, a whole restore, one beside, one of a session".into(),
        runs: setting.runs,
        looked_at: counted([
            (done, "done and said"),
            (cut, "cut off in the middle"),
            (older, "profiles in the older state"),
            (newer, "in the newer"),
        ]),
        wrong,
        control: "what is said before it is done".into(),
        noticed: (noticed, CONTROLS),
    })
}

/// A profile in its newer state, with a backup of that and one of the older state, to be copied.
pub(super) struct Scene {
    directory: PathBuf,
    /// The turns of the older state, which the newer one has too.
    pub(super) promises: Promises,
}

/// What was found after a program was cut off.
pub(super) struct Found {
    /// How much it said was done.
    pub(super) done: usize,
    /// 1 where something begun lay there.
    pub(super) cut: usize,
    /// 0 for the older one, 1 for the newer.
    pub(super) state: Option<usize>,
    /// What must not be, in words.
    pub(super) wrong: Vec<String>,
}

impl Scene {
    pub(super) fn new(setting: &Setting) -> Result<Self, Error> {
        let directory = setting.fresh("scene")?;
        let folder = setting.path("scene-backups")?;
        let engine = profile::open(&directory, &setting.recovery)?;
        let promises = profile::fill(&engine, SESSIONS, TURNS)?;
        let older = engine.backups.make(&unwatched)?.name;
        // Away, so that the newer one does not take its place.
        let away = setting.path("away")?;
        fs::rename(folder.join(&older), &away)?;
        profile::fill(&engine, 1, 1)?;
        engine.backups.make(&unwatched)?;
        fs::rename(&away, folder.join(&older))?;
        engine.close();
        Ok(Self { directory, promises })
    }

    /// Lets a program work on a copy, kills it, and looks at what is there.
    fn killed(&self, setting: &Setting, run: usize, boast: bool) -> Result<Found, Error> {
        let (seed, mut rng) = setting.rng(run);
        let kinds = Kind::value_variants();
        let kind = match boast {
            // Of the restored states none is said.
            true => [Kind::Backup, Kind::Beside, Kind::Session][run % 3],
            false => kinds[run % kinds.len()],
        };
        let place = setting.path("chore")?;
        self.lay_out(&place)?;
        let chore = Chore {
            boast,
            ..Chore::at(&place, kind, &setting.recovery)
        };
        let said = chore.until(LONGEST.mul_f64(rng.f64()))?;
        let mut found = self.look(setting, &chore, &said)?;
        let told = |line: String| format!("seed {seed}, {kind:?}: {line}");
        found.wrong = found.wrong.into_iter().map(told).collect();
        Ok(found)
    }

    /// Puts a copy of the profile and its backups where [`Chore::at`] works.
    pub(super) fn lay_out(&self, place: &Path) -> Result<(), Error> {
        profile::copy_tree(&self.directory, &place.join("profile"))?;
        profile::copy_tree(
            &self.directory.with_file_name("scene-backups"),
            &place.join("profile-backups"),
        )?;
        Ok(fs::create_dir_all(place.join("beside"))?)
    }

    /// Opens what is there, and holds it against what was said to be done.
    pub(super) fn look(&self, setting: &Setting, chore: &Chore, said: &[String]) -> Result<Found, Error> {
        let mut found = Found {
            done: said.len(),
            cut: usize::from(
                profile::unfinished(&chore.directory)?
                    + profile::unfinished(&chore.folder()?)?
                    + profile::unfinished(&chore.beside)?
                    > 0,
            ),
            state: None,
            wrong: Vec::new(),
        };
        let opened = profile::open(&chore.directory, &setting.recovery);
        found
            .wrong
            .extend(score::broken(0, &self.promises.broken(opened.as_ref())));
        let Ok(engine) = opened else { return Ok(found) };
        if profile::unfinished(&chore.directory)? > 0 {
            found.wrong.push("what was begun lies on in the profile".to_owned());
        }
        let told = match chore.kind {
            Kind::Backup => backups(&engine, said),
            Kind::Restore => Ok(Vec::new()),
            Kind::Beside => self.beside(setting, chore, said),
            Kind::Session => sessions(&engine, said),
        };
        found
            .wrong
            .extend(told.unwrap_or_else(|error| vec![format!("it cannot be looked at: {}", error.code())]));
        if chore.kind == Kind::Restore {
            match engine.memory.turn_count()? {
                turns if turns == OLDER as u64 => found.state = Some(0),
                turns if turns == NEWER as u64 => found.state = Some(1),
                turns => found.wrong.push(format!("{turns} turns are of neither state")),
            }
        }
        Ok(found)
    }

    /// What is wrong with the profiles beside: those that are there, and those that were said.
    fn beside(&self, setting: &Setting, chore: &Chore, said: &[String]) -> Result<Vec<String>, EngineError> {
        let mut wrong = Vec::new();
        for name in said {
            if !chore.beside.join(name).is_dir() {
                wrong.push(format!("the profile beside that was said, {name}, is not there"));
            }
        }
        for entry in fs::read_dir(&chore.beside)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "partial") {
                continue;
            }
            let opened = profile::open(&path, &setting.recovery);
            wrong.extend(score::broken(0, &self.promises.broken(opened.as_ref())));
            let turns = opened?.memory.turn_count()?;
            if turns != NEWER as u64 {
                wrong.push(format!("the profile beside has {turns} turns"));
            }
        }
        Ok(wrong)
    }
}

/// What is wrong with the backups.
fn backups(engine: &Engine, said: &[String]) -> Result<Vec<String>, EngineError> {
    let (mut wrong, listed) = (Vec::new(), engine.backups.list()?);
    let newest = listed.first().map(|info| &info.name);
    if let Some(last) = said.last().filter(|last| newest < Some(*last)) {
        wrong.push(format!("the backup that was said, {last}, is not there"));
    }
    for info in &listed {
        match engine.backups.verify(&info.name, &unwatched) {
            Ok(turns) if turns == OLDER as u64 || turns == NEWER as u64 => {}
            Ok(turns) => wrong.push(format!("backup {} has {turns} turns", info.name)),
            Err(error) => wrong.push(format!("backup {} is listed and {}", info.name, error.code())),
        }
    }
    Ok(wrong)
}

/// What is wrong with the sessions: those that were said, and whether each has all of its turns.
fn sessions(engine: &Engine, said: &[String]) -> Result<Vec<String>, EngineError> {
    let mut wrong = Vec::new();
    let there = engine.memory.list_sessions(SessionFilter::All)?;
    for id in said {
        if !there.iter().any(|session| session.id.to_string() == *id) {
            wrong.push(format!("the session that was said, {id}, is not there"));
        }
    }
    for session in there {
        let mut turns = 0;
        for conversation in engine.memory.list_conversations(session.id)? {
            turns += engine.memory.get_conversation_history(conversation.id)?.len();
        }
        if turns != 2 * TURNS && turns != 2 {
            wrong.push(format!("session {} has {turns} turns", session.id));
        }
    }
    Ok(wrong)
}
