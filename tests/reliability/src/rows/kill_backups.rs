//! The process is killed while it makes a backup, restores one whole, beside, or a single session of it. Every backup that is
//! listed verifies, the profile is one of its two states, a profile beside is whole or not there, and so is a session.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use ccc_engine::{Engine, Error as EngineError, RecoveryKey, backup::unwatched, memory::SessionFilter};
use clap::ValueEnum;

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
/// Turns of the older state; the newer one has one more session of two.
const OLDER: usize = SESSIONS * 2 * TURNS;
const NEWER: usize = OLDER + 2;
/// The longest time until the kill, from when the profile is open.
const LONGEST: Duration = Duration::from_millis(500);
const CONTROLS: usize = 20;

/// What a program does until it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Makes backups.
    Backup,
    /// Restores the older and the newer state in turn.
    Restore,
    /// Restores the newer state into one directory after the other.
    Beside,
    /// Brings a session back as a copy.
    Session,
}

/// What a program is to do until it is killed.
#[derive(Debug, clap::Args)]
pub struct Chore {
    /// What.
    #[arg(long)]
    kind: Kind,
    /// The profile.
    #[arg(long)]
    directory: PathBuf,
    /// Its recovery key.
    #[arg(long)]
    recovery: String,
    /// Where profiles are restored to.
    #[arg(long)]
    beside: PathBuf,
    /// Says each thing before it is done, which is a lie.
    #[arg(long)]
    boast: bool,
}

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
struct Scene {
    directory: PathBuf,
    promises: Promises,
}

struct Found {
    done: usize,
    cut: usize,
    /// 0 for the older one, 1 for the newer.
    state: Option<usize>,
    wrong: Vec<String>,
}

impl Scene {
    fn new(setting: &Setting) -> Result<Self, Error> {
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
        let (directory, beside) = (setting.path("chore")?, setting.path("beside")?);
        let folder = setting.path("chore-backups")?;
        profile::copy_tree(&self.directory, &directory)?;
        profile::copy_tree(&self.directory.with_file_name("scene-backups"), &folder)?;
        fs::create_dir_all(&beside)?;
        let chore = Chore {
            kind,
            directory,
            recovery: setting.recovery.reveal().to_string(),
            beside,
            boast,
        };
        let said = chore.until(LONGEST.mul_f64(rng.f64()))?;
        let mut found = self.look(setting, &chore, &said)?;
        let told = |line: String| format!("seed {seed}, {kind:?}: {line}");
        found.wrong = found.wrong.into_iter().map(told).collect();
        Ok(found)
    }

    fn look(&self, setting: &Setting, chore: &Chore, said: &[String]) -> Result<Found, Error> {
        let mut found = Found {
            done: said.len(),
            cut: usize::from(left(&chore.directory)? + left(&chore.folder()?)? + left(&chore.beside)? > 0),
            state: None,
            wrong: Vec::new(),
        };
        let opened = profile::open(&chore.directory, &setting.recovery);
        found
            .wrong
            .extend(score::broken(0, &self.promises.broken(opened.as_ref())));
        let Ok(engine) = opened else { return Ok(found) };
        if left(&chore.directory)? > 0 {
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

/// How many unfinished things lie in a directory: what is begun has a dot before its name or `partial` after it.
fn left(directory: &Path) -> Result<usize, Error> {
    let mut left = 0;
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        left += usize::from(name.starts_with('.') || name.ends_with(".partial"));
    }
    Ok(left)
}

impl Chore {
    fn folder(&self) -> Result<PathBuf, Error> {
        Ok(ccc_engine::backup::directory_of(&self.directory)?)
    }

    /// Starts it, kills it so long after the profile was open, and returns what it said was done.
    fn until(&self, moment: Duration) -> Result<Vec<String>, Error> {
        let kind = self.kind.to_possible_value().map(|value| value.get_name().to_owned());
        let mut words = vec!["chore".to_owned(), "--kind".to_owned(), kind.unwrap_or_default()];
        for (name, path) in [("--directory", &self.directory), ("--beside", &self.beside)] {
            words.extend([name.to_owned(), path.to_string_lossy().into_owned()]);
        }
        words.extend(["--recovery".to_owned(), self.recovery.clone()]);
        words.extend(self.boast.then(|| "--boast".to_owned()));
        let mut child = Disk::program(&words)?.spawn()?;
        let mut said = BufReader::new(child.stdout.take().ok_or(Error::Setup("a program without an output"))?);
        let mut text = String::new();
        said.read_line(&mut text)?;
        if text != "begun\n" {
            return Err(Error::Setup("a program did not begin its chore"));
        }
        text.clear();
        thread::sleep(moment);
        child.kill()?;
        said.read_to_string(&mut text)?;
        child.wait()?;
        // A line cut in two was not said.
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        Ok(whole
            .filter_map(|line| Some(line.strip_prefix("done ")?.to_owned()))
            .collect())
    }

    /// Does one thing after another and says each once it is done, or before.
    fn tell(
        &self,
        mut one: impl FnMut(usize) -> Result<String, Error>,
        name: impl Fn(usize) -> String,
    ) -> Result<(), Error> {
        for n in 0.. {
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

/// Works until it is killed.
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

/// Restores whole, each time followed by the opening that puts it in place.
fn back_and_forth(chore: &Chore, recovery: &RecoveryKey, engine: Engine, states: [&String; 2]) -> Result<(), Error> {
    let mut engine = engine;
    loop {
        let newer = engine.memory.turn_count()? == NEWER as u64;
        engine.prepare_restore(states[usize::from(!newer)], &unwatched)?;
        say("done prepared");
        drop(engine);
        engine = profile::open(&chore.directory, recovery)?;
    }
}
