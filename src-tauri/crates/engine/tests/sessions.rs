//! The life of a session: emptied, deleted with a way back, temporary; and what is set and measured for all of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;
mod scripted;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ccc_engine::{
    Clock, Engine, Profile, RecoveryKey,
    cycle::Order,
    domain::{Agent, ErrorCode, InteractionOutcome, Preferences, SessionId, Timestamp},
    export::ExportFormat,
    health::Activity,
    memory::{ContextRequest, NewSession, SessionFilter, UNDO_FOR},
    providers::{DiscoveredServer, discover_at},
    settings::{AppSettings, Theme},
};
use scripted::{Ear, Scripted};
use tempfile::TempDir;

/// A clock that a test moves.
struct Hand(AtomicI64);

impl Hand {
    fn pass(&self, time: Duration) {
        self.0
            .fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}

/// 8 May 2026, noon.
const NOON: i64 = 1_778_241_600_000;

fn open(directory: &TempDir, recovery: Option<&RecoveryKey>) -> (Engine, Option<RecoveryKey>, Arc<Hand>) {
    let hand = Arc::new(Hand(AtomicI64::new(NOON)));
    let profile = Profile::acquire(directory.path(), place::keychain())
        .unwrap()
        .with_clock(hand.clone());
    match recovery {
        None => {
            let ways = ccc_engine::Ways {
                keychain: true,
                passphrase: None,
            };
            let (engine, recovery) = profile.create(&ways).unwrap();
            (engine, Some(recovery), hand)
        }
        Some(recovery) => {
            let keys = profile.unlock_with_recovery(recovery).unwrap();
            (profile.open(keys).unwrap(), None, hand)
        }
    }
}

fn ids(engine: &Engine) -> Vec<SessionId> {
    let all = engine.list_all_sessions(SessionFilter::All).unwrap();
    all.into_iter().map(|view| view.session.id).collect()
}

fn code<T>(result: Result<T, ccc_engine::Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

#[test]
fn a_reset_session_keeps_its_name_and_preferences_and_nothing_that_was_said() {
    let directory = TempDir::new().unwrap();
    let (engine, _, _) = open(&directory, None);
    let memory = &engine.memory;
    let session = place::session(&engine, "Plans");
    let (conversation, turn) = memory
        .start_conversation(session.id, "Plan the backups.", None)
        .unwrap();
    memory
        .update_agent_learning(session.id, Agent::Codey, InteractionOutcome::default())
        .unwrap();
    memory.generate_context_summary(session.id).unwrap();
    let preferences = Preferences {
        max_rounds: 5,
        pinned_turns: vec![turn.id],
        ..Preferences::default()
    };
    memory.set_preferences(session.id, preferences.clone()).unwrap();
    assert_eq!(
        memory.get_session_context(session.id).unwrap().topics,
        ["backups", "plan"]
    );

    let emptied = engine.reset_session(session.id).unwrap().session;
    assert_eq!(
        (emptied.title.as_str(), emptied.conversation_count, &emptied.preferences),
        (
            "Plans",
            0,
            &Preferences {
                pinned_turns: Vec::new(),
                ..preferences
            }
        )
    );
    assert_eq!(memory.get_session(session.id).unwrap(), emptied);
    assert_eq!(memory.list_conversations(session.id).unwrap(), []);
    assert_eq!(memory.list_summaries(session.id).unwrap(), []);
    assert_eq!(engine.collect_session(session.id).unwrap().agent_states, []);
    assert_eq!(
        code(memory.get_conversation(conversation.id)),
        Some(ErrorCode::NotFound)
    );
    let found = memory
        .get_relevant_context(session.id, "backups", &ccc_engine::memory::ContextRequest::default())
        .unwrap();
    assert_eq!(
        (found.items, found.considered),
        (Vec::new(), 0),
        "the index forgets it too"
    );
    memory.start_conversation(session.id, "Go on.", None).unwrap();
    assert_eq!(engine.audit.verify().unwrap().broken_at, None);

    memory.archive_session(session.id).unwrap();
    assert_eq!(code(engine.reset_session(session.id)), Some(ErrorCode::ReadOnly));
}

#[test]
fn a_deletion_can_be_taken_back_until_its_time_is_over() {
    let directory = TempDir::new().unwrap();
    let (engine, _, hand) = open(&directory, None);
    let memory = &engine.memory;
    let (kept, gone) = (place::session(&engine, "Kept"), place::session(&engine, "Gone"));
    for session in [&kept, &gone] {
        let pending = memory.delete_session_later(session.id).unwrap();
        let at = NOON + i64::try_from(UNDO_FOR.as_millis()).unwrap();
        assert_eq!(
            (pending.session_id, pending.carried_out_at),
            (session.id, Timestamp::from_ms(at))
        );
    }
    assert_eq!(ids(&engine), [], "out of sight at once");

    hand.pass(UNDO_FOR - Duration::from_millis(1));
    assert_eq!(memory.carry_out_deletions().unwrap(), 0, "not a moment too early");
    assert_eq!(memory.undo_deletion(kept.id).unwrap(), kept);
    assert_eq!(ids(&engine), [kept.id]);
    assert_eq!(
        code(memory.undo_deletion(kept.id)),
        Some(ErrorCode::NotFound),
        "taken back once"
    );

    hand.pass(Duration::from_millis(1));
    assert_eq!(memory.carry_out_deletions().unwrap(), 1);
    assert_eq!(code(memory.undo_deletion(gone.id)), Some(ErrorCode::NotFound));
    assert_eq!(code(memory.get_session(gone.id)), Some(ErrorCode::NotFound));
    assert_eq!(
        memory.get_session(kept.id).unwrap(),
        kept,
        "what was taken back is whole"
    );
}

#[test]
fn a_deletion_is_carried_out_at_the_next_start_and_at_the_end() {
    let directory = TempDir::new().unwrap();
    let (engine, recovery, _) = open(&directory, None);
    let first = place::session(&engine, "First").id;
    engine.memory.delete_session_later(first).unwrap();
    drop(engine);

    let (engine, _, _) = open(&directory, recovery.as_ref());
    assert_eq!(engine.recovered.deletions_finished, 1);
    let second = place::session(&engine, "Second").id;
    engine.memory.delete_session_later(second).unwrap();
    engine.close();
    assert_eq!(
        code(engine.memory.list_sessions(SessionFilter::All)),
        None,
        "there is none to open"
    );
    assert_eq!(
        code(engine.memory.initialize_session(NewSession::default())),
        Some(ErrorCode::Locked)
    );
    drop(engine);

    let (engine, _, _) = open(&directory, recovery.as_ref());
    assert_eq!(engine.recovered.deletions_finished, 0, "the end left nothing to do");
    assert_eq!(code(engine.memory.get_session(second)), Some(ErrorCode::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_session_works_like_any_other_and_leaves_nothing() {
    let directory = TempDir::new().unwrap();
    let (engine, recovery, hand) = open(&directory, None);
    let lasting = place::session(&engine, "Lasting").id;
    hand.pass(Duration::from_secs(1));
    let made = engine.new_session(NewSession::default(), true).unwrap();
    let (temporary, space) = (made.session.id, engine.space_of(made.session.id).unwrap());
    assert_eq!((made.temporary, space.temporary), (true, true));
    assert!(!engine.space_of(lasting).unwrap().temporary);
    assert_eq!(
        ids(&engine),
        [temporary, lasting],
        "listed together, the last active first"
    );

    let model: Arc<Scripted> = Arc::default();
    let [analyse, execute, review] = model.mouths();
    analyse.answer("marmalade plan");
    execute.answer("marmalade work");
    review.answer("accept");
    let order = Order::Run {
        session: temporary,
        directive: "Cook the marmalade.".to_owned(),
        branch_of: None,
    };
    let (mut ear, listener) = Ear::new();
    let snapshot = space.cycle.start(order, model.options(), listener).await.unwrap();
    let report = ear.rest().await.1.unwrap();
    assert_eq!(
        (report.turns.len(), report.stateless),
        (4, None),
        "stored, though in memory"
    );
    let last = report.turns[3].id;
    assert!(
        engine
            .space_of_conversation(snapshot.conversation_id)
            .unwrap()
            .temporary
    );
    assert!(engine.space_of_turn(last).unwrap().temporary);
    let export = directory.path().join("out.md");
    let written = engine
        .export_session(temporary, ExportFormat::Markdown, &export, false)
        .unwrap();
    assert_eq!(written.turns, 4);
    std::fs::remove_file(export).unwrap();
    assert_eq!(
        engine.memory.turn_count().unwrap(),
        0,
        "nothing of it is in the data file"
    );
    assert_no_trace(directory.path(), b"marmalade");

    engine.lock();
    assert_eq!(code(space.memory.get_session(temporary)), Some(ErrorCode::Locked));
    assert_eq!(
        code(engine.new_session(NewSession::default(), true)),
        Some(ErrorCode::Locked),
        "a locked profile makes none"
    );
    drop((engine, space));
    let (engine, _, _) = open(&directory, recovery.as_ref());
    assert_eq!(ids(&engine), [lasting]);
}

/// Sealed text is unreadable anyway; a name or a size would show here too.
fn assert_no_trace(directory: &std::path::Path, word: &[u8]) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(word.len()).any(|w| w == word), "{}", path.display());
        }
    }
}

#[test]
fn settings_of_the_app_are_kept_and_turn_memory_off() {
    let directory = TempDir::new().unwrap();
    let (engine, recovery, _) = open(&directory, None);
    let session = place::session(&engine, "One").id;
    assert_eq!(engine.settings.app().unwrap(), AppSettings::default());
    assert!(engine.cycle_options(session, true, None).unwrap().memory);
    assert!(!engine.cycle_options(session, false, None).unwrap().memory);
    assert_eq!(engine.memory.context_use().asked, 0);
    engine.cycle_options(session, true, Some("ahead")).unwrap();
    let begun = Instant::now();
    while engine.memory.context_use().asked == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "memory is chosen while the keychain is asked"
        );
        thread::yield_now();
    }
    let asked = engine
        .memory
        .get_relevant_context(session, "ahead", &ContextRequest::default());
    assert_eq!((asked.unwrap().items.len(), engine.memory.context_use().asked), (0, 2));

    let chosen = AppSettings {
        theme: Theme::Dark,
        memory: false,
        context_tray: false,
        lock_after_minutes: None,
        lock_on_sleep: false,
    };
    engine.settings.set_app(&chosen).unwrap();
    assert!(
        !engine.cycle_options(session, true, None).unwrap().memory,
        "off for the app is off for every cycle"
    );
    for minutes in [0, 1_441] {
        let refused = engine.settings.set_app(&AppSettings {
            lock_after_minutes: Some(minutes),
            ..AppSettings::default()
        });
        assert_eq!(code(refused), Some(ErrorCode::InvalidInput), "{minutes}");
    }
    drop(engine);
    let (engine, _, _) = open(&directory, recovery.as_ref());
    assert_eq!(engine.settings.app().unwrap(), chosen);
}

