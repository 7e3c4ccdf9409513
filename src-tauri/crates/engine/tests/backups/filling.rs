//! Turns that a damaged file lost come out of backups: where they fit, and nothing else.

use std::{collections::BTreeMap, fs, path::Path};

use ccc_engine::{
    Engine,
    backup::unwatched,
    domain::{ConversationId, Turn},
    salvage::SalvageReport,
};

use crate::{
    salvage::{behind, salvaged},
    scene::{Scene, all_said, copy, says},
};

/// Changes a byte of the sealed text of these turns, where it lies in the data file.
fn damage(scene: &Scene, conversation: ConversationId, numbers: &[u32]) {
    let connection = behind(scene);
    let sealed = numbers.iter().map(|number| {
        let sql = "SELECT content_sealed FROM turns WHERE conversation_id = ?1 AND turn_number = ?2";
        let row = connection.query_row(sql, (conversation.to_bytes(), number), |row| row.get::<_, Vec<u8>>(0));
        row.unwrap()
    });
    let sealed: Vec<Vec<u8>> = sealed.collect();
    drop(connection);
    damage_bytes(&scene.data().join("data.ccc"), &sealed);
}

/// Changes the directive of a conversation where it lies.
fn damage_row(scene: &Scene, conversation: ConversationId) {
    let sql = "SELECT directive_sealed FROM conversations WHERE conversation_id = ?1";
    let connection = behind(scene);
    let row = connection.query_row(sql, [conversation.to_bytes()], |row| row.get::<_, Vec<u8>>(0));
    drop(connection);
    damage_bytes(&scene.data().join("data.ccc"), &[row.unwrap()]);
}

/// Changes a byte in the middle of each of these.
pub fn damage_bytes(data: &Path, all: &[Vec<u8>]) {
    let mut bytes = fs::read(data).unwrap();
    for sealed in all {
        let at = bytes.windows(sealed.len()).position(|there| there == sealed);
        bytes[at.unwrap() + sealed.len() / 2] ^= 0x10;
    }
    fs::write(data, bytes).unwrap();
}

fn all_say(engine: &Engine, conversation: ConversationId, words: &[&str]) -> Vec<Turn> {
    words.iter().map(|word| says(engine, conversation, word)).collect()
}

/// Turns now, from the backup, lost, by conversation.
fn counts(report: &SalvageReport) -> BTreeMap<ConversationId, (u32, u32, u32)> {
    let counts = report.conversations.iter();
    counts
        .map(|one| (one.conversation_id, (one.turns, one.from_backup, one.lost)))
        .collect()
}

fn of(scene: &Scene, conversation: ConversationId) -> Vec<String> {
    let engine = scene.open();
    assert_eq!(engine.full_check(&unwatched).unwrap().faults, []);
    all_said(&engine).remove(&conversation).unwrap_or_default()
}

