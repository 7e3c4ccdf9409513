//! Upkeep on a real profile, by a clock that a test sets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;
mod scripted;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use ccc_engine::{
    Clock, Engine, Profile, Ways,
    cycle::{CycleUpdate, Order},
    domain::{ConversationStatus, ErrorCode, Preferences, Session, SessionStatus, Timestamp, upkeep::Job},
    memory::NewSession,
};
use scripted::{Ear, Scripted};
use tempfile::TempDir;

struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}

const DAY: i64 = 24 * 60 * 60 * 1_000;

struct House {
    directory: TempDir,
    engine: Engine,
    hands: Arc<Hands>,
}

impl House {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let hands = Arc::new(Hands(AtomicI64::new(1_800_000_000_000)));
        let ways = Ways {
            keychain: true,
            passphrase: None,
        };
        let profile = Profile::acquire(directory.path(), place::keychain()).unwrap();
        let (engine, _) = profile.with_clock(hands.clone()).create(&ways).unwrap();
        Self {
            directory,
            engine,
            hands,
        }
    }

    fn pass(&self, days: i64) {
        self.hands.0.fetch_add(days * DAY, Ordering::Relaxed);
    }

    fn session(&self, archive: Option<u32>, delete: Option<u32>) -> Session {
        let preferences = Preferences {
            archive_after_days: archive,
            delete_after_days: delete,
            ..Preferences::default()
        };
        let new = NewSession {
            preferences,
            ..NewSession::default()
        };
        self.engine.memory.initialize_session(new).unwrap()
    }

    fn status(&self, session: &Session) -> Result<SessionStatus, ErrorCode> {
        self.engine
            .memory
            .get_session(session.id)
            .map(|found| found.status)
            .map_err(|error| error.code())
    }

    /// The jobs that were done, and what each said.
    fn tend(&self) -> Vec<(Job, String)> {
        let runs = self.engine.upkeep(false).unwrap().runs;
        assert!(runs.iter().all(|run| run.failure.is_none()), "{runs:?}");
        runs.into_iter().map(|run| (run.job, run.detail)).collect()
    }
}

#[test]
fn a_session_is_archived_warned_of_and_deleted_and_another_is_left_alone() {
    let house = House::new();
    let (left, tended) = (house.session(None, None), house.session(Some(30), Some(10)));
    assert_eq!(house.tend().len(), Job::ALL.len());
    assert_eq!(house.tend(), [], "nothing is due again");
    house.pass(30);
    assert_eq!(
        house.tend()[0],
        (Job::Sessions, "1 archived, 0 expired, 0 deleted".to_owned())
    );
    house.pass(9);
    house.tend();
    assert_eq!(house.status(&tended), Ok(SessionStatus::Archived));
    house.pass(1);
    house.tend();
    assert_eq!(house.status(&tended), Ok(SessionStatus::Expired));
    let expiring = house.engine.upkeep_state().unwrap().expiring;
    assert_eq!(expiring.len(), 1);
    assert_eq!(
        expiring[0].deleted_at,
        Timestamp::from_ms(house.engine.memory.now().ms() + 7 * DAY)
    );
    house.pass(6);
    house.tend();
    assert_eq!(house.status(&tended), Ok(SessionStatus::Expired));
    house.pass(1);
    house.tend();
    assert_eq!(house.status(&tended), Err(ErrorCode::NotFound));
    assert_eq!(house.engine.upkeep_state().unwrap().expiring, []);
    assert_eq!(house.status(&left), Ok(SessionStatus::Active));
}

#[test]
fn it_is_said_whether_sessions_or_conversations_changed() {
    let house = House::new();
    house.session(Some(30), None);
    let tend = || {
        let done = house.engine.upkeep(false).unwrap();
        (done.runs.is_empty(), done.changed)
    };
    assert_eq!(tend(), (false, false), "jobs were done, for nothing");
    house.pass(30);
    assert_eq!(tend(), (false, true), "one was archived");
    house.pass(1);
    assert_eq!(tend(), (false, false));
    assert_eq!(tend(), (true, false), "nothing is due");
}

#[test]
fn a_session_that_is_restored_in_time_begins_anew() {
    let house = House::new();
    let tended = house.session(Some(30), Some(10));
    for days in [30, 10] {
        house.pass(days);
        house.tend();
    }
    assert_eq!(house.status(&tended), Ok(SessionStatus::Expired));
    house.engine.memory.restore_session(tended.id).unwrap();
    for (days, expected) in [
        (29, SessionStatus::Active),
        (1, SessionStatus::Archived),
        (9, SessionStatus::Archived),
    ] {
        house.pass(days);
        house.tend();
        assert_eq!(house.status(&tended), Ok(expected));
    }
    house.pass(1);
    house.tend();
    assert_eq!(
        house.status(&tended),
        Ok(SessionStatus::Expired),
        "and is warned of anew"
    );
}

