use std::fs;

use ccc_engine::{
    Error,
    backup::{BackupFault, unwatched},
    domain::ErrorCode,
};

use crate::scene::{Scene, flip, names};

#[test]
fn a_changed_byte_anywhere_in_a_backup_is_noticed() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    let directory = scene.backups().join(&made.name);
    let mut tried = 0;
    for name in names(&directory) {
        let whole = fs::read(directory.join(&name)).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 20 + 1) {
            flip(&directory.join(&name), at);
            let verified = engine.backups.verify(&made.name, &unwatched);
            let code = verified.as_ref().err().map(Error::code);
            // One damaged generation of the keys is put right by the other: nothing is lost.
            let expected = if name.starts_with("keys-") {
                None
            } else {
                Some(ErrorCode::DataDamaged)
            };
            assert_eq!(code, expected, "byte {at} of {name}: {verified:?}");
            fs::write(directory.join(&name), &whole).unwrap();
            assert_eq!(
                engine.backups.verify(&made.name, &unwatched).unwrap(),
                9,
                "it was put back"
            );
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried} places were tried");
}

#[test]
fn a_missing_file_is_noticed_without_reading_the_data() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    let directory = scene.backups().join(&made.name);
    for gone in [&["data.ccc"][..], &["manifest.json"], &["keys-a.ccc", "keys-b.ccc"]] {
        let kept: Vec<_> = gone
            .iter()
            .map(|name| (name, fs::read(directory.join(name)).unwrap()))
            .collect();
        gone.iter()
            .for_each(|name| fs::remove_file(directory.join(name)).unwrap());
        let listed = engine.backups.list().unwrap();
        assert_eq!(listed[0].copies[0].fault, Some(BackupFault::Damaged), "{gone:?}");
        let refused = engine.backups.find(&made.name);
        assert!(matches!(refused, Err(Error::Damaged(_))), "{refused:?}");
        kept.iter()
            .for_each(|(name, content)| fs::write(directory.join(name), content).unwrap());
    }
    assert_eq!(engine.backups.list().unwrap()[0].copies[0].fault, None);
}

#[test]
fn a_backup_of_damaged_data_is_refused_and_the_older_one_stays() {
    let scene = Scene::new();
    let engine = scene.open();
    let good = engine.backups.make(&unwatched).unwrap();
    drop(engine);
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = rusqlite::Connection::open_with_flags(scene.data().join("data.ccc"), flags).unwrap();
    let turns = connection
        .execute("UPDATE turns SET status = 'interrupted' WHERE turn_number = 2", [])
        .unwrap();
    assert!(turns > 0);
    drop(connection);
    let engine = scene.open();
    let refused = engine.backups.make(&unwatched);
    assert_eq!(refused.err().map(|e| e.code()), Some(ErrorCode::DataDamaged));
    assert_eq!(names(&scene.backups()), std::slice::from_ref(&good.name));
    let state = engine.backups.state().unwrap();
    assert_eq!(state.failed.map(|failed| failed.code), Some(ErrorCode::DataDamaged));
    assert_eq!(
        state.made.map(|made| made.name),
        Some(good.name),
        "the last good one is still known"
    );
}

#[test]
fn a_backup_that_a_drill_found_damaged_is_shown_as_such_until_it_is_whole() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    let data = scene.backups().join(&made.name).join("data.ccc");
    let middle = usize::try_from(made.bytes / 2).unwrap();
    flip(&data, middle);
    let tried = engine.backups.drill(&unwatched).unwrap();
    assert_eq!(tried.failure, Some(ErrorCode::DataDamaged));
    assert_eq!(
        engine.backups.list().unwrap()[0].copies[0].fault,
        Some(BackupFault::Damaged)
    );
    flip(&data, middle);
    assert_eq!(engine.backups.drill(&unwatched).unwrap().failure, None);
    assert_eq!(engine.backups.list().unwrap()[0].copies[0].fault, None);
    assert_eq!(names(&scene.backups()), [made.name], "nothing of the drill is left");
}

#[test]
fn the_profile_is_looked_through_before_it_is_used_after_it_was_not_closed() {
    let scene = Scene::new();
    let room = tempfile::TempDir::new().unwrap();
    let killed = room.path().join("data");
    let engine = scene.open();
    for n in 0..200 {
        crate::scene::says(&engine, scene.conversations[0], &format!("{n} {}", "word ".repeat(200)));
    }
    // What a kill would leave: the log beside the file.
    fs::create_dir(&killed).unwrap();
    let copy = || {
        for name in names(&scene.data()).iter().filter(|name| name.contains("ccc")) {
            fs::copy(scene.data().join(name), killed.join(name)).unwrap();
        }
    };
    copy();
    assert!(killed.join("data.ccc-wal").exists());
    drop(engine);
    crate::place::reopen(&killed, &scene.recovery).unwrap();

    copy();
    let mut bytes = fs::read(killed.join("data.ccc")).unwrap();
    // A page that holds turns alone, which opening does not read.
    let page = bytes.len() / 2 / 4096 * 4096;
    bytes[page..page + 4096].fill(0x55);
    fs::write(killed.join("data.ccc"), bytes).unwrap();
    crate::place::reopen(&killed, &scene.recovery).unwrap();
    fs::write(killed.join("data.ccc-wal"), b"left").unwrap();
    let refused = crate::place::reopen(&killed, &scene.recovery).err();
    assert_eq!(refused.map(|e| e.code()), Some(ErrorCode::DataDamaged));
}
