use ccc_engine::{
    backup::{BackupSettings, Job, unwatched},
    domain::Timestamp,
};

use crate::scene::{Scene, names, says};

const HOUR: i64 = 3_600_000;
/// 2026-05-04, a Monday.
const START: i64 = 1_777_852_800_000;

#[test]
fn one_is_made_an_hour_after_the_last_when_something_was_done_since() {
    let scene = Scene::new();
    let (engine, clock) = scene.open_at(START);
    let due = |ms: i64| {
        clock.0.store(ms, std::sync::atomic::Ordering::Relaxed);
        engine.do_due_backup(&unwatched).unwrap()
    };
    assert_eq!(due(START), Some(Job::Backup), "there was none yet");
    assert_eq!(due(START), Some(Job::Drill), "nor was it tried out");
    assert_eq!(due(START + 2 * HOUR), None, "nothing was done since");
    says(&engine, scene.conversations[0], "more");
    assert_eq!(due(START + HOUR - 1), None, "it is less than an hour");
    assert_eq!(due(START + HOUR), Some(Job::Backup));
    assert_eq!(due(START + 7 * 24 * HOUR), Some(Job::Drill), "a week after the last");
    assert_eq!(due(START + 7 * 24 * HOUR), None);
    let tried = engine.backups.state().unwrap().tried.unwrap();
    assert_eq!((tried.failure, tried.turns), (None, 10), "every turn was read back");
    let off = BackupSettings {
        automatic: false,
        ..BackupSettings::default()
    };
    engine.backups.set(&off).unwrap();
    says(&engine, scene.conversations[0], "still more");
    assert_eq!(due(START + 9 * 24 * HOUR), None, "it was turned off");
}

#[test]
fn older_ones_go_by_the_rules_and_only_once_a_newer_one_is_verified() {
    let scene = Scene::new();
    let (engine, clock) = scene.open_at(START);
    for half_hour in 0..100 {
        let now = START + half_hour * HOUR / 2;
        clock.0.store(now, std::sync::atomic::Ordering::Relaxed);
        engine.backups.make(&unwatched).unwrap();
    }
    let kept = engine.backups.list().unwrap();
    assert_eq!(kept.len(), 24 + 1, "by the hour for a day, and the day before");
    assert_eq!(kept[0].created_at, Timestamp::from_ms(START + 99 * HOUR / 2));
    assert_eq!(
        names(&scene.backups()).len(),
        kept.len(),
        "nothing half removed is left"
    );

    let tight = BackupSettings {
        max_bytes: 1,
        ..BackupSettings::default()
    };
    engine.backups.set(&tight).unwrap();
    let stopped = engine.backups.make(&|_| false);
    assert!(stopped.is_err());
    assert_eq!(
        engine.backups.list().unwrap(),
        kept,
        "one that was not finished prunes none"
    );
    let made = engine.backups.make(&unwatched).unwrap();
    assert_eq!(
        engine.backups.list().unwrap(),
        [made],
        "the newest stays whatever its size"
    );
}

#[test]
fn a_foreign_directory_in_the_folder_is_left_alone() {
    let scene = Scene::new();
    let engine = scene.open();
    let folder = scene.choose(&engine);
    let other = Scene::new();
    let others = other.open();
    let stick = BackupSettings {
        folder: Some(folder.display().to_string()),
        max_bytes: 1,
        ..BackupSettings::default()
    };
    others.backups.set(&stick).unwrap();
    let theirs = others.backups.make(&unwatched).unwrap();
    let inside = folder.join("ccc-backups");
    std::fs::create_dir(inside.join("photos")).unwrap();
    engine.backups.set(&stick).unwrap();
    let mine = engine.backups.make(&unwatched).unwrap();
    let again = engine.backups.make(&unwatched).unwrap();
    let mut expected = vec![theirs.name.clone(), again.name.clone(), "photos".to_owned()];
    expected.sort();
    assert_eq!(names(&inside), expected, "{} went, what is another's stayed", mine.name);
    let listed: Vec<String> = engine
        .backups
        .list()
        .unwrap()
        .into_iter()
        .map(|info| info.name)
        .collect();
    assert_eq!(listed, [again.name], "another profile's is not listed");
}