#[test]
fn an_old_conversation_of_a_session_in_use_is_archived_and_still_readable() {
    let house = House::new();
    let memory = &house.engine.memory;
    let tended = house.session(Some(30), None);
    let (old, _) = memory.start_conversation(tended.id, "An old one.", None).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let finished = runtime.block_on(async {
        let model: Arc<Scripted> = Arc::default();
        let [analyse, execute, review] = model.mouths();
        analyse.answer("the plan");
        execute.answer("the work");
        review.answer("Fine.\n\naccept");
        let (mut ear, listener) = Ear::new();
        let order = Order::run(tended.id, "A finished one.");
        house
            .engine
            .cycle
            .start(order, model.options(), listener)
            .await
            .unwrap();
        ear.rest().await.1.unwrap().conversation_id
    });
    house.pass(31);
    memory.update_session_activity(tended.id).unwrap();
    let tended = house.tend();
    assert_eq!(tended[1], (Job::Conversations, "1 archived".to_owned()));
    let status = |id| memory.get_conversation(id).unwrap().status;
    assert_eq!(
        (status(old.id), status(finished)),
        (ConversationStatus::Active, ConversationStatus::Archived)
    );
    assert_eq!(memory.get_conversation_history(finished).unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_while_a_cycle_runs_and_nothing_after_it_was_cancelled() {
    let house = House::new();
    let session = house.session(Some(1), None);
    let model: Arc<Scripted> = Arc::default();
    let [analyse, execute, review] = model.mouths();
    let (mut ear, listener) = Ear::new();
    let order = Order::run(session.id, "Take your time.");
    house
        .engine
        .cycle
        .start(order, model.options(), listener)
        .await
        .unwrap();
    analyse.begin();
    analyse.say("the plan");
    ear.until(|update| matches!(update, CycleUpdate::Text { .. })).await;
    assert_eq!(house.tend(), [], "a cycle runs");
    analyse.finish();
    execute.answer("the work");
    review.answer("Fine.\n\naccept");
    ear.rest().await;
    while house.engine.cycle.is_running() {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.tend().len(), Job::ALL.len());
}

#[test]
fn the_log_is_emptied_room_given_back_and_what_an_interrupted_writing_left_removed() {
    let house = House::new();
    let memory = &house.engine.memory;
    let session = house.session(None, None);
    let conversation = place::conversation(&house.engine, session.id);
    let mut word = 1u64;
    for _ in 0..250 {
        // Text that does not compress.
        let noise = std::iter::repeat_with(|| {
            word = word
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            format!("{word:x} ")
        });
        let text: String = noise.take(2_500).collect();
        memory
            .store_conversation_turn(place::turn(&house.engine, &conversation, &text))
            .unwrap();
    }
    let size = |name: &str| fs::metadata(house.directory.path().join(name)).map_or(0, |file| file.len());
    assert!(size("data.ccc-wal") > 1 << 20);
    let [old, young, foreign] = ["data.ccc.part", "x.part", "mine.txt"].map(|name| house.directory.path().join(name));
    [&old, &young, &foreign]
        .iter()
        .for_each(|path| fs::write(path, b"x").unwrap());
    let yesterday = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    fs::File::options()
        .write(true)
        .open(&old)
        .unwrap()
        .set_modified(yesterday)
        .unwrap();
    fs::File::options()
        .write(true)
        .open(&foreign)
        .unwrap()
        .set_modified(yesterday)
        .unwrap();
    house.tend();
    assert!(size("data.ccc-wal") < 1 << 16, "but for the note that it was done");
    assert_eq!([old.exists(), young.exists(), foreign.exists()], [false, true, true]);
    let full = size("data.ccc");
    memory.delete_session(session.id).unwrap();
    let failures: Vec<_> = house
        .engine
        .upkeep(true)
        .unwrap()
        .runs
        .into_iter()
        .filter_map(|run| run.failure)
        .collect();
    assert_eq!(failures, []);
    assert!(size("data.ccc") < full / 10, "{} of {full}", size("data.ccc"));
    let runs = house.engine.upkeep_state().unwrap().runs;
    assert_eq!(runs.iter().map(|run| run.job).collect::<Vec<_>>(), Job::ALL);
}
