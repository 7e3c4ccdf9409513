//! Memory that takes too long: the step goes on without it and says so, and the next one has it.

use std::{
    backtrace::Backtrace,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use ccc_domain::Timestamp;
use ccc_engine::{Clock, Keychain, Passphrase, Profile, SystemClock, Ways};

use super::*;

/// A clock that stands still for who chooses memory, once it is told to, until it is let go.
#[derive(Default)]
struct Slow {
    armed: AtomicBool,
    let_go: Mutex<bool>,
    changed: Condvar,
}

impl Clock for Slow {
    fn now(&self) -> Timestamp {
        let chooses = || Backtrace::force_capture().to_string().contains("get_relevant_context");
        if self.armed.load(Ordering::SeqCst) && chooses() {
            let shut = self.let_go.lock().unwrap();
            drop(self.changed.wait_while(shut, |open| !*open));
        }
        SystemClock.now()
    }
}

impl Slow {
    fn let_go(&self) {
        *self.let_go.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_comes_too_late_for_one_step_is_there_for_the_next() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Arc::new(Slow::default()));
    let profile = Profile::acquire(directory.path(), Keychain::none()).unwrap();
    let passphrase = Passphrase::new("correct horse battery".to_owned()).unwrap();
    let ways = Ways {
        keychain: false,
        passphrase: Some(&passphrase),
    };
    let (engine, _) = profile.with_clock(clock.clone()).create(&ways).unwrap();
    let late = clock.clone();
    let server = Server::start(move |request| {
        if request.index == 3 {
            // Beatrice has begun without it. It comes while she speaks.
            late.let_go();
            std::thread::sleep(Duration::from_secs(1));
        }
        well(request)
    })
    .unwrap();
    let session = new_session(&engine);
    carry_out(&engine, &server, Order::run(session, DIRECTIVE))
        .await
        .unwrap();
    clock.armed.store(true, Ordering::SeqCst);
    let asked = "For how many days do we keep the logs?";
    let report = carry_out(&engine, &server, Order::run(session, asked)).await.unwrap();

    assert_eq!(report.phase, Phase::Done(Outcome::Accepted));
    let given = |turn: usize| {
        let receipt = engine.memory.get_receipt(report.turns[turn].id).unwrap();
        receipt.unwrap().context
    };
    let slow = ContextState::Unavailable(ErrorCode::MemorySlow.to_string());
    assert_eq!(given(1).state, slow, "the receipt says why there is none");
    assert_eq!(
        report.turns[1].metadata.stateless_reason.as_deref(),
        Some(ErrorCode::MemorySlow.as_str())
    );
    let used = given(2);
    assert_eq!(used.state, ContextState::Used);
    assert!(used.items.iter().any(|item| item.text.contains("thirty days")));
    assert!(
        used.items
            .iter()
            .all(|item| item.conversation_id != report.conversation_id),
        "its own directive, stored meanwhile, is not among it"
    );
    assert!(server.requests()[4].body.contains("thirty days"), "and it was sent");
    let counted = engine.memory.context_use();
    assert_eq!(counted.missed, 1, "counted once");
    assert_eq!(
        (counted.steps, counted.found),
        (3, 1),
        "of the first cycle's steps none had a past to find in"
    );
}
