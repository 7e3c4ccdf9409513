//! What is refused, stopped or found damaged changes nothing.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ccc_engine::{
    Passphrases,
    backup::unwatched,
    cycle::{CycleUpdate, Order},
    domain::ErrorCode,
};
use rusqlite::{Connection, OpenFlags};

use crate::{
    desk::{Desk, everything, names, passphrase},
    place,
    scripted::{Ear, Scripted},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_at_once_leaves_the_engine_open() {
    let desk = Desk::new();
    let engine = desk.open();
    let (wrong, short) = (passphrase("not this one at all"), passphrase("short"));
    let cases = [
        (None, None, ErrorCode::InvalidInput),
        (Some(&wrong), None, ErrorCode::WrongSecret),
        (Some(&desk.passphrase), Some(&short), ErrorCode::InvalidInput),
    ];
    for (current, new, expected) in cases {
        let refused = engine.prepare_rotation(&Passphrases { current, new }, &unwatched);
        assert_eq!(refused.err().map(|e| e.code()), Some(expected));
    }
    let model: Arc<Scripted> = Arc::default();
    let [analyse] = model.mouths();
    analyse.begin();
    analyse.say("so far");
    let (mut ear, listener) = Ear::new();
    let order = Order::run(desk.sessions[0], "Go on.");
    let running = engine.cycle.start(order, model.options(), listener).await.unwrap();
    ear.until(|update| matches!(update, CycleUpdate::Text { .. })).await;
    let refused = engine.prepare_rotation(&desk.passphrases(), &unwatched);
    assert_eq!(
        refused.err().map(|e| e.code()),
        Some(ErrorCode::CycleState),
        "a cycle runs"
    );
    engine.cycle.stop(running.conversation_id).unwrap();
    ear.rest().await;

    let conversation = place::conversation(&engine, desk.sessions[0]);
    let turn = place::turn(&engine, &conversation, "still open");
    engine.memory.store_conversation_turn(turn).unwrap();
}

#[test]
fn stopping_it_anywhere_leaves_the_profile_as_it_was() {
    let desk = Desk::new();
    let said = everything(&desk.open());
    let all = AtomicUsize::new(0);
    let mut stopped = 0;
    for moment in 0.. {
        let engine = desk.open();
        all.store(0, Ordering::Relaxed);
        let watch = |_| all.fetch_add(1, Ordering::Relaxed) < moment;
        match engine.prepare_rotation(&desk.passphrases(), &watch) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.code(), ErrorCode::Cancelled, "at {moment}"),
        }
        drop(engine);
        stopped += 1;
        let left: Vec<String> = names(&desk.data())
            .into_iter()
            .filter(|name| name.starts_with('.'))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "at {moment}");
        assert_eq!(everything(&desk.open()), said, "at {moment}");
    }
    assert!(stopped >= 6, "copying and checking were stopped: {stopped}");
}

#[test]
fn what_was_prepared_and_abandoned_changes_nothing() {
    let desk = Desk::new();
    let engine = desk.open();
    let said = everything(&engine);
    engine.prepare_rotation(&desk.passphrases(), &unwatched).unwrap();
    engine.profile().abandon_restore().unwrap();
    drop(engine);
    assert_eq!(everything(&desk.open()), said);
}

#[test]
fn data_that_is_damaged_is_not_sealed_anew() {
    for (damage, expected) in [
        (
            "UPDATE turns SET content_sealed = substr(content_sealed, 1, 30) WHERE turn_number = 2",
            ErrorCode::DataDamaged,
        ),
        ("DELETE FROM turns WHERE turn_number = 3", ErrorCode::DataDamaged),
        ("UPDATE sessions SET pinned = 1", ErrorCode::DataDamaged),
        ("UPDATE conversations SET status = 'archived'", ErrorCode::DataDamaged),
        (
            "UPDATE audit SET action = 'other' WHERE audit_id = 3",
            ErrorCode::DataDamaged,
        ),
        (
            "DELETE FROM audit WHERE audit_id = (SELECT max(audit_id) FROM audit)",
            ErrorCode::DataDamaged,
        ),
        (
            "UPDATE settings SET value_sealed = substr(value_sealed, 1, 30)",
            ErrorCode::DataDamaged,
        ),
    ] {
        let desk = Desk::new();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let file = Connection::open_with_flags(desk.data().join("data.ccc"), flags).unwrap();
        assert!(file.execute(damage, []).unwrap() > 0, "{damage}");
        drop(file);
        let engine = desk.open();
        let refused = engine.prepare_rotation(&desk.passphrases(), &unwatched);
        assert_eq!(refused.err().map(|e| e.code()), Some(expected), "{damage}");
        drop(engine);
        desk.open_with(&desk.recovery).unwrap();
    }
}

#[test]
fn keys_and_data_of_different_master_keys_are_refused_and_nothing_is_lost() {
    let desk = Desk::new();
    let files = ["data.ccc", "keys-a.ccc", "keys-b.ccc"];
    let read = || files.map(|name| fs::read(desk.data().join(name)).unwrap());
    let put = |which: &[usize], from: &[Vec<u8>; 3]| {
        for n in which {
            fs::write(desk.data().join(files[*n]), &from[*n]).unwrap();
        }
    };
    let engine = desk.open();
    let said = everything(&engine);
    engine.close();
    drop(engine);
    let old = read();
    let engine = desk.open();
    let recovery = engine.prepare_rotation(&desk.passphrases(), &unwatched).unwrap();
    drop(engine);
    let engine = desk.open_with(&recovery).unwrap();
    engine.close();
    drop(engine);
    let new = read();

    let mismatch = |secret| desk.open_with(secret).err().map(|error| error.code());
    put(&[1, 2], &old);
    assert_eq!(
        mismatch(&desk.recovery),
        Some(ErrorCode::KeysMismatch),
        "old keys over new data"
    );
    assert!(read()[0] == new[0], "the data was not touched");
    put(&[1, 2], &new);
    assert_eq!(everything(&desk.open_with(&recovery).unwrap()), said);

    put(&[0, 1, 2], &new);
    put(&[0], &old);
    assert_eq!(
        mismatch(&recovery),
        Some(ErrorCode::KeysMismatch),
        "old data under new keys"
    );
    put(&[0], &new);
    assert_eq!(everything(&desk.open_with(&recovery).unwrap()), said);

    for one in [1, 2] {
        put(&[0, 1, 2], &new);
        put(&[one], &old);
        assert_eq!(
            mismatch(&desk.recovery),
            Some(ErrorCode::KeysMismatch),
            "one old file: {one}"
        );
        assert_eq!(everything(&desk.open_with(&recovery).unwrap()), said, "the other opens");
        assert_eq!(
            mismatch(&desk.recovery),
            Some(ErrorCode::WrongSecret),
            "and was put in its place"
        );
    }
}
