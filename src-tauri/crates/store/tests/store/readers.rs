//! The door for reading: several at once, beside a writer, whatever happens inside.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc::{channel, sync_channel},
    },
    thread,
    time::Duration,
};

use ccc_store::{
    Error,
    tables::{settings, turns},
};

use crate::common::{Place, create, fill, setting, setting_names};

/// How many readers there are.
const READERS: usize = 4;
/// Longer than any of this takes; a test that waits so long has found a standstill.
const STANDSTILL: Duration = Duration::from_secs(60);

#[test]
fn reading_connections_refuse_to_write() {
    let place = Place::empty();
    let db = create(&place.path);
    let refused = db.read(|connection| settings::put(connection, &setting("theme", b"dark")));
    assert!(matches!(refused, Err(Error::NotWritable)), "{refused:?}");
    assert_eq!(setting_names(&db), Vec::<String>::new());
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
