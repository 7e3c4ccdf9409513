//! Disks that are full, failing or not writable.

#[cfg(target_os = "linux")]
mod linux;

use std::{fs, path::Path};

use ccc_store::{
    Db, Error, open,
    tables::{settings, turns},
};

use crate::common::{Place, assert_sound, at, create, fill, profile, put, setting, setting_names, with_second};

/// Stores 16 KiB rows until one fails; the names of those acknowledged, and the failure.
fn fill_up(db: &Db) -> (Vec<String>, Error) {
    let mut kept = Vec::new();
    loop {
        let name = format!("{:05}", kept.len());
        let row = setting(&name, &[7; 16 * 1024]);
        match db.write(move |connection| settings::put(connection, &row)) {
            Ok(()) => kept.push(name),
            Err(error) => return (kept, error),
        }
        assert!(kept.len() < 10_000, "160 MiB fit on a disk that was to be small");
    }
}

/// Fills up `db`, makes room and goes on; returns what stopped it.
fn stopped_and_resumed(db: &Db, path: &Path, make_room: impl FnOnce()) -> Error {
    fill(db, 20);
    let (mut kept, error) = fill_up(db);
    assert!(kept.len() > 3, "{kept:?} before {error}");
    assert_eq!(
        setting_names(db),
        kept,
        "what was acknowledged is readable while the disk is full"
    );
    assert!(matches!(db.read(turns::count), Ok(20)));
    make_room();
    let row = setting("resumed", &[8; 16 * 1024]);
    db.write(move |connection| settings::put(connection, &row)).unwrap();
    kept.push("resumed".to_owned());
    assert_eq!(setting_names(db), kept);
    let again = Db::open(path).unwrap();
    assert_eq!(setting_names(&again), kept, "another connection sees the same");
    error
}

/// SQLite's own limit on the file, which is everywhere: the same error as that of a full disk.
#[test]
fn a_file_that_may_not_grow_keeps_its_rows_and_takes_new_ones_once_it_may() {
    let place = Place::empty();
    let db = create(&place.path);
    let limit = |sql: &'static str| {
        db.write(move |connection| -> Result<i64, Error> { Ok(connection.query_row(sql, [], |row| row.get(0))?) })
            .unwrap()
    };
    limit("PRAGMA max_page_count = 200");
    let stopped = stopped_and_resumed(&db, &place.path, || {
        limit("PRAGMA max_page_count = 4000");
    });
    assert!(matches!(stopped, Error::DiskFull), "{stopped:?}");
    db.close().unwrap();
    assert_sound(&place.path);
}

#[test]
fn a_migration_that_fills_the_disk_says_so_and_leaves_the_original() {
    let place = Place::with_turns(20);
    let before = place.bytes();
    let migrations = with_second("PRAGMA max_page_count = 1; CREATE TABLE notes (n INTEGER) STRICT");
    let failed = open::bring_up_to_date(&place.path, &migrations);
    assert!(matches!(failed, Err(Error::DiskFull)), "{failed:?}");
    assert!(place.bytes() == before);
}

#[test]
fn below_a_file_nothing_can_be_made() {
    let place = Place::empty();
    let file = place.directory.path().join("file");
    fs::write(&file, b"in the way").unwrap();
    let refused = Db::create(&file.join("data.ccc"), profile(), at(1)).err();
    assert!(matches!(refused, Some(Error::NotWritable)), "{refused:?}");
    assert_eq!(place.names(), ["file"]);
}

#[test]
fn in_a_missing_directory_nothing_can_be_made() {
    let place = Place::empty();
    let refused = Db::create(&place.directory.path().join("gone/data.ccc"), profile(), at(1)).err();
    assert!(matches!(refused, Some(Error::NotWritable)), "{refused:?}");
    assert_eq!(place.names(), Vec::<String>::new());
}
