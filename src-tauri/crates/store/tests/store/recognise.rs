//! Which files are opened, and that others are not touched.

use std::fs;

use ccc_store::{Db, Error};

use crate::common::{Place, at, create, plain, profile};

/// The header of one of our files with `value` at `offset`, and enough zeros after it.
fn header_with(ours: &[u8], offset: usize, value: u32) -> Vec<u8> {
    let mut bytes = ours.to_vec();
    bytes[offset..offset + 4].copy_from_slice(&value.to_be_bytes());
    bytes
}

#[test]
fn files_that_are_not_ours_are_refused_and_not_touched() {
    let ours = Place::with_turns(5).bytes().remove("data.ccc").unwrap();
    for (case, bytes) in [
        ("empty", Vec::new()),
        ("text", b"SQLite is a library".repeat(300)),
        ("one byte short of a header", ours[..99].to_vec()),
        ("no magic", {
            let mut bytes = ours.clone();
            bytes[0] = b's';
            bytes
        }),
        ("another program's", header_with(&ours, 68, 0x0FF1_CE00)),
        ("no program's", header_with(&ours, 68, 0)),
    ] {
        let place = Place::empty();
        fs::write(&place.path, &bytes).unwrap();
        let refused = Db::open(&place.path).err();
        assert!(matches!(refused, Some(Error::Foreign)), "{case}: {refused:?}");
        assert_eq!(place.names(), ["data.ccc"], "{case}");
        assert!(place.bytes()["data.ccc"] == bytes, "{case}: changed");
    }
}

#[test]
fn another_programs_database_is_refused_and_not_touched() {
    let place = Place::empty();
    let other = plain(&place.path);
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE theirs (n INTEGER); PRAGMA user_version = 1;")
        .unwrap();
    other.close().unwrap();
    let before = place.bytes();
    let refused = Db::open(&place.path).err();
    assert!(matches!(refused, Some(Error::Foreign)), "{refused:?}");
    assert!(place.bytes() == before);
}

#[test]
fn a_directory_in_its_place_is_refused() {
    let place = Place::empty();
    fs::create_dir(&place.path).unwrap();
    let refused = Db::open(&place.path).err();
    assert!(matches!(refused, Some(Error::Foreign)), "{refused:?}");
    let taken = Db::create(&place.path, profile(), at(1)).err();
    assert!(matches!(taken, Some(Error::AlreadyExists)), "{taken:?}");
    assert_eq!(place.names(), ["data.ccc"]);
}

#[test]
fn a_missing_file_is_missing_and_not_made() {
    let place = Place::empty();
    let missing = Db::open(&place.path).err();
    assert!(matches!(missing, Some(Error::Missing)), "{missing:?}");
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn a_file_cut_short_is_damaged_and_not_touched() {
    let ours = Place::with_turns(200).bytes().remove("data.ccc").unwrap();
    for length in [100, 512, 4_096, ours.len() / 2, ours.len() - 4_096] {
        let place = Place::empty();
        fs::write(&place.path, &ours[..length]).unwrap();
        let damaged = Db::open(&place.path).err();
        assert!(matches!(damaged, Some(Error::Damaged)), "{length} bytes: {damaged:?}");
        assert!(place.bytes()["data.ccc"] == ours[..length], "{length} bytes: changed");
        assert_eq!(place.names(), ["data.ccc"], "{length} bytes");
    }
}

#[test]
fn a_file_is_never_made_over_another() {
    let place = Place::with_turns(5);
    let before = place.bytes();
    let taken = Db::create(&place.path, profile(), at(1)).err();
    assert!(matches!(taken, Some(Error::AlreadyExists)), "{taken:?}");
    assert!(place.bytes() == before);
}

#[test]
fn a_file_is_never_made_beside_the_log_of_another() {
    let running = Place::empty();
    let db = create(&running.path);
    crate::common::fill(&db, 5);
    let place = Place::empty();
    let log = place.directory.path().join("data.ccc-wal");
    fs::copy(running.directory.path().join("data.ccc-wal"), &log).unwrap();
    let taken = Db::create(&place.path, profile(), at(1)).err();
    assert!(
        matches!(taken, Some(Error::AlreadyExists)),
        "SQLite would read it as the new file's: {taken:?}"
    );
    assert_eq!(place.names(), ["data.ccc-wal"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_in_the_way_and_a_pipe_is_not_waited_for() {
    let place = Place::empty();
    std::os::unix::fs::symlink("nowhere", &place.path).unwrap();
    let taken = Db::create(&place.path, profile(), at(1)).err();
    assert!(matches!(taken, Some(Error::AlreadyExists)), "{taken:?}");
    let missing = Db::open(&place.path).err();
    assert!(matches!(missing, Some(Error::Missing)), "{missing:?}");
    fs::remove_file(&place.path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&place.path).status().unwrap();
    assert!(made.success());
    let refused = Db::open(&place.path).err();
    assert!(matches!(refused, Some(Error::Foreign)), "{refused:?}");
}

#[test]
fn a_file_without_its_profile_is_damaged() {
    let place = Place::with_turns(1);
    plain(&place.path).execute("DELETE FROM profile", []).unwrap();
    let db = Db::open(&place.path).unwrap();
    let damaged = db.read(ccc_store::tables::profile::get);
    assert!(matches!(damaged, Err(Error::Damaged)), "{damaged:?}");
}

#[test]
fn a_value_the_schema_forbids_is_damage() {
    let place = Place::with_turns(1);
    plain(&place.path)
        .execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE sessions SET status = 'gone'")
        .unwrap();
    let db = Db::open(&place.path).unwrap();
    let damaged = db.read(|c| ccc_store::tables::sessions::list(c, None));
    assert!(matches!(damaged, Err(Error::Damaged)), "{damaged:?}");
}