#[test]
fn a_report_counts_what_was_stored_and_how_long_it_took() {
    let directory = TempDir::new().unwrap();
    let (engine, _, hand) = open(&directory, None);
    let session = place::session(&engine, "One").id;
    let (memory, day) = (&engine.memory, Duration::from_secs(86_400));
    memory.start_conversation(session, "Monday.", None).unwrap();
    memory.start_conversation(session, "Still Monday.", None).unwrap();
    hand.pass(day);
    memory.start_conversation(session, "Tuesday.", None).unwrap();

    let report = engine.health();
    assert!(report.is_healthy(), "{:?}", report.checks);
    let on = |day: &str, turns| Activity {
        day: day.to_owned(),
        turns,
    };
    assert_eq!(report.activity, [on("2026-05-08", 2), on("2026-05-09", 1)]);
    let growth: Vec<u64> = report.storage.growth.iter().map(|g| g.bytes).collect();
    assert!(
        growth[0] > 0 && growth[0] < growth[1],
        "each day adds to the one before: {growth:?}"
    );
    assert!(report.storage.bytes > growth[1], "the file holds them and more");
    let stored = report
        .latencies
        .iter()
        .find(|l| l.operation == "store_conversation_turn")
        .unwrap();
    assert_eq!(stored.count, 3);
    assert!(stored.p50_ms > 0.0 && stored.p50_ms <= stored.p99_ms, "{stored:?}");
    let copied = serde_json::to_string(&report).unwrap();
    assert!(!copied.contains("Monday"), "no content: {copied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_on_this_machine_are_found_and_what_is_none_is_passed_over() {
    let listing = |body: &'static str| {
        support::Server::start(move |_| support::status(200, "", "application/json", body)).unwrap()
    };
    let (models, empty, other) = (
        listing(r#"{"data":[{"id":"quill"},{"id":"brush"}]}"#),
        listing(r#"{"data":[]}"#),
        listing("<html>"),
    );
    let port = |server: &support::Server| {
        let url = server.url();
        url.trim_end_matches("/v1")
            .rsplit(':')
            .next()
            .unwrap()
            .parse::<u16>()
            .unwrap()
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let found = discover_at(&[
        ("Closed", closed),
        ("Empty", port(&empty)),
        ("Models", port(&models)),
        ("Other", port(&other)),
    ])
    .await;
    assert_eq!(
        found,
        [DiscoveredServer {
            name: "Models".to_owned(),
            base_url: models.url(),
            models: vec!["brush".to_owned(), "quill".to_owned()],
        }]
    );
    assert_eq!(models.requests().len(), 1, "the list alone is asked for");
}
