//! The two doors: reading and writing, by many at once.

use std::{
    fs,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc::{channel, sync_channel},
    },
    thread,
    time::Duration,
};

use ccc_domain::ErrorCode;
use ccc_store::{
    Db, Error,
    tables::{conversations, sessions, settings, turns},
};

use crate::common::{
    Place, content, conversation, create, fill, put, session, session_id, setting, setting_names, turn, turn_id,
};

/// How many readers there are.
const READERS: usize = 4;
/// Longer than any of this takes; a test that waits so long has found a standstill.
const STANDSTILL: Duration = Duration::from_secs(60);

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
fn reading_connections_refuse_to_write() {
    let place = Place::empty();
    let db = create(&place.path);
    let refused = db.read(|connection| settings::put(connection, &setting("theme", b"dark")));
    assert!(matches!(refused, Err(Error::NotWritable)), "{refused:?}");
    assert_eq!(setting_names(&db), Vec::<String>::new());
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
fn readers_go_on_while_a_write_is_open() {
    let place = Place::empty();
    let db = create(&place.path);
    let all_inside = Barrier::new(READERS);
    thread::scope(|scope| {
        let (written, is_written) = sync_channel(0);
        let (release, released) = sync_channel::<()>(0);
        let writer = scope.spawn(|| {
            db.write(move |connection| {
                settings::put(connection, &setting("open", b"v"))?;
                written.send(()).unwrap();
                released.recv().unwrap();
                Ok::<_, Error>(())
            })
        });
        is_written.recv_timeout(STANDSTILL).unwrap();
        let seen: Vec<_> = (0..READERS)
            .map(|_| {
                scope.spawn(|| {
                    db.read(|connection| {
                        all_inside.wait();
                        settings::get(connection, "open")
                    })
                    .unwrap()
                })
            })
            .collect();
        let seen: Vec<_> = seen.into_iter().map(|reader| reader.join().unwrap()).collect();
        assert_eq!(seen, vec![None; READERS], "what is not committed is not seen");
        release.send(()).unwrap();
        writer.join().unwrap().unwrap();
    });
    assert_eq!(setting_names(&db), ["open"]);
}

#[test]
fn more_threads_than_readers_wait_for_their_turn() {
    let place = Place::empty();
    let db = create(&place.path);
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let full = Barrier::new(READERS);
    let order = AtomicUsize::new(0);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4 * READERS)
            .map(|_| {
                scope.spawn(|| {
                    db.read(|connection| {
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        // The first four hold theirs until all four have one.
                        if order.fetch_add(1, Ordering::SeqCst) < READERS {
                            full.wait();
                        }
                        let count = turns::count(connection);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        count
                    })
                })
            })
            .collect();
        for thread in threads {
            assert!(matches!(thread.join().unwrap(), Ok(0)), "waiting is no failure");
        }
    });
    assert_eq!(most.into_inner(), READERS);
}

#[test]
fn a_read_sees_one_moment() {
    let place = Place::empty();
    let db = create(&place.path);
    let seen = db.read(|connection| {
        let before = turns::count(connection)?;
        fill(&db, 3);
        Ok::<_, Error>((before, turns::count(connection)?))
    });
    assert!(matches!(seen, Ok((0, 0))), "{seen:?}");
    let after = db.read(turns::count);
    assert!(matches!(after, Ok(3)), "the next read sees the present: {after:?}");
}

#[test]
fn readers_come_back_whatever_happened_in_them() {
    let place = Place::empty();
    let db = create(&place.path);
    let (done, finished) = channel();
    thread::spawn(move || {
        for _ in 0..2 * READERS {
            let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                db.read(|_| -> Result<(), Error> { panic!("on purpose") })
            }));
            assert!(read.is_err());
            let own = db.read(|connection| -> Result<(), Error> { Ok(connection.execute_batch("COMMIT; BEGIN")?) });
            assert!(own.is_ok(), "{own:?}");
            let ended = db.read(|connection| -> Result<(), Error> { Ok(connection.execute_batch("COMMIT")?) });
            assert!(ended.is_ok(), "{ended:?}");
        }
        fill(&db, 2);
        let counts: Vec<_> = (0..READERS).map(|_| db.read(turns::count).unwrap()).collect();
        done.send(counts).unwrap();
    });
    let counts = finished.recv_timeout(STANDSTILL);
    assert_eq!(counts, Ok(vec![2; READERS]), "no reader is lost or stuck in the past");
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
