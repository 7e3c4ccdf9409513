//! Copy, migrate, check, swap.

use std::{fs, path::Path};

use ccc_store::{Db, Error, open, tables::turns};

use crate::common::{Place, assert_sound, content, create, fill, plain, with_second};

const NOTES: &str = "CREATE TABLE notes (n INTEGER PRIMARY KEY) STRICT; ALTER TABLE patterns ADD COLUMN extra BLOB;";

/// Rebuilds the parent of everything, as a changed constraint makes necessary.
fn rebuild_sessions(path: &Path) -> String {
    let sql: String = plain(path)
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'sessions'", [], |row| {
            row.get(0)
        })
        .unwrap();
    sql.replace("CREATE TABLE sessions", "CREATE TABLE rebuilt")
        + ";
           INSERT INTO rebuilt SELECT * FROM sessions;
           DROP TABLE sessions;
           ALTER TABLE rebuilt RENAME TO sessions;
           CREATE INDEX sessions_by_status ON sessions (status, last_active_at DESC);"
}

#[test]
fn an_older_file_is_migrated_with_all_its_rows_and_kept_as_a_snapshot() {
    let place = Place::with_turns(500);
    let (before, file) = (content(&place.path), place.bytes().remove("data.ccc").unwrap());
    open::bring_up_to_date(&place.path, &with_second(NOTES)).unwrap();
    assert_eq!(place.names(), ["data.ccc", "data.ccc.schema-1"]);
    assert_eq!(open::recognise(&place.path).unwrap(), 2);
    assert_sound(&place.path);
    let mut expected = before.clone();
    expected.insert("notes".to_owned(), Vec::new());
    assert_eq!(content(&place.path), expected);

    let snapshot = place.directory.path().join("data.ccc.schema-1");
    assert!(
        fs::read(&snapshot).unwrap() == file,
        "the snapshot is the original, byte by byte"
    );
    let db = Db::open(&snapshot).unwrap();
    assert!(matches!(db.read(turns::count), Ok(500)));
    db.close().unwrap();
    assert_eq!(content(&snapshot), before);
}

#[test]
fn a_file_that_is_up_to_date_is_left_alone() {
    let place = Place::with_turns(5);
    let before = place.bytes();
    open::bring_up_to_date(&place.path, &open::shipped_migrations()).unwrap();
    assert!(place.bytes() == before);
}

#[test]
fn rebuilding_a_parent_table_keeps_its_children() {
    let place = Place::with_turns(50);
    let before = content(&place.path);
    let sql = rebuild_sessions(&place.path);
    open::bring_up_to_date(&place.path, &with_second(&sql)).unwrap();
    assert_eq!(content(&place.path), before);
    let on: bool = plain(&place.path)
        .query_row("PRAGMA foreign_keys", [], |row| row.get(0))
        .unwrap();
    assert!(on, "this build turns foreign keys on for whoever does not ask");
}

/// Why migrations run with foreign keys off: the same statements on a connection that has them on.
#[test]
fn with_foreign_keys_on_the_same_rebuild_would_empty_the_children() {
    let place = Place::with_turns(50);
    let sql = rebuild_sessions(&place.path);
    plain(&place.path)
        .execute_batch(&format!("BEGIN; PRAGMA foreign_keys = OFF; {sql} COMMIT;"))
        .unwrap();
    let content = content(&place.path);
    assert_eq!(
        (
            content["sessions"].len(),
            content["conversations"].len(),
            content["turns"].len()
        ),
        (1, 0, 0),
        "no error, and everything gone"
    );
}

#[test]
fn a_migration_that_does_not_check_out_leaves_the_original_as_it_was() {
    let lost = "rows were lost or added";
    for (sql, why) in [
        ("DELETE FROM turns WHERE turn_number = 7", lost),
        ("DROP TABLE turns; CREATE TABLE turns_too (n INTEGER) STRICT", lost),
        ("INSERT INTO settings VALUES ('new', 1, x'00')", lost),
        (
            "UPDATE conversations SET session_id = zeroblob(16)",
            "a row refers to one that is gone",
        ),
        (
            "CREATE TABLE notes (n INTEGER) STRICT; INSERT INTO nowhere VALUES (1)",
            "a step failed",
        ),
        ("not SQL", "a step failed"),
    ] {
        let place = Place::with_turns(20);
        let before = place.bytes();
        let failed = open::bring_up_to_date(&place.path, &with_second(sql));
        assert!(
            matches!(failed, Err(Error::Migration(found)) if found == why),
            "{sql}: {failed:?}"
        );
        assert!(
            place.bytes() == before,
            "{sql}: changed the original or left something: {:?}",
            place.names()
        );
        let db = Db::open(&place.path).unwrap();
        assert!(matches!(db.read(turns::count), Ok(20)), "{sql}");
    }
}

