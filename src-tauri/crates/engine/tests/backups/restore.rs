use std::fs;

use ccc_engine::{
    Error, Keychain, Profile, Ways,
    backup::{restore::BackupSecret, unwatched},
    domain::ErrorCode,
    memory::SessionFilter,
};

use crate::{
    place,
    scene::{Scene, all_said, copy, flip, names, says},
};

#[test]
fn a_whole_restore_brings_back_what_was_said_then_and_a_backup_of_now_is_made_first() {
    let scene = Scene::new();
    let engine = scene.open();
    let then = all_said(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    says(&engine, scene.conversations[0], "said later");
    let now = all_said(&engine);
    engine.audit.settle();
    let restored = engine.prepare_restore(&made.name, &unwatched).unwrap();
    assert_eq!((restored.sessions, restored.conversations, restored.turns), (2, 3, 9));
    assert_eq!((restored.deleted_since, &restored.aside), (0, &None));
    assert_eq!(
        all_said(&engine),
        now,
        "it takes effect when the profile is opened again"
    );
    drop(engine);
    let engine = scene.open();
    assert_eq!(all_said(&engine), then);
    assert_eq!(names(&scene.data()).iter().filter(|n| n.starts_with('.')).count(), 0);
    assert!(
        names(&scene.data()).iter().all(|n| !n.starts_with("aside")),
        "a backup of it is enough"
    );
    assert!(
        engine.audit.verify().unwrap().holds(),
        "the anchor of the later trail does not speak against it"
    );
    says(&engine, scene.conversations[0], "it goes on");

    let before = restored.before.unwrap();
    engine.prepare_restore(&before, &unwatched).unwrap();
    drop(engine);
    assert_eq!(all_said(&scene.open()), now, "and back again");
}

#[test]
fn a_backup_on_a_new_machine_opens_with_the_recovery_key_or_the_passphrase_alone() {
    let scene = Scene::new();
    let engine = scene.open();
    let said = all_said(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    let machine = tempfile::TempDir::new().unwrap();
    let carried = machine.path().join("carried");
    copy(&scene.backups().join(&made.name), &carried);

    let data = machine.path().join("data");
    let profile = Profile::acquire(&data, Keychain::none()).unwrap();
    let wrong = place::create(&machine.path().join("other")).1;
    let refused = profile.unlock_backup(&carried, &BackupSecret::Recovery(&wrong));
    assert_eq!(refused.err().map(|e| e.code()), Some(ErrorCode::WrongSecret));
    let refused = profile.unlock_backup(&carried, &BackupSecret::Keychain);
    assert!(refused.is_err(), "this machine's keychain knows nothing of it");
    let keys = profile
        .unlock_backup(&carried, &BackupSecret::Recovery(&scene.recovery))
        .unwrap();
    let restored = profile.restore(&carried, &keys, &unwatched).unwrap();
    assert_eq!(
        (restored.turns, restored.aside),
        (9, None),
        "there was nothing to be set aside"
    );
    drop(profile);
    assert_eq!(all_said(&place::reopen(&data, &scene.recovery).unwrap()), said);
}

#[test]
fn a_backup_opens_with_the_passphrase_of_its_time() {
    let room = tempfile::TempDir::new().unwrap();
    let passphrase = ccc_engine::Passphrase::new("seven small stones".to_owned()).unwrap();
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let profile = Profile::acquire(&room.path().join("data"), Keychain::none()).unwrap();
    let (engine, _) = profile.create(&ways).unwrap();
    place::session(&engine, "Kept");
    let made = engine.backups.make(&unwatched).unwrap();
    let directory = room.path().join("data-backups").join(made.name);
    let elsewhere = Profile::acquire(&room.path().join("elsewhere"), Keychain::none()).unwrap();
    let keys = elsewhere
        .unlock_backup(&directory, &BackupSecret::Passphrase(&passphrase))
        .unwrap();
    assert_eq!(elsewhere.restore(&directory, &keys, &unwatched).unwrap().sessions, 1);
}

#[test]
fn a_restore_over_another_profile_sets_that_aside_whole() {
    let (scene, other) = (Scene::new(), Scene::new());
    let made = scene.open().backups.make(&unwatched).unwrap();
    let directory = scene.backups().join(&made.name);
    let theirs = all_said(&other.open());
    let profile = Profile::acquire(&other.data(), Keychain::none()).unwrap();
    let keys = profile
        .unlock_backup(&directory, &BackupSecret::Recovery(&scene.recovery))
        .unwrap();
    let restored = profile.restore(&directory, &keys, &unwatched).unwrap();
    drop(profile);
    let refused = place::reopen(&other.data(), &other.recovery).err().map(|e| e.code());
    assert_eq!(refused, Some(ErrorCode::WrongSecret));
    assert_eq!(
        place::reopen(&other.data(), &scene.recovery)
            .unwrap()
            .memory
            .turn_count()
            .unwrap(),
        9
    );
    let aside = std::path::PathBuf::from(restored.aside.unwrap());
    assert_eq!(all_said(&place::reopen(&aside, &other.recovery).unwrap()), theirs);
}

#[test]
fn damaged_data_is_replaced_and_set_aside() {
    let scene = Scene::new();
    let engine = scene.open();
    let said = all_said(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    drop(engine);
    fs::write(scene.data().join("data.ccc"), b"no database at all").unwrap();
    assert!(place::reopen(&scene.data(), &scene.recovery).is_err());
    let profile = Profile::acquire(&scene.data(), Keychain::none()).unwrap();
    let directory = scene.backups().join(&made.name);
    let keys = profile
        .unlock_backup(&directory, &BackupSecret::Recovery(&scene.recovery))
        .unwrap();
    let restored = profile.restore(&directory, &keys, &unwatched).unwrap();
    drop(profile);
    assert_eq!(all_said(&scene.open()), said);
    let aside = std::path::PathBuf::from(restored.aside.unwrap());
    assert_eq!(fs::read(aside.join("data.ccc")).unwrap(), b"no database at all");
}

#[test]
fn a_copy_beside_is_a_profile_of_its_own_and_the_profile_stays() {
    let scene = Scene::new();
    let engine = scene.open();
    let then = all_said(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    says(&engine, scene.conversations[0], "said later");
    let now = all_said(&engine);
    let target = scene.room.path().join("beside");
    let restored = engine.restore_beside(&made.name, &target, &unwatched).unwrap();
    assert_eq!(restored.turns, 9);
    assert_eq!(names(&target), ["data.ccc", "keys-a.ccc", "keys-b.ccc"]);
    let again = engine.restore_beside(&made.name, &target, &unwatched);
    assert!(matches!(again, Err(Error::FileExists)), "{again:?}");
    assert_eq!(all_said(&engine), now);
    assert_eq!(all_said(&place::reopen(&target, &scene.recovery).unwrap()), then);
    let stopped = engine.restore_beside(&made.name, &scene.room.path().join("stopped"), &|_| false);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert!(!names(scene.room.path()).iter().any(|name| name.starts_with("stopped")));
}

#[test]
fn a_session_that_is_gone_comes_back_under_its_id_and_one_that_is_there_as_a_copy() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    says(&engine, scene.conversations[0], "said later");
    let now = all_said(&engine);
    let back = engine
        .backups
        .bring_back(&made.name, &[scene.sessions[0]], &unwatched)
        .unwrap();
    assert_eq!(back.len(), 1);
    assert!(
        back[0].copy && back[0].turns == 6 && back[0].title.starts_with("First ("),
        "{back:?}"
    );
    let mut after = all_said(&engine);
    let copies: Vec<_> = engine.memory.list_conversations(back[0].session_id).unwrap();
    for conversation in copies {
        let said = after.remove(&conversation.id).unwrap();
        assert_eq!(said, ["turn 1 of it", "turn 2 of it", "turn 3 of it"]);
    }
    assert_eq!(after, now, "nothing that is there was changed");
    let request = ccc_engine::memory::ContextRequest::default();
    let context = engine
        .memory
        .get_relevant_context(back[0].session_id, "turn of it", &request)
        .unwrap();
    assert!(!context.items.is_empty(), "memory finds what came back");

    // Lost behind the engine's back, its key still there.
    drop(engine);
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = rusqlite::Connection::open_with_flags(scene.data().join("data.ccc"), flags).unwrap();
    let id = scene.sessions[1].to_bytes();
    connection
        .execute_batch("PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;")
        .unwrap();
    assert_eq!(
        connection
            .execute("DELETE FROM sessions WHERE session_id = ?1", [id])
            .unwrap(),
        1
    );
    drop(connection);
    let engine = scene.open();
    let back = engine
        .backups
        .bring_back(&made.name, &[scene.sessions[1]], &unwatched)
        .unwrap();
    assert_eq!(
        (back[0].session_id, back[0].copy, back[0].turns),
        (scene.sessions[1], false, 3)
    );
    assert_eq!(all_said(&engine)[&scene.conversations[2]].len(), 3);
    assert_eq!(engine.audit.verify().unwrap().broken_at, None);
    engine.backups.make(&unwatched).unwrap();
    assert_eq!(engine.memory.list_sessions(SessionFilter::All).unwrap().len(), 3);
}

#[test]
fn a_damaged_backup_is_not_restored_and_changes_nothing() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    let said = all_said(&engine);
    drop(engine);
    let directory = scene.backups().join(&made.name);
    let secret = BackupSecret::Recovery(&scene.recovery);
    let before = names(&scene.data());
    for (file, at) in [("data.ccc", 5_000), ("manifest.json", 60)] {
        flip(&directory.join(file), at);
        let profile = Profile::acquire(&scene.data(), Keychain::none()).unwrap();
        let keys = profile.unlock_backup(&directory, &secret).unwrap();
        let refused = profile.restore(&directory, &keys, &unwatched);
        assert_eq!(refused.err().map(|e| e.code()), Some(ErrorCode::DataDamaged), "{file}");
        assert_eq!(names(&scene.data()), before);
        flip(&directory.join(file), at);
    }
    assert_eq!(all_said(&scene.open()), said);
}

#[test]
fn the_log_of_what_is_replaced_is_not_taken_for_the_restored_ones() {
    let scene = Scene::new();
    let engine = scene.open();
    let then = all_said(&engine);
    let made = engine.backups.make(&unwatched).unwrap();
    for n in 0..20 {
        says(&engine, scene.conversations[0], &format!("said later {n}"));
    }
    // What a kill would leave: the log beside the file.
    let killed = scene.room.path().join("killed");
    copy(&scene.data().join("none"), &killed);
    for name in names(&scene.data()).iter().filter(|name| name.contains("ccc")) {
        fs::copy(scene.data().join(name), killed.join(name)).unwrap();
    }
    assert!(fs::metadata(killed.join("data.ccc-wal")).unwrap().len() > 0);
    let profile = Profile::acquire(&killed, Keychain::none()).unwrap();
    let directory = scene.backups().join(&made.name);
    let keys = profile
        .unlock_backup(&directory, &BackupSecret::Recovery(&scene.recovery))
        .unwrap();
    let restored = profile.restore(&directory, &keys, &unwatched).unwrap();
    drop(profile);
    assert_eq!(all_said(&place::reopen(&killed, &scene.recovery).unwrap()), then);
    let aside = std::path::PathBuf::from(restored.aside.unwrap());
    assert!(
        aside.join("data.ccc-wal").exists(),
        "it went with its file: {:?}",
        names(&aside)
    );
    let kept = place::reopen(&aside, &scene.recovery).unwrap();
    assert_eq!(all_said(&kept), all_said(&engine), "and nothing of it is lost");
}
