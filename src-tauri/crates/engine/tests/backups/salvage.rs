use std::{collections::BTreeMap, fs, path::Path};

use ccc_engine::{
    EncryptionService, Error, Keychain, Profile,
    backup::unwatched,
    domain::{ConversationId, ErrorCode},
    salvage::SalvageReport,
};
use rusqlite::{Connection, OpenFlags};

use crate::scene::{Scene, all_said, names, says};

/// The data file, opened past everything that guards it.
pub fn behind(scene: &Scene) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = Connection::open_with_flags(scene.data().join("data.ccc"), flags).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    connection
}

pub fn closed(scene: &Scene) -> (Profile, EncryptionService) {
    let profile = Profile::acquire(&scene.data(), Keychain::none()).unwrap();
    let keys = profile.unlock_with_recovery(&scene.recovery).unwrap();
    (profile, keys)
}

pub fn salvaged(scene: &Scene) -> SalvageReport {
    let (profile, keys) = closed(scene);
    profile.salvage(&keys, &unwatched).unwrap()
}

/// Zeroes the pages `from..to` of the data file.
fn zero_pages(data: &Path, from: usize, to: usize) {
    let mut bytes = fs::read(data).unwrap();
    bytes[from * 4096..to * 4096].fill(0);
    fs::write(data, bytes).unwrap();
}

#[test]
fn what_is_whole_comes_out_as_it_went_in() {
    let scene = Scene::new();
    let said = all_said(&scene.open());
    let report = salvaged(&scene);
    assert_eq!((report.whole, report.turns), (3, 9));
    assert_eq!(
        (&report.conversations, &report.missing, &report.backup),
        (&vec![], &vec![], &None)
    );
    let engine = scene.open();
    assert_eq!(all_said(&engine), said);
    assert_eq!(engine.full_check(&unwatched).unwrap().faults, []);
    assert_eq!(engine.audit.verify().unwrap().broken_at, None);
    assert_eq!(engine.memory.list_summaries(scene.sessions[0]).unwrap().len(), 1);
    let aside = report.aside.unwrap();
    assert!(names(Path::new(&aside)).contains(&"data.ccc".to_owned()));
    says(&engine, scene.conversations[0], "it goes on");
}

#[test]
fn a_turn_that_was_changed_is_taken_from_the_backup() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    says(&engine, scene.conversations[1], "said after the backup");
    let said = all_said(&engine);
    drop(engine);
    let changed = behind(&scene)
        .execute(
            "UPDATE turns SET content_sealed = zeroblob(90) WHERE conversation_id = ?1 AND turn_number = 2",
            [scene.conversations[1].to_bytes()],
        )
        .unwrap();
    assert_eq!(changed, 1);
    let report = salvaged(&scene);
    assert_eq!((report.whole, report.conversations.len()), (2, 1));
    let one = &report.conversations[0];
    assert_eq!(
        (one.conversation_id, one.turns, one.from_backup, one.lost),
        (scene.conversations[1], 4, 1, 0)
    );
    assert_eq!((one.session.as_str(), one.title.as_str()), ("First", "Do it."));
    assert_eq!(report.backup, Some(made.name));
    assert_eq!(all_said(&scene.open()), said, "also what was said after the backup");
}

#[test]
fn a_turn_that_is_nowhere_is_named_as_lost_and_the_others_stay_in_order() {
    let scene = Scene::new();
    let lost = scene.conversations[0];
    behind(&scene)
        .execute(
            "DELETE FROM turns WHERE conversation_id = ?1 AND turn_number = 2",
            [lost.to_bytes()],
        )
        .unwrap();
    let report = salvaged(&scene);
    assert_eq!(report.conversations.len(), 1);
    assert_eq!((report.conversations[0].turns, report.conversations[0].lost), (2, 1));
    let engine = scene.open();
    let turns = engine.memory.get_conversation_history(lost).unwrap();
    let left: Vec<_> = turns.iter().map(|turn| (turn.number, turn.content.as_str())).collect();
    assert_eq!(left, [(1, "turn 1 of it"), (2, "turn 3 of it")]);
    says(&engine, lost, "it goes on");
}

#[test]
fn rows_that_hold_others_are_made_anew_where_they_are_lost() {
    let scene = Scene::new();
    let said = all_said(&scene.open());
    let connection = behind(&scene);
    connection
        .execute(
            "DELETE FROM sessions WHERE session_id = ?1",
            [scene.sessions[1].to_bytes()],
        )
        .unwrap();
    connection
        .execute(
            "UPDATE conversations SET directive_sealed = zeroblob(60) WHERE conversation_id = ?1",
            [scene.conversations[0].to_bytes()],
        )
        .unwrap();
    drop(connection);
    salvaged(&scene);
    let engine = scene.open();
    assert_eq!(all_said(&engine), said, "every turn is there");
    assert_eq!(engine.memory.get_session(scene.sessions[1]).unwrap().title, "Salvaged");
}

