//! What the child does: everything a person does, with a marker in each place.

use std::{
    io::{self, BufRead},
    sync::Arc,
};

use ccc_engine::{
    ApiKey, ChatProvider, CycleRunner, Engine, Error, Keychain, Passphrase, Profile, ProviderError, Ways,
    cycle::{CycleOptions, Order},
    domain::{
        Agent, AgentStateData, Context, Conversation, ConversationStatus, FinishReason, NewTurn, Preferences,
        SessionId, TurnMetadata, Usage, Verdict,
    },
    export::ExportFormat,
    memory::{ContextRequest, NewSession},
    providers::{Parameters, ProviderEntry},
};
use ccc_provider::{ChatEvent, ChatRequest};
use futures_util::{StreamExt, stream, stream::BoxStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::{
    Places,
    marks::mark,
    place::{keychain, turn},
};

/// Markers that must stand in the export: title, preferences, directive, contents, speaker, metadata, summary, verdict.
pub const EXPORTED: [usize; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 20];

/// Answers with markers, then hangs in its second step, which leaves a draft.
struct Answers;

impl ChatProvider for Answers {
    fn name(&self) -> &str {
        "answers"
    }

    fn stream(
        &self,
        request: ChatRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ChatEvent, ProviderError>> {
        let started = ChatEvent::Started { model: mark(30) };
        let step = request.hint.step;
        if step == ccc_engine::domain::Step::Analyse {
            let usage = Usage {
                prompt_tokens: 1,
                completion_tokens: 1,
                estimated: true,
            };
            let events = [
                started,
                ChatEvent::Reasoning(mark(31)),
                ChatEvent::Text(format!("Guidance: {}", mark(32))),
                ChatEvent::Finished {
                    reason: FinishReason::Stop,
                    usage,
                },
            ];
            return stream::iter(events.map(Ok)).boxed();
        }
        let begun = [started, ChatEvent::Text(format!("{} {}", mark(33), long()))];
        let hung = stream::once(async move {
            cancel.cancelled().await;
            Err(ProviderError::Cancelled)
        });
        stream::iter(begun.map(Ok)).chain(hung).boxed()
    }
}

/// Long enough to be kept as a draft at once, and nothing a compressor could shrink to a few bytes.
fn long() -> String {
    (1..2_000u64)
        .map(|n| format!("{:x} ", n.wrapping_mul(0x9E37_79B9)))
        .collect()
}

/// Works until told to close.
pub fn run(places: &Places) {
    std::fs::create_dir_all(places.data.join("logs")).unwrap();
    let log = std::fs::File::create(places.data.join("logs/verbose.log")).unwrap();
    let own = ["domain", "vault", "store", "recall", "provider", "engine"];
    let filter = own.map(|name| format!("ccc_{name}=trace")).join(",");
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(log)
        .json()
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::warn!(target: "ccc_engine", "the log is being written: {}", "x".repeat(100));

    let keychain = keychain();
    let engine = create(places, &keychain);
    let session = say_everything(&engine);
    set_everything(&engine);
    fail_everywhere(&engine, session);
    engine.backups.make(&ccc_engine::backup::unwatched).unwrap();
    let path = |ending| places.export.join(format!("session.{ending}"));
    engine
        .export_session(session, ExportFormat::Json, &path("json"), false)
        .unwrap();
    engine
        .export_session(session, ExportFormat::Markdown, &path("md"), false)
        .unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let cycle = runtime.spawn(run_cycle(engine.cycle.clone(), session));
    wait_for_draft(&places.data);
    println!("\nready");
    io::stdin().lock().read_line(&mut String::new()).unwrap();
    engine.lock();
    runtime.block_on(cycle).unwrap();
    drop(runtime);
    drop(engine);
}

fn create(places: &Places, keychain: &Keychain) -> Engine {
    let passphrase = Passphrase::new(mark(40)).unwrap();
    let ways = Ways {
        keychain: true,
        passphrase: Some(&passphrase),
    };
    let profile = Profile::acquire(&places.data, keychain.clone()).unwrap();
    let (engine, recovery) = profile.create(&ways).unwrap();
    println!("\nrecovery {}", recovery.reveal().as_str());
    let secret = keychain.get(&engine.profile_id().to_string()).unwrap().unwrap();
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("\nkeychain {hex}");
    engine
}

/// A session with a marker in every field of it and of what it holds.
fn say_everything(engine: &Engine) -> SessionId {
    let memory = &engine.memory;
    let session = memory
        .initialize_session(NewSession {
            title: format!("Title {}", mark(0)),
            preferences: Preferences {
                provider: Some(mark(1)),
                model: Some(mark(2)),
                ..Preferences::default()
            },
            ..NewSession::default()
        })
        .unwrap();
    let directive = format!("The directive is {} and {}", mark(3), "goes on ".repeat(50));
    let (conversation, _) = memory.start_conversation(session.id, &directive, None).unwrap();
    for (n, agent) in Agent::ALL.into_iter().enumerate() {
        memory
            .store_conversation_turn(marked_turn(engine, &conversation, n, agent))
            .unwrap();
    }
    let branch = memory
        .start_conversation(session.id, &mark(14), Some(conversation.id))
        .unwrap()
        .0;
    assert_eq!(branch.status, ConversationStatus::Active);
    memory.generate_context_summary(session.id).unwrap();
    memory
        .update_context_summary(session.id, &format!("In short: {}", mark(20)))
        .unwrap();
    let learned = AgentStateData {
        // A state holds counts alone; one that could be told apart stands in for what it will hold.
        completion_tokens: 7_305_918_264_051_739,
        ..AgentStateData::default()
    };
    memory.update_agent_state(session.id, Agent::Codey, learned).unwrap();
    let untitled = memory.initialize_session(NewSession::default()).unwrap();
    memory.start_conversation(untitled.id, &mark(21), None).unwrap();
    memory.rename_session(untitled.id, &mark(22)).unwrap();
    let deleted = memory
        .initialize_session(NewSession {
            title: mark(23),
            ..NewSession::default()
        })
        .unwrap();
    memory.start_conversation(deleted.id, &mark(24), None).unwrap();
    memory.delete_session(deleted.id).unwrap();
    session.id
}

fn marked_turn(engine: &Engine, conversation: &Conversation, n: usize, agent: Agent) -> NewTurn {
    let content = format!(
        "{} says {}. {}",
        agent.name(),
        mark(4 + n),
        "And so on. ".repeat(n * 40)
    );
    let extra = [
        (mark(8), serde_json::json!(1)),
        ("known".to_owned(), serde_json::json!({ "deep": [mark(9)] })),
    ];
    NewTurn {
        agent,
        speaker: Some(mark(7)),
        metadata: TurnMetadata {
            provider: Some(mark(10)),
            model: Some(mark(11)),
            stateless_reason: Some(mark(12)),
            verdict: Some(Verdict::SendBack(mark(13))),
            extra: extra.into(),
            ..TurnMetadata::default()
        },
        ..turn(engine, conversation, &content)
    }
}

/// Settings, and providers with their keys.
fn set_everything(engine: &Engine) {
    engine
        .settings
        .set("a-setting", &serde_json::json!({ "text": mark(25) }))
        .unwrap();
    let entry = ProviderEntry {
        name: mark(26),
        base_url: format!("https://{}.example/{}/v1", mark(27), mark(28)),
        model: Some(mark(29)),
        confirmed_http_host: None,
        api_key_header: false,
        parameters: Parameters::default(),
    };
    engine.providers.add(entry, Some(&mark(41))).unwrap();
    engine.providers.prefer(&mark(26)).unwrap();
    assert!(engine.providers.connect(&mark(26), None).is_ok());
    assert!(engine.providers.connect(&mark(26), Some(ApiKey::new(mark(42)))).is_ok());
}

/// Searches and failures, whose words must not be logged.
fn fail_everywhere(engine: &Engine, session: SessionId) {
    let memory = &engine.memory;
    let searched = memory.get_relevant_context(session, &format!("{} says", mark(43)), &ContextRequest::default());
    let Context { items, .. } = searched.unwrap();
    assert!(!items.is_empty(), "the search met what was said");
    assert!(matches!(
        engine.providers.connect(&mark(44), None),
        Err(Error::NotFound(_))
    ));
    let entry = ProviderEntry {
        name: "bad".to_owned(),
        base_url: format!("ftp://user:{}@{}.example/", mark(45), mark(46)),
        model: None,
        confirmed_http_host: None,
        api_key_header: false,
        parameters: Parameters::default(),
    };
    assert!(engine.providers.add(entry, Some(&mark(47))).is_err());
    let conversation = memory.list_conversations(session).unwrap().remove(0);
    let first = turn(engine, &conversation, "the first of its id");
    memory.store_conversation_turn(first.clone()).unwrap();
    let second = NewTurn {
        content: mark(48),
        ..first
    };
    assert!(matches!(memory.store_conversation_turn(second), Err(Error::IdConflict)));
    let title = mark(49).repeat(20);
    assert!(memory.rename_session(session, &title).is_err());
    let wrong = Passphrase::new(mark(39)).unwrap();
    assert!(engine.profile().unlock_with_passphrase(&wrong).is_err());
}

async fn run_cycle(cycle: CycleRunner, session: SessionId) {
    let (updates, mut heard) = unbounded_channel();
    let directive = format!("{} says what, and {}", Agent::Codey.name(), mark(34));
    let options = CycleOptions {
        model: Some(mark(35)),
        ..CycleOptions::new(Arc::new(Answers))
    };
    let listening = tokio::spawn(async move { while heard.recv().await.is_some() {} });
    cycle
        .carry_out(
            Order::run(session, directive),
            options,
            updates,
            CancellationToken::new(),
        )
        .await
        .unwrap();
    listening.await.unwrap();
}

/// Waits until the running step's text is in the database, as the draft it is kept in.
fn wait_for_draft(data: &std::path::Path) {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(data.join("data.ccc"), flags).unwrap();
    for _ in 0..600 {
        let drafts: u32 = connection
            .query_row(
                "SELECT count(*) FROM drafts WHERE length(draft_sealed) > 5000",
                [],
                |row| row.get(0),
            )
            .unwrap();
        let receipts: u32 = connection
            .query_row("SELECT count(*) FROM receipts", [], |row| row.get(0))
            .unwrap();
        if drafts == 1 && receipts == 1 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no draft was kept");
}
