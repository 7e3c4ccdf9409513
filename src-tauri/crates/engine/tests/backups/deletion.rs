use std::fs;

use ccc_engine::{Error, backup::unwatched, memory::SessionFilter};

use crate::scene::{Scene, all_said, bytes, names};

/// Whether any file in `directory` holds the wrapped key that `record` is.
fn holds(directory: &std::path::Path, record: &[u8]) -> bool {
    bytes(directory)
        .values()
        .any(|file| file.windows(record.len()).any(|window| window == record))
}

/// A session's wrapped key as it stands in a keys file: 64 bytes after its id.
fn record(keys: &[u8], session: [u8; 16]) -> Vec<u8> {
    let at = keys.windows(16).position(|window| window == session).unwrap();
    keys[at + 16..at + 80].to_vec()
}

#[test]
fn deleting_a_session_reaches_every_backup_and_restoring_one_leaves_it_unreadable_and_says_so() {
    let scene = Scene::new();
    let (engine, clock) = scene.open_at(1_777_852_800_000);
    let folder = scene.choose(&engine).join("ccc-backups");
    let made = [(); 2].map(|()| {
        clock.0.fetch_add(3_600_000, std::sync::atomic::Ordering::Relaxed);
        engine.backups.make(&unwatched).unwrap()
    });
    let keys = fs::read(scene.data().join("keys-a.ccc")).unwrap();
    let record = record(&keys, scene.sessions[1].to_bytes());
    let all = || {
        made.iter()
            .flat_map(|made| [scene.backups(), folder.clone()].map(|f| f.join(&made.name)))
    };
    assert!(
        all().all(|directory| holds(&directory, &record)),
        "every backup held its key"
    );

    engine.memory.delete_session(scene.sessions[1]).unwrap();
    assert!(all().all(|directory| !holds(&directory, &record)), "and none does now");
    assert_eq!(engine.backups.state().unwrap().unreached, []);
    assert_eq!(
        engine.backups.verify(&made[0].name, &unwatched).unwrap(),
        6,
        "the rest is whole"
    );
    let sessions = engine.backups.sessions_in(&made[0].name).unwrap();
    assert_eq!(sessions.iter().map(|s| s.id).collect::<Vec<_>>(), [scene.sessions[0]]);
    let refused = engine
        .backups
        .bring_back(&made[0].name, &[scene.sessions[1]], &unwatched);
    assert!(refused.is_err());

    let restored = engine.prepare_restore(&made[0].name, &unwatched).unwrap();
    assert_eq!((restored.sessions, restored.turns, restored.deleted_since), (1, 6, 1));
    drop(engine);
    let engine = scene.open();
    let left = engine.memory.list_sessions(SessionFilter::All).unwrap();
    assert_eq!(left.iter().map(|s| s.id).collect::<Vec<_>>(), [scene.sessions[0]]);
}

#[test]
fn a_folder_that_is_away_is_remembered_and_reached_when_it_is_back() {
    let scene = Scene::new();
    let engine = scene.open();
    let folder = scene.choose(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    let away = scene.room.path().join("unplugged");
    // The place where a disk was stays behind, empty.
    fs::rename(&folder, &away).unwrap();
    fs::create_dir(&folder).unwrap();
    let keys = fs::read(scene.data().join("keys-a.ccc")).unwrap();
    let record = record(&keys, scene.sessions[1].to_bytes());
    engine.memory.delete_session(scene.sessions[1]).unwrap();
    let unreached = engine.backups.state().unwrap().unreached;
    assert_eq!(unreached.len(), 1);
    assert!(
        unreached[0].folder.starts_with(&folder.display().to_string()),
        "{unreached:?}"
    );
    assert_eq!(engine.backups.reach_again().unwrap(), 1, "it is still away");
    assert!(holds(&away.join("ccc-backups").join(&made.name), &record));

    drop(engine);
    fs::remove_dir(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    let engine = scene.open();
    assert_eq!(
        engine.backups.state().unwrap().unreached,
        [],
        "the next opening reached it"
    );
    assert!(!holds(&folder.join("ccc-backups").join(&made.name), &record));
}

#[test]
fn a_folder_that_was_chosen_before_is_still_reached() {
    let scene = Scene::new();
    let engine = scene.open();
    let folder = scene.choose(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    engine
        .backups
        .set(&ccc_engine::backup::BackupSettings::default())
        .unwrap();
    let keys = fs::read(scene.data().join("keys-a.ccc")).unwrap();
    let record = record(&keys, scene.sessions[0].to_bytes());
    let there = folder.join("ccc-backups").join(&made.name);
    assert!(holds(&there, &record));
    engine.memory.delete_session(scene.sessions[0]).unwrap();
    assert!(!holds(&there, &record));
}

#[test]
fn a_folder_that_was_forgotten_is_not_waited_for() {
    let scene = Scene::new();
    let engine = scene.open();
    let folder = scene.choose(&engine);
    engine.backups.make(&unwatched).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    engine.memory.delete_session(scene.sessions[1]).unwrap();
    assert_eq!(engine.backups.state().unwrap().unreached.len(), 1);
    engine.backups.forget_folder(&folder.display().to_string()).unwrap();
    let state = engine.backups.state().unwrap();
    assert_eq!((state.unreached, state.folders), (vec![], vec![]));
    assert_eq!(engine.backups.settings().unwrap().folder, None);
}

#[test]
fn what_a_restore_set_aside_loses_the_key_too() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    drop(engine);
    let profile = ccc_engine::Profile::acquire(&scene.data(), ccc_engine::Keychain::none()).unwrap();
    let directory = scene.backups().join(&made.name);
    let secret = ccc_engine::backup::restore::BackupSecret::Recovery(&scene.recovery);
    let keys = profile.unlock_backup(&directory, &secret).unwrap();
    let restored = profile.restore(&directory, &keys, &unwatched).unwrap();
    let aside = std::path::PathBuf::from(restored.aside.unwrap());
    assert_eq!(
        names(&aside),
        ["audit-last.ccc", "data.ccc", "keys-a.ccc", "keys-b.ccc"]
    );
    drop(profile);
    let keys = fs::read(scene.data().join("keys-a.ccc")).unwrap();
    let record = record(&keys, scene.sessions[0].to_bytes());
    assert!(holds(&aside, &record));
    let engine = scene.open();
    engine.memory.delete_session(scene.sessions[0]).unwrap();
    assert!(!holds(&aside, &record) && !holds(&scene.data().join("none"), &record));
    assert_eq!(all_said(&engine).len(), 1);
}

#[test]
fn keys_are_reached_in_every_backup_for_what_must_hold_in_all() {
    let scene = Scene::new();
    let engine = scene.open();
    let folder = scene.choose(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    let mut seen = Vec::new();
    let failed = engine.backups.in_every_keys_directory(|directory| {
        seen.push(directory.to_owned());
        Ok(())
    });
    assert_eq!(failed.unwrap(), Vec::<std::path::PathBuf>::new());
    let there = folder.join("ccc-backups");
    assert_eq!(seen, [scene.backups().join(&made.name), there.join(&made.name)]);
    let failed = engine.backups.in_every_keys_directory(|_| Err(Error::Internal("no")));
    assert_eq!(failed.unwrap(), [scene.backups(), there]);
}
