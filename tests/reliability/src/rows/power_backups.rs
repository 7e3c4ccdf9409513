//! The power is cut during backups, whole restores, restores beside and replacements of the master key. Programs at these
//! are recorded to their end, and cut at many moments; each state is held to what the rows of kills hold theirs to, and to
//! what was said: a backup, a profile beside, the state that was restored, the key that was replaced.

use std::path::Path;

use ccc_engine::{Keychain, Profile, RecoveryKey};
use fastrand::Rng;

use super::{
    Setting,
    kill_backups::{Chore, Kind, STATES, Scene},
    recorded::Recorded,
    rotation,
};
use crate::{
    error::Error,
    profile,
    score::{Score, counted},
};

/// States made of one record.
const STATES_A_RECORD: usize = 30;
/// How often a recorded program does its task.
const TIMES: usize = 3;
/// Of each task.
const CONTROLS: usize = 5;
/// From so many runs on, each outcome must have been met.
const ENOUGH: usize = 120;
/// What is recorded, one after the other.
const TASKS: [Task; 4] = [
    Task::Chore(Kind::Backup),
    Task::Chore(Kind::Restore),
    Task::Chore(Kind::Beside),
    Task::Rotation,
];

#[derive(Debug, Clone, Copy)]
enum Task {
    Chore(Kind),
    Rotation,
}

/// What a state was found to be.
#[derive(Default)]
struct Found {
    done: usize,
    cut: usize,
    wrong: Vec<String>,
}

/// Cuts the power under programs at their tasks.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let scene = Scene::new(setting)?;
    let (mut wrong, mut done, mut cut, mut noticed) = (Vec::new(), 0, 0, 0);
    let mut record = None;
    for run in 0..setting.runs {
        let task = TASKS[run / STATES_A_RECORD % TASKS.len()];
        if run % STATES_A_RECORD == 0 {
            record = Some(recorded(setting, &scene, task)?);
        }
        let Some(record) = &record else { continue };
        let (seed, mut rng) = setting.rng(run);
        let found = state(setting, &scene, task, record, record.moment(&mut rng), &mut rng)?;
        done += found.done;
        cut += found.cut;
        let told = found.wrong.into_iter();
        wrong.extend(told.map(|line| format!("seed {seed}, {task:?}: {line}")));
    }
    for task in TASKS {
        let careless = recorded(setting, &scene, task)?.without_syncs();
        let mut of_task = 0;
        for run in 0..CONTROLS {
            let (_, mut rng) = setting.rng(run);
            let found = state(setting, &scene, task, &careless, careless.last_word(), &mut rng)?;
            of_task += usize::from(!found.wrong.is_empty());
        }
        if of_task == 0 {
            wrong.push(format!("{task:?} without its syncs is not noticed"));
        }
        noticed += of_task;
    }
    if setting.runs >= ENOUGH && (done == 0 || cut == 0) {
        wrong.push("the cuts came all too early, or all too late".to_owned());
    }
    Ok(Score {
        name: "Power cut during a backup, a restore, whole or beside, and replacing the master key".into(),
        runs: setting.runs,
        looked_at: counted([(done, "done and said"), (cut, "cut off in the middle")]),
        wrong,
        control: "the same programs, their syncs left out".into(),
        noticed: (noticed, CONTROLS * TASKS.len()),
    })
}

/// What a program at its task does to the disk.
fn recorded(setting: &Setting, scene: &Scene, task: Task) -> Result<Recorded, Error> {
    let laid_out = setting.path("laid-out")?;
    scene.lay_out(&laid_out)?;
    Recorded::of(setting, &laid_out, |place| match task {
        Task::Chore(kind) => {
            let chore = Chore {
                times: Some(TIMES),
                ..Chore::at(place, kind, &setting.recovery)
            };
            chore.words()
        }
        Task::Rotation => rotation::words(&place.join("profile"), Some(TIMES)),
    })
}

/// A state that a cut of power leaves of a record at this moment, looked at.
fn state(
    setting: &Setting,
    scene: &Scene,
    task: Task,
    record: &Recorded,
    moment: usize,
    rng: &mut Rng,
) -> Result<Found, Error> {
    let (place, said) = (record.cut(setting, moment, rng)?, record.said(moment));
    let found = match task {
        Task::Chore(kind) => chore(setting, scene, kind, &place, &said),
        Task::Rotation => rotated(setting, scene, &place, &said),
    };
    match found {
        // A state in which a call fails that must not.
        Err(Error::Engine(error)) => Ok(Found {
            wrong: vec![format!("it cannot be looked at: {error}")],
            ..Found::default()
        }),
        other => other,
    }
}

/// What was said to be done, in order.
fn done(said: &[String]) -> Vec<String> {
    let done = said.iter().filter_map(|line| line.strip_prefix("done "));
    done.map(str::to_owned).collect()
}

fn chore(setting: &Setting, scene: &Scene, kind: Kind, place: &Path, said: &[String]) -> Result<Found, Error> {
    let looked = scene.look(setting, &Chore::at(place, kind, &setting.recovery), &done(said))?;
    let mut wrong = looked.wrong;
    if let Some(state) = looked.state.and_then(|state| STATES.get(state))
        && !may_be_in(state, said)
    {
        wrong.push(format!(
            "the profile is in the {state} state, and another one was restored"
        ));
    }
    Ok(Found {
        done: looked.done,
        cut: looked.cut,
        wrong,
    })
}

/// Whether the profile may be in this state: it is in the one that was last said to be prepared, or in the one that is
/// being prepared since.
fn may_be_in(state: &str, said: &[String]) -> bool {
    let last = said.iter().rev().find_map(|line| line.strip_prefix("done "));
    // It begins in the newer one.
    let prepared = last.or(STATES.last().copied());
    let under_way = said.last().and_then(|line| line.strip_prefix("restoring "));
    prepared == Some(state) || under_way == Some(state)
}

fn rotated(setting: &Setting, scene: &Scene, place: &Path, said: &[String]) -> Result<Found, Error> {
    let (directory, done) = (place.join("profile"), done(said));
    let cut = usize::from(profile::unfinished(&directory)? > 0);
    let mut told = vec![setting.recovery.reveal().to_string()];
    told.extend(done.iter().cloned());
    let mut wrong = rotation::look(&directory, &scene.promises, &told)?;
    let newest = told
        .last()
        .filter(|_| said.last().is_none_or(|line| line != "replacing"));
    if let Some(key) = newest {
        let key = RecoveryKey::parse(key).map_err(|_| Error::Setup("this is no recovery key"))?;
        let profile = Profile::acquire(&directory, Keychain::none())?;
        if profile.unlock_with_recovery(&key).is_err() {
            wrong.push("the newest recovery key that was told does not open it".to_owned());
        }
    }
    Ok(Found {
        done: done.len(),
        cut,
        wrong,
    })
}
