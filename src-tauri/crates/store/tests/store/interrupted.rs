//! Creating and migrating, stopped half-way: by what a crash leaves, by what is in the way. Kills and cuts of power are a row
//! of the scorecard.

use std::{fs, path::Path};

use ccc_store::{Db, Error, open};

use crate::common::{Place, assert_sound, content, create, profile, with_second};

const NOTES: &str = "CREATE TABLE notes (n INTEGER PRIMARY KEY) STRICT;
                     CREATE INDEX turns_by_content ON turns (content_sealed, metadata_sealed);";

fn beside(path: &Path, ending: &str) -> std::path::PathBuf {
    path.with_file_name(format!("data.ccc{ending}"))
}

/// Endings and contents of files.
type Files = Vec<(&'static str, Vec<u8>)>;

/// What the steps of a migration have left at each point where they can be cut short.
fn leftovers(file: &[u8]) -> Vec<(&'static str, Files)> {
    let half = file[..file.len() / 2].to_vec();
    vec![
        ("copy begun", vec![(".migrating", Vec::new())]),
        (
            "half a copy, its log and index",
            vec![
                (".migrating", half.clone()),
                (".migrating-wal", half.clone()),
                (".migrating-shm", vec![0; 32_768]),
            ],
        ),
        ("copy whole, not swapped", vec![(".migrating", file.to_vec())]),
        (
            "half a snapshot",
            vec![(".migrating", file.to_vec()), (".snapshot", half.clone())],
        ),
        (
            "snapshot kept, not swapped",
            vec![(".migrating", file.to_vec()), (".schema-1", file.to_vec())],
        ),
        ("creation cut short", vec![(".new", half.clone()), (".new-wal", half)]),
    ]
}

#[test]
fn what_a_crash_leaves_is_removed_and_does_no_harm() {
    let sample = Place::with_turns(100);
    let file = sample.bytes().remove("data.ccc").unwrap();
    for (case, files) in leftovers(&file) {
        for migrations in [open::shipped_migrations(), with_second(NOTES)] {
            let place = Place::empty();
            fs::write(&place.path, &file).unwrap();
            for (ending, bytes) in &files {
                fs::write(beside(&place.path, ending), bytes).unwrap();
            }
            open::bring_up_to_date(&place.path, &migrations).unwrap();
            let newest = open::newest(&migrations);
            let mut names = vec!["data.ccc"];
            if newest == 2 || files.iter().any(|(ending, _)| *ending == ".schema-1") {
                names.push("data.ccc.schema-1");
            }
            assert_eq!(place.names(), names, "{case}, to schema {newest}");
            assert_eq!(open::recognise(&place.path).unwrap(), newest, "{case}");
            assert_eq!(content(&place.path)["turns"].len(), 100, "{case}");
            assert_sound(&place.path);
        }
    }
}

#[test]
fn a_file_is_made_over_what_an_interrupted_creation_left() {
    let place = Place::empty();
    for ending in [".new", ".new-wal", ".new-shm"] {
        fs::write(beside(&place.path, ending), b"half").unwrap();
    }
    create(&place.path).close().unwrap();
    assert_eq!(place.names(), ["data.ccc"]);
    assert_sound(&place.path);
}

#[test]
fn what_is_in_the_way_of_a_migration_stops_it_and_changes_nothing() {
    for obstacle in [".migrating", ".migrating-wal", ".snapshot", ".schema-1"] {
        let place = Place::with_turns(20);
        let file = place.bytes().remove("data.ccc").unwrap();
        fs::create_dir_all(beside(&place.path, obstacle).join("inside")).unwrap();
        let failed = open::bring_up_to_date(&place.path, &with_second(NOTES));
        assert!(
            matches!(failed, Err(Error::Io | Error::NotWritable | Error::AlreadyExists)),
            "{obstacle}: {failed:?}"
        );
        assert_eq!(place.names(), ["data.ccc".to_owned(), format!("data.ccc{obstacle}")]);
        assert!(place.bytes()["data.ccc"] == file, "{obstacle}: the original changed");
        fs::remove_dir_all(beside(&place.path, obstacle)).unwrap();
        open::bring_up_to_date(&place.path, &with_second(NOTES)).unwrap();
        assert_eq!(content(&place.path)["turns"].len(), 20, "{obstacle}");
    }
}

#[test]
fn what_is_in_the_way_of_a_creation_stops_it_and_leaves_nothing() {
    let place = Place::empty();
    fs::create_dir_all(beside(&place.path, ".new").join("inside")).unwrap();
    assert!(Db::create(&place.path, profile(), crate::common::at(1)).is_err());
    assert_eq!(place.names(), ["data.ccc.new"]);
    fs::remove_dir_all(beside(&place.path, ".new")).unwrap();
    create(&place.path).close().unwrap();
}