#[test]
fn turns_lost_in_the_middle_and_at_the_end_are_filled_in_and_newer_ones_stay() {
    let scene = Scene::new();
    let [middle, end, newer] = scene.conversations;
    let engine = scene.open();
    for n in 4..=33 {
        says(&engine, middle, &format!("turn {n} of it"));
    }
    let made = engine.backups.make(&unwatched).unwrap();
    all_say(&engine, middle, &["after it", "and more"]);
    all_say(&engine, newer, &["kept", "lost for good"]);
    let said = all_said(&engine);
    engine.close();
    drop(engine);
    damage(&scene, middle, &[1, 5, 6, 7, 33]);
    damage(&scene, end, &[2, 3]);
    damage(&scene, newer, &[3, 5]);
    let report = salvaged(&scene);
    assert_eq!((report.whole, report.turns), (0, 35 + 3 + 4));
    assert_eq!(
        counts(&report),
        [(middle, (35, 5, 0)), (end, (3, 2, 0)), (newer, (4, 1, 1))].into()
    );
    assert_eq!(report.backup, Some(made.name));
    assert_eq!(
        (of(&scene, middle), of(&scene, end)),
        (said[&middle].clone(), said[&end].clone())
    );
    assert_eq!(of(&scene, newer), said[&newer][..4], "the one after the gap too");
    let engine = scene.open();
    let numbers = engine.memory.get_conversation_history(newer).unwrap();
    assert_eq!(numbers.iter().map(|turn| turn.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    says(&engine, middle, "it goes on");
}

/// A profile as a kill leaves it: what was said since its start is in its log. Nothing of that log can be read.
fn without_its_log(scene: &Scene, said: impl FnOnce(&Engine)) {
    let engine = scene.open();
    said(&engine);
    let killed = scene.room.path().join("killed");
    copy_files(&scene.data(), &killed);
    drop(engine);
    fs::remove_dir_all(scene.data()).unwrap();
    copy(&killed, &scene.data());
    let log = scene.data().join("data.ccc-wal");
    let mut bytes = fs::read(&log).unwrap();
    bytes[40] ^= 1;
    fs::write(log, bytes).unwrap();
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn what_a_lost_log_held_is_filled_in_although_the_file_knows_nothing_of_it() {
    let scene = Scene::new();
    let [first, second, _] = scene.conversations;
    let mut at_backup = BTreeMap::new();
    let mut begun = None;
    without_its_log(&scene, |engine| {
        all_say(engine, first, &["four", "five"]);
        let session = engine.memory.get_conversation(first).unwrap().session_id;
        let conversation = crate::place::conversation(engine, session);
        says(engine, conversation.id, "in a new one");
        begun = Some(conversation.id);
        engine.backups.make(&unwatched).unwrap();
        at_backup = all_said(engine);
        says(engine, second, "after the backup");
    });
    let report = salvaged(&scene);
    assert_eq!(report.whole, 2);
    assert_eq!(
        counts(&report),
        [(first, (5, 2, 0)), (begun.unwrap(), (1, 1, 0))].into()
    );
    assert_eq!(all_said(&scene.open()), at_backup);
}

#[test]
fn a_lost_end_that_was_accepted_stays_as_it_was_taken() {
    let scene = Scene::new();
    without_its_log(&scene, |engine| {
        all_say(engine, scene.conversations[0], &["four", "five"]);
        engine.backups.make(&unwatched).unwrap();
    });
    let engine = scene.open();
    assert!(engine.audit.is_cut());
    engine.audit.accept().unwrap();
    let said = all_said(&engine);
    assert_eq!(said[&scene.conversations[0]].len(), 3);
    engine.close();
    drop(engine);
    let report = salvaged(&scene);
    assert_eq!((report.whole, report.conversations.len()), (3, 0));
    assert_eq!(all_said(&scene.open()), said);
}

/// A conversation that went on in one way, was restored to its third turn, and went on otherwise. The newest backup is of
/// the first way.
fn gone_on_otherwise(words: &[&str]) -> Scene {
    let scene = Scene::new();
    let conversation = scene.conversations[0];
    let engine = scene.open();
    let older = engine.backups.make(&unwatched).unwrap().name;
    let away = scene.room.path().join("away");
    fs::rename(scene.backups().join(&older), &away).unwrap();
    all_say(&engine, conversation, &["one way", "on that way"]);
    engine.backups.make(&unwatched).unwrap();
    fs::rename(&away, scene.backups().join(&older)).unwrap();
    engine.prepare_restore(&older, &unwatched).unwrap();
    drop(engine);
    let engine = scene.open();
    all_say(&engine, conversation, words);
    engine.close();
    scene
}

#[test]
fn a_backup_of_another_course_gives_nothing_and_an_older_one_what_it_has() {
    let scene = gone_on_otherwise(&["another way", "on this way", "and further"]);
    let conversation = scene.conversations[0];
    damage(&scene, conversation, &[2, 5, 6]);
    let report = salvaged(&scene);
    assert_eq!(counts(&report)[&conversation], (4, 1, 2));
    let left = ["turn 1 of it", "turn 2 of it", "turn 3 of it", "another way"];
    assert_eq!(of(&scene, conversation), left);
}

#[test]
fn turns_that_the_chain_disproves_are_not_taken() {
    let scene = gone_on_otherwise(&["another way", "on this way"]);
    let conversation = scene.conversations[0];
    damage(&scene, conversation, &[4, 5]);
    let report = salvaged(&scene);
    assert_eq!(counts(&report)[&conversation], (3, 0, 2));
    assert_eq!(
        of(&scene, conversation),
        ["turn 1 of it", "turn 2 of it", "turn 3 of it"]
    );
}

#[test]
fn nothing_is_taken_beyond_the_turns_that_there_were() {
    let scene = gone_on_otherwise(&[]);
    let conversation = scene.conversations[0];
    damage(&scene, conversation, &[2]);
    let report = salvaged(&scene);
    assert_eq!(counts(&report)[&conversation], (3, 1, 0));
    assert_eq!(
        of(&scene, conversation),
        ["turn 1 of it", "turn 2 of it", "turn 3 of it"]
    );
}

#[test]
fn what_was_deleted_since_the_backup_does_not_come_back_with_it() {
    let scene = Scene::new();
    let [kept, deleted, _] = scene.conversations;
    let engine = scene.open();
    engine.backups.make(&unwatched).unwrap();
    let turns = engine.memory.get_conversation_history(kept).unwrap();
    engine.memory.delete_turn(turns[0].id).unwrap();
    engine.memory.delete_turn(turns[1].id).unwrap();
    engine.memory.delete_conversation(deleted).unwrap();
    engine.close();
    drop(engine);
    damage(&scene, kept, &[1, 2, 3]);
    damage_row(&scene, kept);
    let report = salvaged(&scene);
    assert_eq!(counts(&report), [(kept, (3, 3, 0))].into());
    assert_eq!(of(&scene, kept), ["", "", "turn 3 of it"]);
    let engine = scene.open();
    let history = engine.memory.get_conversation_history(kept).unwrap();
    assert!(history[0].is_deleted() && history[1].is_deleted() && !history[2].is_deleted());
    assert_eq!(engine.memory.get_conversation(kept).unwrap().directive, "");
    let session = engine.memory.list_conversations(scene.sessions[0]).unwrap();
    assert_eq!(session.len(), 1, "nor a conversation");
}

/// The summaries of a session, and their sealed texts.
fn summaries(scene: &Scene, n: usize) -> (Vec<String>, Vec<Vec<u8>>) {
    let file = behind(scene);
    let sql = "SELECT summary_sealed FROM context_summaries WHERE session_id = ?1";
    let mut all = file.prepare(sql).unwrap();
    let rows = all.query_map([scene.sessions[n].to_bytes()], |row| row.get(0)).unwrap();
    let sealed = rows.map(Result::unwrap).collect();
    drop(all);
    drop(file);
    let listed = scene.open().memory.list_summaries(scene.sessions[n]).unwrap();
    (listed.into_iter().map(|summary| summary.text).collect(), sealed)
}

/// A profile with a backup in which a summary of the second session quotes a turn that was deleted since.
fn deleted_since() -> Scene {
    let scene = Scene::new();
    let engine = scene.open();
    let turn = says(&engine, scene.conversations[2], "The vault opens at noon on Tuesdays.");
    let summary = engine.memory.generate_context_summary(scene.sessions[1]).unwrap();
    assert!(summary.text.contains("noon"));
    engine.backups.make(&unwatched).unwrap();
    engine.memory.delete_turn(turn.id).unwrap();
    engine.close();
    drop(engine);
    scene
}

#[test]
fn a_summary_that_was_dropped_since_the_backup_stays_dropped() {
    let scene = deleted_since();
    let before = summaries(&scene, 1).0;
    assert!(before.iter().all(|text| !text.contains("noon")), "{before:?}");
    salvaged(&scene);
    assert_eq!(summaries(&scene, 1).0, before);
}

#[test]
fn a_damaged_summary_comes_back_where_it_quotes_nothing_that_was_deleted() {
    let scene = deleted_since();
    let damaged = [summaries(&scene, 0).1, summaries(&scene, 1).1].concat();
    damage_bytes(&scene.data().join("data.ccc"), &damaged);
    salvaged(&scene);
    assert_eq!(summaries(&scene, 0).0, ["In short."], "the person's own");
    assert_eq!(summaries(&scene, 1).0, Vec::<String>::new());
}

#[test]
fn what_an_earlier_salvage_numbered_anew_is_not_mixed_with_what_was_before() {
    let scene = Scene::new();
    let conversation = scene.conversations[0];
    let engine = scene.open();
    all_say(&engine, conversation, &["four", "five"]);
    let made = engine.backups.make(&unwatched).unwrap().name;
    engine.close();
    drop(engine);
    let away = scene.room.path().join("away");
    fs::rename(scene.backups().join(&made), &away).unwrap();
    damage(&scene, conversation, &[2]);
    assert_eq!(counts(&salvaged(&scene))[&conversation], (4, 0, 1));
    fs::rename(&away, scene.backups().join(&made)).unwrap();
    // The fourth turn of before, whose number is the third one's in the backup.
    damage(&scene, conversation, &[3]);
    assert_eq!(counts(&salvaged(&scene))[&conversation], (3, 0, 1));
    assert_eq!(of(&scene, conversation), ["turn 1 of it", "turn 3 of it", "five"]);
}
