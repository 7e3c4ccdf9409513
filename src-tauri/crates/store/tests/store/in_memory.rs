//! A data file in memory: like one on the disk, and gone with its last connection.

use std::thread;

use ccc_domain::SessionStatus;
use ccc_store::{
    Db, Error,
    tables::{self, sessions, turns},
};

use crate::common::{at, fill, profile, session_id};

fn made() -> Db {
    Db::in_memory(profile(), at(1)).unwrap()
}

#[test]
fn what_is_written_is_read_by_every_connection() {
    let db = made();
    fill(&db, 3);
    assert_eq!(db.read(tables::profile::get).unwrap(), profile());
    let counts: Vec<u64> = thread::scope(|scope| {
        let readers: Vec<_> = (0..8).map(|_| scope.spawn(|| db.read(turns::count).unwrap())).collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).collect()
    });
    assert_eq!(counts, [3; 8]);
    let refused = db.read(|c| Ok::<_, Error>(c.execute("DELETE FROM turns", [])?));
    assert!(refused.is_err(), "a reader does not write, here as on the disk");
}

#[test]
fn a_failed_write_is_taken_back() {
    let db = made();
    fill(&db, 3);
    let failed = db.write(|c| {
        sessions::delete(c, session_id(1))?;
        Err::<(), _>(Error::Busy)
    });
    assert_eq!(failed.map_err(|e| e.code()), Err(Error::Busy.code()));
    assert_eq!(db.read(turns::count).unwrap(), 3);
}

#[test]
fn readers_and_the_writer_do_not_stop_each_other() {
    let db = made();
    fill(&db, 3);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..200).for_each(|_| assert_eq!(db.read(turns::count).unwrap(), 3)));
        }
        for _ in 0..100 {
            db.write(|c| {
                let mut row = sessions::get(c, session_id(1))?.ok_or(Error::Closed)?;
                row.pinned = !row.pinned;
                sessions::update(c, &row)
            })
            .unwrap();
        }
    });
    let listed = db.read(|c| sessions::list(c, Some(SessionStatus::Active))).unwrap();
    assert_eq!(listed.len(), 1);
}

#[test]
fn two_of_them_know_nothing_of_each_other_and_nothing_stays() {
    let (one, other) = (made(), made());
    fill(&one, 3);
    assert_eq!(other.read(turns::count).unwrap(), 0);
    let path = one.path().to_owned();
    drop(one);
    assert!(!path.exists(), "no file of that name was made");
    assert_eq!(other.read(turns::count).unwrap(), 0);
    other.close().unwrap();
}
