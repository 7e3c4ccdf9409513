//! Memory fails in the middle of things: the cycle goes on without it and says so.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
    thread,
};

use ccc_store::Db;

use super::*;

/// Takes the database's write lock through a second connection and keeps it until the sender is dropped.
fn hold_write_lock(data: PathBuf) -> Sender<()> {
    let (release, released) = channel::<()>();
    let (locked, is_locked) = channel();
    thread::spawn(move || {
        let intruder = Db::open(&data).unwrap();
        intruder.write(move |_| {
            locked.send(()).unwrap();
            let _ = released.recv();
            Ok::<_, ccc_store::Error>(())
        })
    });
    is_locked.recv().unwrap();
    release
}

#[tokio::test(flavor = "multi_thread")]
async fn when_memory_fails_the_cycle_runs_on_without_it_and_says_why() {
    let (home, engine) = Home::new();
    let data = home.directory.path().join("data.ccc");
    let lock = Arc::new(Mutex::new(None));
    let held = lock.clone();
    let server = Server::start(move |request| {
        if request.index == 1 {
            *held.lock().unwrap() = Some(hold_write_lock(data.clone()));
        }
        well(request)
    })
    .unwrap();
    let (report, updates) = run(&engine, &server).await;
    assert_eq!(
        report.phase,
        Phase::Done(Outcome::Accepted),
        "the person gets an answer"
    );
    assert_eq!(report.stateless, Some(ErrorCode::ProfileInUse));
    assert_eq!(report.turns.len(), 4, "and keeps every word of it on screen");
    let reasons = updates
        .iter()
        .filter(|u| matches!(u, CycleUpdate::Stateless { .. }))
        .count();
    let unsaved = updates
        .iter()
        .filter(|u| matches!(u, CycleUpdate::TurnNotStored { .. }))
        .count();
    assert_eq!(
        (reasons, unsaved),
        (1, 2),
        "with the reason, and which turns are not saved"
    );

    let stored = |engine: &Engine| engine.memory.get_conversation_history(report.conversation_id).unwrap();
    assert_eq!(stored(&engine).len(), 2, "what was stored before is whole");
    let waiting = engine.memory.waiting().unwrap();
    assert_eq!((waiting.turns.len(), waiting.code), (2, ErrorCode::ProfileInUse));

    drop(lock.lock().unwrap().take());
    assert_eq!(engine.memory.write_waiting(), 2);
    assert_eq!(stored(&engine), report.turns, "as they were shown");
}