#[test]
fn a_file_that_is_no_database_any_more_comes_from_the_backup_whole() {
    let scene = Scene::new();
    let engine = scene.open();
    let made = engine.backups.make(&unwatched).unwrap();
    let said = all_said(&engine);
    drop(engine);
    for ruined in [&b"nothing"[..], b""] {
        fs::write(scene.data().join("data.ccc"), ruined).unwrap();
        let report = salvaged(&scene);
        assert_eq!(report.backup, Some(made.name.clone()));
        assert_eq!(all_said(&scene.open()), said);
    }
    fs::remove_file(scene.data().join("data.ccc")).unwrap();
    salvaged(&scene);
    assert_eq!(all_said(&scene.open()), said, "also where it is gone");
}

#[test]
fn nothing_readable_and_no_backup_is_an_error_that_changes_nothing() {
    let scene = Scene::new();
    fs::write(scene.data().join("data.ccc"), b"nothing").unwrap();
    let before = names(&scene.data());
    let (profile, keys) = closed(&scene);
    let refused = profile.salvage(&keys, &unwatched);
    assert!(matches!(refused, Err(Error::Damaged(_))), "{refused:?}");
    let stopped = profile.salvage(&keys, &|_| false);
    assert!(stopped.is_err());
    assert_eq!(names(&scene.data()), before);
    assert_eq!(fs::read(scene.data().join("data.ccc")).unwrap(), b"nothing");
}

#[test]
fn a_deleted_session_does_not_come_back_with_the_backup() {
    let scene = Scene::new();
    let engine = scene.open();
    engine.backups.make(&unwatched).unwrap();
    engine.memory.delete_session(scene.sessions[1]).unwrap();
    drop(engine);
    fs::write(scene.data().join("data.ccc"), b"nothing").unwrap();
    let report = salvaged(&scene);
    assert_eq!(report.turns, 6);
    assert_eq!(all_said(&scene.open()).len(), 2);
}

#[test]
fn damaged_pages_cost_their_own_rows_alone() {
    let scene = Scene::new();
    let engine = scene.open();
    let mut expected: BTreeMap<ConversationId, Vec<String>> = BTreeMap::new();
    for conversation in scene.conversations {
        for n in 0..150 {
            says(
                &engine,
                conversation,
                &format!("{conversation} {n} {}", "word ".repeat(60 + n % 7)),
            );
        }
    }
    expected.extend(all_said(&engine));
    drop(engine);
    let pages = usize::try_from(fs::metadata(scene.data().join("data.ccc")).unwrap().len()).unwrap() / 4096;
    zero_pages(&scene.data().join("data.ccc"), pages / 2, pages / 2 + 2);
    let report = salvaged(&scene);
    let engine = scene.open();
    let said = all_said(&engine);
    let (kept, all) = (said.values().flatten().count(), expected.values().flatten().count());
    assert!(kept >= all * 9 / 10, "{kept} of {all} turns are kept");
    for (conversation, turns) in &said {
        assert!(
            turns.iter().all(|turn| expected[conversation].contains(turn)),
            "nothing strange came in"
        );
    }
    let lost: u32 = report.conversations.iter().map(|one| one.lost).sum();
    assert_eq!(all - kept, lost as usize, "the report counts what is lost: {report:?}");
    assert_eq!(engine.full_check(&unwatched).unwrap().faults, []);
}

#[test]
fn a_full_check_says_which_conversation_is_damaged() {
    let scene = Scene::new();
    assert_eq!(scene.open().full_check(&unwatched).unwrap().faults, []);
    behind(&scene)
        .execute(
            "UPDATE turns SET agent = 'beatrice' WHERE conversation_id = ?1 AND turn_number = 3",
            [scene.conversations[2].to_bytes()],
        )
        .unwrap();
    let engine = scene.open();
    let report = engine.full_check(&unwatched).unwrap();
    let of: Vec<_> = report
        .faults
        .iter()
        .map(|fault| (fault.session_id, fault.conversation_id))
        .collect();
    assert_eq!(of, [(Some(scene.sessions[1]), Some(scene.conversations[2]))]);
    drop(engine);
    let taken = "DELETE FROM turns WHERE conversation_id = ?1 AND turn_number = 3";
    behind(&scene)
        .execute(taken, [scene.conversations[0].to_bytes()])
        .unwrap();
    let engine = scene.open();
    let faults = engine.full_check(&unwatched).unwrap().faults;
    let of: Vec<_> = faults.iter().map(|fault| fault.conversation_id).collect();
    assert_eq!(
        of,
        [Some(scene.conversations[0]), Some(scene.conversations[2])],
        "also where the last turn is gone"
    );
    let code = engine.backups.make(&unwatched).err().map(|e| e.code());
    assert_eq!(code, Some(ErrorCode::DataDamaged), "nor is a backup of it made");
}
