//! The door for writing, used by many at once, and closing.

use std::{
    fs,
    sync::{Barrier, mpsc::sync_channel},
    thread,
};

use ccc_domain::ErrorCode;
use ccc_store::{
    Db, Error,
    tables::{conversations, sessions, settings, turns},
};

use crate::common::{
    Place, content, conversation, create, fill, put, session, session_id, setting, setting_names, turn, turn_id,
};

#[test]
fn what_was_written_is_read() {
    let place = Place::empty();
    let db = create(&place.path);
    for n in 0..20 {
        let row = setting("theme", &[n]);
        let written = row.clone();
        db.write(move |connection| settings::put(connection, &written)).unwrap();
        let read = db.read(|connection| settings::get(connection, "theme")).unwrap();
        assert_eq!(read, Some(row));
    }
}

#[test]
fn the_writers_answer_is_what_the_closure_returned() {
    let place = Place::empty();
    let db = create(&place.path);
    let count = db.write(|connection| {
        sessions::insert(connection, &session(1))?;
        turns::count(connection)
    });
    assert!(matches!(count, Ok(0)), "{count:?}");
}

#[test]
fn broken_rules_are_constraint_errors_and_leave_nothing() {
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 1);
    let taken = db.write(|connection| sessions::insert(connection, &session(1)));
    let orphan = db.write(|connection| conversations::insert(connection, &conversation(2, 9)));
    let number = db.write(|connection| {
        let mut second = turn(1);
        second.id = turn_id(2);
        turns::insert(connection, &second)
    });
    let zero = db.write(|connection| turns::insert(connection, &turn(0)));
    for (case, result) in [
        ("taken id", taken),
        ("orphan", orphan),
        ("taken number", number),
        ("number 0", zero),
    ] {
        assert!(matches!(result, Err(Error::Constraint)), "{case}: {result:?}");
    }
    let short = db.write(|connection| -> Result<_, Error> {
        Ok(connection.execute("INSERT INTO pending_deletions VALUES (x'00', 1)", [])?)
    });
    assert!(matches!(short, Err(Error::Constraint)), "{short:?}");
    db.close().unwrap();
    let content = content(&place.path);
    assert_eq!((content["conversations"].len(), content["turns"].len()), (1, 1));
}

#[test]
fn the_callers_own_error_comes_back_to_it() {
    #[derive(Debug, PartialEq)]
    enum Refusal {
        Mine,
        Stores(ErrorCode),
    }
    impl From<Error> for Refusal {
        fn from(error: Error) -> Self {
            Self::Stores(error.code())
        }
    }
    let place = Place::empty();
    let db = create(&place.path);
    let result = db.write(|connection| {
        settings::put(connection, &setting("theme", b"dark"))?;
        Err::<(), _>(Refusal::Mine)
    });
    assert_eq!(result, Err(Refusal::Mine));
    let result = db.write(|_| -> Result<(), Refusal> { panic!("on purpose") });
    assert_eq!(result, Err(Refusal::Stores(ErrorCode::Internal)));
    assert_eq!(
        setting_names(&db),
        Vec::<String>::new(),
        "the write before the refusal is undone"
    );
    put(&db, "after").unwrap();
}

#[test]
fn eight_writers_of_fifty_rows_are_all_kept() {
    let place = Place::empty();
    let db = create(&place.path);
    thread::scope(|scope| {
        for thread in 0..8 {
            let db = &db;
            scope.spawn(move || (0..50).for_each(|n| put(db, &format!("{thread}/{n:02}")).unwrap()));
        }
    });
    let expected: Vec<String> = (0..8)
        .flat_map(|thread| (0..50).map(move |n| format!("{thread}/{n:02}")))
        .collect();
    assert_eq!(setting_names(&db), expected);
}

#[test]
fn a_full_queue_makes_callers_wait_and_drops_no_one() {
    let place = Place::empty();
    let db = create(&place.path);
    // More than the 256 places of the queue.
    let ready = Barrier::new(301);
    thread::scope(|scope| {
        let (release, released) = sync_channel::<()>(0);
        let db = &db;
        scope.spawn(move || db.write(move |_| released.recv().map_err(|_| Error::Closed)));
        let ready = &ready;
        for n in 0..300 {
            scope.spawn(move || {
                ready.wait();
                put(db, &format!("{n:03}")).unwrap();
            });
        }
        ready.wait();
        release.send(()).unwrap();
    });
    let expected: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
    assert_eq!(setting_names(&db), expected);
}

#[test]
fn closing_folds_the_log_and_reopening_sees_everything() {
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 30);
    assert!(
        fs::metadata(place.directory.path().join("data.ccc-wal")).unwrap().len() > 0,
        "there was something to fold"
    );
    db.close().unwrap();
    assert_eq!(place.names(), ["data.ccc"]);
    let before = content(&place.path);
    assert_eq!(before["turns"].len(), 30);
    let db = Db::open(&place.path).unwrap();
    assert!(matches!(db.read(turns::count), Ok(30)));
    assert_eq!(db.read(|c| sessions::get(c, session_id(1))).unwrap(), Some(session(1)));
    drop(db);
    assert_eq!(place.names(), ["data.ccc"], "dropping closes as well");
}

#[test]
fn closing_says_when_another_connection_keeps_the_log_from_being_folded() {
    let place = Place::empty();
    let db = create(&place.path);
    let other = crate::common::plain(&place.path);
    other.execute_batch("BEGIN; SELECT * FROM turns").unwrap();
    other.query_row("SELECT count(*) FROM turns", [], |_| Ok(())).unwrap();
    fill(&db, 3);
    let closed = db.close();
    assert!(matches!(closed, Err(Error::Busy)), "{closed:?}");
    drop(other);
    let db = Db::open(&place.path).unwrap();
    assert!(matches!(db.read(turns::count), Ok(3)), "nothing is lost by it");
}

#[test]
fn deleted_values_leave_no_trace_in_the_file() {
    let place = Place::empty();
    let db = create(&place.path);
    fill(&db, 40);
    let secret = b"an envelope that was thrown away";
    let row = setting("gone", secret);
    db.write(move |connection| settings::put(connection, &row)).unwrap();
    db.write(|connection| -> Result<_, Error> {
        connection.execute("DELETE FROM settings", [])?;
        sessions::delete(connection, session_id(1))
    })
    .unwrap();
    db.close().unwrap();
    let bytes = &place.bytes()["data.ccc"];
    let traces = |needle: &[u8]| bytes.windows(needle.len()).filter(|window| *window == needle).count();
    assert_eq!((traces(secret), traces(&session_id(1).to_bytes())), (0, 0));
}