#[test]
fn a_history_that_is_not_the_files_own_is_refused() {
    let place = Place::with_turns(3);
    let before = place.bytes();
    let other = [
        refinery::Migration::unapplied("V0001__initial", "CREATE TABLE other (n INTEGER) STRICT").unwrap(),
        refinery::Migration::unapplied("V0002__second", NOTES).unwrap(),
    ];
    let failed = open::bring_up_to_date(&place.path, &other);
    assert!(matches!(failed, Err(Error::Migration("a step failed"))), "{failed:?}");
    assert!(place.bytes() == before);
}

/// The state a crash leaves: rows in the log that are not in the file.
fn crashed(turns: u32) -> Place {
    let running = Place::empty();
    let db = create(&running.path);
    fill(&db, turns);
    let crashed = Place::empty();
    for ending in ["", "-wal"] {
        let name = format!("data.ccc{ending}");
        fs::copy(
            running.directory.path().join(&name),
            crashed.directory.path().join(&name),
        )
        .unwrap();
    }
    crashed
}

#[test]
fn rows_that_are_only_in_the_log_are_migrated_too() {
    let place = crashed(40);
    let alone = Place::empty();
    fs::copy(&place.path, &alone.path).unwrap();
    assert_eq!(content(&alone.path)["turns"].len(), 0, "the rows are in the log alone");

    open::bring_up_to_date(&place.path, &with_second(NOTES)).unwrap();
    assert_eq!(place.names(), ["data.ccc", "data.ccc.schema-1"]);
    assert_eq!(content(&place.path)["turns"].len(), 40);
    assert_eq!(
        content(&place.directory.path().join("data.ccc.schema-1"))["turns"].len(),
        40
    );
}

#[test]
fn a_failed_migration_keeps_rows_that_were_only_in_the_log() {
    let place = crashed(40);
    let failed = open::bring_up_to_date(&place.path, &with_second("DELETE FROM turns"));
    assert!(
        matches!(failed, Err(Error::Migration("rows were lost or added"))),
        "{failed:?}"
    );
    assert_eq!(content(&place.path)["turns"].len(), 40);
    assert_eq!(place.names(), ["data.ccc"]);
}

#[test]
fn a_newer_file_is_named_and_not_touched() {
    let place = Place::with_turns(10);
    open::bring_up_to_date(&place.path, &with_second(NOTES)).unwrap();
    fs::write(place.directory.path().join("data.ccc.migrating"), b"not ours to remove").unwrap();
    let before = place.bytes();
    let refused = Db::open(&place.path).err();
    assert!(
        matches!(refused, Some(Error::TooNew { found: 2, known: 1 })),
        "{refused:?}"
    );
    assert!(place.bytes() == before);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_the_file_it_leads_to_is_migrated() {
    let place = Place::with_turns(10);
    let elsewhere = Place::empty();
    std::os::unix::fs::symlink(&place.path, &elsewhere.path).unwrap();
    open::bring_up_to_date(&elsewhere.path, &with_second(NOTES)).unwrap();
    assert!(fs::symlink_metadata(&elsewhere.path).unwrap().is_symlink());
    assert_eq!(elsewhere.names(), ["data.ccc"]);
    assert_eq!(place.names(), ["data.ccc", "data.ccc.schema-1"]);
    assert_eq!(open::recognise(&place.path).unwrap(), 2);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 3);
    let mode = |name: &str| {
        fs::metadata(place.directory.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    let names = ["data.ccc", "data.ccc-wal", "data.ccc-shm"];
    assert_eq!(names.map(mode), [0o600; 3]);
    db.close().unwrap();
    open::bring_up_to_date(&place.path, &with_second(NOTES)).unwrap();
    assert_eq!(["data.ccc", "data.ccc.schema-1"].map(mode), [0o600; 2]);
}
