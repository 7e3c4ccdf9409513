//! Backups: made whole or not at all, found again, kept by the rules, brought back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

#[path = "backups/damage.rs"]
mod damage;
#[path = "backups/deletion.rs"]
mod deletion;
#[path = "backups/filling.rs"]
mod filling;
#[path = "backups/patterns.rs"]
mod patterns;
#[path = "backups/restore.rs"]
mod restore;
#[path = "backups/salvage.rs"]
mod salvage;
#[path = "backups/scene.rs"]
mod scene;
#[path = "backups/schedule.rs"]
mod schedule;

mod place;

use std::fs;

use ccc_engine::{
    Error,
    backup::{BackupSettings, Stage, unwatched},
};

use crate::scene::{Scene, names, says};

#[test]
fn a_backup_holds_what_was_there_and_lies_beside_the_profile_with_its_keys() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    assert_eq!((made.sessions, made.conversations, made.turns), (2, 3, 9));
    assert_eq!(engine.backups.list().unwrap(), std::slice::from_ref(&made));
    let directory = scene.backups().join(&made.name);
    assert_eq!(made.copies[0].path, directory.display().to_string());
    assert_eq!(
        names(&directory),
        ["data.ccc", "keys-a.ccc", "keys-b.ccc", "manifest.json"]
    );
    assert_eq!(
        names(&scene.backups()),
        std::slice::from_ref(&made.name),
        "nothing unfinished is left"
    );
    let bytes = fs::metadata(directory.join("data.ccc")).unwrap().len();
    assert_eq!(made.bytes, bytes);
    assert_eq!(engine.backups.verify(&made.name, &unwatched).unwrap(), 9);
    let state = engine.backups.state().unwrap();
    assert_eq!((state.made.unwrap().name, state.failed), (made.name, None));
    assert_eq!(engine.audit.verify().unwrap().broken_at, None);
}

#[cfg(unix)]
#[test]
fn a_backup_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    let made = scene.open().backups.make(&unwatched).unwrap();
    let directory = scene.backups().join(&made.name);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&scene.backups()), mode(&directory)), (0o700, 0o700));
    for name in names(&directory) {
        assert_eq!(mode(&directory.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn making_one_tells_how_far_it_is_and_can_be_stopped_at_every_point() {
    let scene = Scene::new();
    let engine = scene.open();
    let told = std::sync::Mutex::new(Vec::new());
    engine
        .backups
        .make(&|progress| {
            told.lock().unwrap().push(progress);
            true
        })
        .unwrap();
    let told = told.into_inner().unwrap();
    let stages: Vec<Stage> = told.iter().map(|p| p.stage).collect();
    assert_eq!(stages.first(), Some(&Stage::Copying));
    assert!(stages.contains(&Stage::Checking));
    assert!(told.iter().all(|p| p.done <= p.of), "{told:?}");
    let before = names(&scene.backups());
    for stop_at in 0..told.len() {
        let heard = std::sync::atomic::AtomicUsize::new(0);
        let stopped = engine
            .backups
            .make(&|_| heard.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < stop_at);
        assert!(
            matches!(stopped, Err(Error::Cancelled)),
            "stopped at {stop_at}: {stopped:?}"
        );
        assert_eq!(names(&scene.backups()), before, "nothing is left of it");
    }
    let state = engine.backups.state().unwrap();
    assert_eq!(state.failed, None, "being stopped is no failure");
}

#[test]
fn the_chosen_folder_gets_the_same_backup() {
    let scene = Scene::new();
    let engine = scene.open();
    let folder = scene.choose(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    let listed = engine.backups.list().unwrap();
    assert_eq!(listed.len(), 1, "one backup in two places: {listed:?}");
    assert_eq!(listed[0].copies.len(), 2);
    let there = folder.join("ccc-backups").join(&made.name);
    assert_eq!(scene::bytes(&there), scene::bytes(&scene.backups().join(&made.name)));
    assert_eq!(engine.backups.verify(&made.name, &unwatched).unwrap(), 9);
    assert_eq!(engine.backups.state().unwrap().made.unwrap().folder_failed, None);
}

#[test]
fn a_chosen_folder_that_is_away_is_told_and_the_profiles_own_still_gets_it() {
    let scene = Scene::new();
    let engine = scene.open();
    let folder = scene.choose(&engine);
    fs::remove_dir(&folder).unwrap();
    let made = engine.backups.make(&unwatched).unwrap();
    assert_eq!(made.turns, 9);
    let last = engine.backups.state().unwrap().made.unwrap();
    assert!(last.folder_failed.is_some(), "{last:?}");
    assert!(!folder.exists(), "nothing is made in the place of a disk that is away");
}

#[test]
fn a_folder_inside_the_profile_is_refused() {
    let scene = Scene::new();
    let engine = scene.open();
    fs::create_dir(scene.data().join("mine")).unwrap();
    for folder in [
        scene.data(),
        scene.data().join("mine"),
        scene.data().join("none"),
        "relative".into(),
    ] {
        let settings = BackupSettings {
            folder: Some(folder.display().to_string()),
            ..BackupSettings::default()
        };
        let refused = engine.backups.set(&settings);
        assert!(matches!(refused, Err(Error::Invalid(_))), "{}", folder.display());
    }
    assert_eq!(engine.backups.settings().unwrap(), BackupSettings::default());
}

#[test]
fn writing_goes_on_while_a_backup_is_made_and_is_not_in_it_by_halves() {
    let scene = Scene::new();
    let engine = scene.open();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                says(&engine, scene.conversations[0], "said meanwhile");
            }
        });
        for _ in 0..5 {
            let made = engine.backups.make(&unwatched).unwrap();
            let read = engine.backups.verify(&made.name, &unwatched).unwrap();
            assert_eq!(read, made.turns);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
