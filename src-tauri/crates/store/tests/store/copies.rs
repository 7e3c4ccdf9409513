//! Copies of an open file: of one moment, whole or not there, and read without a trace.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use ccc_store::{Db, Error, tables, was_left_open};

use crate::common::{Place, bytes, create, fill, plain, put, setting};

/// With a data file that takes several steps to copy.
fn large() -> Place {
    let place = Place::empty();
    let db = create(&place.path);
    db.write(|tx| (0..1_000).try_for_each(|n| tables::settings::put(tx, &setting(&format!("large {n}"), &[7; 8_000]))))
        .unwrap();
    db.close().unwrap();
    place
}

#[test]
fn a_copy_holds_one_moment_while_others_write() {
    let place = large();
    let db = Db::open(&place.path).unwrap();
    let copy = place.directory.path().join("copy.ccc");
    let (before, copied) = (db.row_counts().unwrap(), AtomicBool::new(false));
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !copied.load(Ordering::Relaxed) {
                put(&db, &format!("name {written}")).unwrap();
                written += 1;
            }
            written
        });
        let (mut steps, mut last) = (0, (0, 0));
        let whole = db.copy_to(&copy, &mut |done, of| {
            (steps, last) = (steps + 1, (done, of));
            // Until something was written behind the copy's back.
            while steps == 1 && db.row_counts().unwrap() == before {}
            true
        });
        copied.store(true, Ordering::Relaxed);
        assert!(whole.unwrap());
        assert!(last.0 == last.1 && steps > 2, "all pages, in {steps} steps: {last:?}");
        assert!(writer.join().unwrap() > 0);
    });
    let seen = Db::open_copy(&copy).unwrap();
    seen.check(true).unwrap();
    assert_eq!(
        seen.row_counts().unwrap(),
        before,
        "nothing of what was written meanwhile"
    );
}

#[test]
fn a_copy_that_is_stopped_leaves_nothing() {
    let place = large();
    let db = Db::open(&place.path).unwrap();
    let copy = place.directory.path().join("copy.ccc");
    let mut heard = 0;
    let whole = db.copy_to(&copy, &mut |_, _| {
        heard += 1;
        false
    });
    assert_eq!((whole.unwrap(), heard), (false, 1));
    assert!(!copy.exists());
    fs::write(&copy, b"mine").unwrap();
    let refused = db.copy_to(&copy, &mut |_, _| true);
    assert!(matches!(refused, Err(Error::AlreadyExists)), "{refused:?}");
    assert_eq!(fs::read(&copy).unwrap(), b"mine");
}

#[test]
fn a_finished_copy_is_read_without_a_trace_whatever_its_name() {
    let place = Place::with_turns(3);
    let folder = place.directory.path().join("ä folder? 100% #1");
    fs::create_dir(&folder).unwrap();
    let copy = folder.join("data.ccc");
    let db = Db::open(&place.path).unwrap();
    assert!(db.copy_to(&copy, &mut |_, _| true).unwrap());
    let before = bytes(&folder);
    assert_eq!(before.len(), 1, "one file: {:?}", before.keys());
    let seen = Db::open_copy(&copy).unwrap();
    assert_eq!(seen.read(tables::turns::count).unwrap(), 3);
    let refused = put(&seen, "no");
    assert!(refused.is_err());
    assert!(bytes(&folder) == before, "also while it is open");
    seen.close().unwrap();
    assert!(bytes(&folder) == before);
}

#[test]
fn damage_to_a_page_or_a_reference_is_found() {
    let place = Place::with_turns(500);
    let whole = fs::read(&place.path).unwrap();
    Db::open_copy(&place.path).unwrap().check(true).unwrap();
    let mut torn = whole.clone();
    let from = whole.len() / 2 / 4096 * 4096;
    torn[from..from + 4096].fill(0);
    fs::write(&place.path, &torn).unwrap();
    for thorough in [true, false] {
        let found = Db::open_copy(&place.path).unwrap().check(thorough);
        assert!(matches!(found, Err(Error::Damaged)), "{found:?}");
    }
    fs::write(&place.path, &whole).unwrap();
    let connection = plain(&place.path);
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM conversations")
        .unwrap();
    drop(connection);
    let found = Db::open_copy(&place.path).unwrap().check(false);
    assert!(
        matches!(found, Err(Error::Damaged)),
        "turns of no conversation: {found:?}"
    );
}

#[test]
fn a_file_whose_user_was_killed_is_told_from_one_that_was_closed() {
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 3);
    let (killed, closed) = (Place::empty(), Place::empty());
    for (name, content) in place.bytes() {
        fs::write(killed.directory.path().join(name), content).unwrap();
    }
    assert!(was_left_open(&killed.path).unwrap());
    db.close().unwrap();
    assert!(!was_left_open(&place.path).unwrap());
    assert!(
        !was_left_open(&closed.path).unwrap(),
        "nor is there one where there is no file"
    );
}
