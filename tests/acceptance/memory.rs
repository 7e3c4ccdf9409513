//! Memory as its callers meet it: sessions through their life, context within its budget, deletion, export.

use ccc_domain::{
    Agent, ContextState, ErrorCode, InteractionOutcome, NewTurn, Preferences, Session, SessionStatus, Tray, Turn,
    TurnMetadata, TurnStatus, tokens,
};
use ccc_engine::{
    Engine, Error,
    export::{ExportFormat, SessionExport},
    memory::{ContextRequest, MAX_DIRECTIVE_BYTES, NewSession, SessionFilter},
};

use crate::profile::Home;

fn session(engine: &Engine) -> Session {
    engine.memory.initialize_session(NewSession::default()).unwrap()
}

/// Stores a conversation of these turns: a directive, then Codey's answers.
fn tell(engine: &Engine, session: &Session, texts: &[&str]) -> Vec<Turn> {
    let (conversation, directive) = engine.memory.start_conversation(session.id, texts[0], None).unwrap();
    let mut turns = vec![directive];
    for text in &texts[1..] {
        let turn = NewTurn {
            id: engine.memory.new_id(),
            session_id: session.id,
            conversation_id: conversation.id,
            agent: Agent::Codey,
            speaker: None,
            content: (*text).to_owned(),
            created_at: engine.memory.now(),
            status: TurnStatus::Complete,
            metadata: TurnMetadata::default(),
        };
        turns.push(engine.memory.store_conversation_turn(turn).unwrap());
    }
    turns
}

fn context(engine: &Engine, session: &Session, directive: &str) -> ccc_domain::Context {
    engine
        .memory
        .get_relevant_context(session.id, directive, &ContextRequest::default())
        .unwrap()
}

#[test]
fn a_session_lives_is_archived_browsed_restored_and_deleted() {
    let (home, engine) = Home::new();
    let made = session(&engine);
    let turns = tell(&engine, &made, &["How long are logs kept?", "Thirty days."]);
    let named = engine.memory.get_session(made.id).unwrap();
    assert_eq!(
        (named.title.as_str(), named.conversation_count),
        ("How long are logs kept?", 1)
    );

    engine.memory.rename_session(made.id, "  Retention  ").unwrap();
    engine.memory.archive_session(made.id).unwrap();
    assert!(engine.memory.list_sessions(SessionFilter::Active).unwrap().is_empty());
    let refused = engine.memory.start_conversation(made.id, "More", None).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::ReadOnly);
    drop(engine);

    let engine = home.reopen();
    let archived = engine.memory.list_sessions(SessionFilter::Archived).unwrap();
    assert_eq!(
        (archived[0].title.as_str(), archived[0].status),
        ("Retention", SessionStatus::Archived)
    );
    let history = engine
        .memory
        .get_conversation_history(turns[0].conversation_id)
        .unwrap();
    assert_eq!(history, turns, "an archived session is read whole");

    engine.memory.restore_session(made.id).unwrap();
    engine.memory.start_conversation(made.id, "More", None).unwrap();

    let report = engine.memory.delete_session(made.id).unwrap();
    assert_eq!((report.conversations, report.key_destroyed), (2, true));
    assert_eq!(
        engine.memory.get_session(made.id).unwrap_err().code(),
        ErrorCode::NotFound
    );
    assert_eq!(
        engine.memory.get_turn(turns[1].id).unwrap_err().code(),
        ErrorCode::NotFound
    );
    assert!(engine.audit.verify().unwrap().broken_at.is_none());
}

#[test]
fn a_turn_is_stored_once_under_its_id() {
    let (_home, engine) = Home::new();
    let made = session(&engine);
    let stored = tell(&engine, &made, &["Directive", "Answer"]).remove(1);
    let again = |content: &str, session_id| NewTurn {
        id: stored.id,
        session_id,
        conversation_id: stored.conversation_id,
        agent: stored.agent,
        speaker: None,
        content: content.to_owned(),
        created_at: stored.created_at,
        status: stored.status,
        metadata: stored.metadata.clone(),
    };
    assert_eq!(
        engine.memory.store_conversation_turn(again("Answer", made.id)).unwrap(),
        stored
    );
    let conflict = engine
        .memory
        .store_conversation_turn(again("Other", made.id))
        .unwrap_err();
    assert_eq!(conflict.code(), ErrorCode::IdConflict);

    let other = session(&engine);
    let stray = NewTurn {
        id: engine.memory.new_id(),
        ..again("Answer", other.id)
    };
    let refused = engine.memory.store_conversation_turn(stray).unwrap_err();
    assert_eq!(
        refused.code(),
        ErrorCode::NotFound,
        "a conversation of another session is not found in this one"
    );
    assert_eq!(
        engine
            .memory
            .get_conversation_history(stored.conversation_id)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn bad_directives_are_refused_and_leave_nothing_behind() {
    let (_home, engine) = Home::new();
    let made = session(&engine);
    for (directive, code) in [
        (" \n\t ".to_owned(), ErrorCode::InvalidInput),
        ("x".repeat(5_000_000), ErrorCode::InvalidInput),
        ("x".repeat(MAX_DIRECTIVE_BYTES + 1), ErrorCode::InvalidInput),
    ] {
        let refused = engine.memory.start_conversation(made.id, &directive, None).unwrap_err();
        assert_eq!(refused.code(), code);
    }
    let stranger = engine.memory.new_id();
    assert!(matches!(
        engine.memory.start_conversation(stranger, "x", None),
        Err(Error::NotFound(_))
    ));
    assert!(engine.memory.list_conversations(made.id).unwrap().is_empty());
    assert_eq!(engine.memory.turn_count().unwrap(), 0);
}

#[test]
fn context_holds_what_matters_within_its_budget_and_honours_pins_and_mutes() {
    let (_home, engine) = Home::new();
    let made = session(&engine);
    let retention = tell(
        &engine,
        &made,
        &["How long are the logs kept?", "The logs are kept for thirty days."],
    );
    let paint = tell(&engine, &made, &["What colour is the window?", "The window is blue."]);
    for n in 0..30 {
        tell(
            &engine,
            &made,
            &[
                &format!("Unrelated matter {n}"),
                "Something else entirely was said about it.",
            ],
        );
    }
    let found = context(&engine, &made, "Remind me about the logs");
    assert_eq!(found.state, ContextState::Used);
    let ids: Vec<_> = found.items.iter().map(|item| item.turn_id).collect();
    assert!(ids.contains(&retention[1].id));
    let score = |id| {
        found
            .items
            .iter()
            .find(|item| item.turn_id == id)
            .map_or(0.0, |item| item.score)
    };
    assert!(
        score(retention[1].id) > 2.0 * score(paint[1].id),
        "what shares no word comes after all that does, if there is room"
    );
    assert!(
        tokens::estimate(&found.block) <= found.budget_tokens,
        "the printed block is within the budget"
    );
    assert!(found.items.is_sorted_by_key(|item| item.created_at), "oldest first");
    assert_eq!(found.considered, 64);
    assert_eq!(
        context(&engine, &made, "Remind me about the logs"),
        found,
        "the same question, the same bytes"
    );

    let mut preferences = Preferences {
        context_budget_tokens: 200,
        ..Preferences::default()
    };
    preferences.pinned_turns.push(paint[1].id);
    preferences.muted_turns.push(retention[1].id);
    engine.memory.set_preferences(made.id, preferences).unwrap();
    let chosen = context(&engine, &made, "Remind me about the logs");
    let ids: Vec<_> = chosen.items.iter().map(|item| item.turn_id).collect();
    assert!(ids.contains(&paint[1].id), "pinned is always in");
    assert!(!ids.contains(&retention[1].id), "muted is never in");
    assert!(tokens::estimate(&chosen.block) <= 200);
}

#[test]
fn what_is_pinned_is_given_whatever_it_costs_and_however_it_ended() {
    let (_home, engine) = Home::new();
    let made = session(&engine);
    let long = "The whole of the style guide, word by word. ".repeat(200);
    let told = tell(&engine, &made, &[&long, "The logs are kept for thirty days.", "Noted."]);
    let cut = NewTurn {
        id: engine.memory.new_id(),
        session_id: made.id,
        conversation_id: told[0].conversation_id,
        agent: Agent::Codey,
        speaker: None,
        content: "Half of the colours".to_owned(),
        created_at: engine.memory.now(),
        status: TurnStatus::Interrupted,
        metadata: TurnMetadata::default(),
    };
    let cut = engine.memory.store_conversation_turn(cut).unwrap();
    let preferences = Preferences {
        context_budget_tokens: 200,
        max_context_turns: Some(1),
        pinned_turns: vec![told[0].id, cut.id],
        ..Preferences::default()
    };
    engine.memory.set_preferences(made.id, preferences).unwrap();
    let found = context(&engine, &made, "Remind me about the logs");
    let ids: Vec<_> = found.items.iter().map(|item| item.turn_id).collect();
    assert_eq!(
        ids,
        [told[0].id, cut.id],
        "pins alone, which take more than there is room for"
    );
    assert!(found.tokens > found.budget_tokens);
    let tray = Tray {
        kept: ids,
        left_out: Vec::new(),
    };
    let whole = ContextRequest::default();
    let shown = engine
        .memory
        .get_tray_context(made.id, "Remind me about the logs", &whole, &tray);
    assert_eq!(shown.unwrap().block, found.block, "and are sent as they were shown");
}

#[test]
fn names_of_imported_speakers_count_in_the_budget() {
    let (_home, engine) = Home::new();
    let made = session(&engine);
    let (conversation, _) = engine
        .memory
        .start_conversation(made.id, "録音の書き起こし", None)
        .unwrap();
    for n in 0..60 {
        let turn = NewTurn {
            id: engine.memory.new_id(),
            session_id: made.id,
            conversation_id: conversation.id,
            agent: Agent::Wykeve,
            speaker: Some("長い名前の話し手".repeat(7)),
            content: format!("logs {n}"),
            created_at: engine.memory.now(),
            status: TurnStatus::Complete,
            metadata: TurnMetadata::default(),
        };
        engine.memory.store_conversation_turn(turn).unwrap();
    }
    let found = context(&engine, &made, "logs");
    assert!(found.items.len() > 3, "some fit");
    assert!(
        found.tokens <= found.budget_tokens,
        "{} of {}",
        found.tokens,
        found.budget_tokens
    );
}

#[test]
fn context_is_the_same_after_a_restart_and_stays_in_its_session() {
    let (home, engine) = Home::new();
    let (one, two) = (session(&engine), session(&engine));
    tell(
        &engine,
        &one,
        &["Where is the key kept?", "The key is kept in the keychain."],
    );
    tell(
        &engine,
        &two,
        &[
            "Where is the key kept?",
            "A secret of the second session about the key.",
        ],
    );
    let before = context(&engine, &one, "Tell me about the key");
    assert!(!before.block.contains("second session"), "sessions are apart");
    drop(engine);
    assert_eq!(context(&home.reopen(), &one, "Tell me about the key"), before);
}

#[test]
fn an_export_is_lossless_and_leaves_no_half_file() {
    let (home, engine) = Home::new();
    let made = session(&engine);
    tell(
        &engine,
        &made,
        &["# Heading?\nsecond line \u{202e}rtl", "“Ünïcödé” 検索 \u{0} end"],
    );
    engine
        .memory
        .update_agent_learning(
            made.id,
            Agent::Codey,
            InteractionOutcome {
                accepted: true,
                ..Default::default()
            },
        )
        .unwrap();
    engine.memory.generate_context_summary(made.id).unwrap();
    engine.memory.archive_session(made.id).unwrap();

    let path = home.directory.path().join("out.json");
    let report = engine
        .export_session(made.id, ExportFormat::Json, &path, false)
        .unwrap();
    assert_eq!((report.conversations, report.turns), (1, 2));
    let text = std::fs::read_to_string(&path).unwrap();
    let read: SessionExport = serde_json::from_str(&text).unwrap();
    let expected = SessionExport {
        exported_at: read.exported_at,
        ..engine.collect_session(made.id).unwrap()
    };
    assert_eq!(read, expected, "what was written reads back whole");
    assert_eq!((read.format.as_str(), read.version), ("ccc-session", 1));

    let refused = engine
        .export_session(made.id, ExportFormat::Markdown, &path, false)
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AlreadyExists);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        text,
        "the older file is untouched"
    );
    engine
        .export_session(made.id, ExportFormat::Markdown, &path, true)
        .unwrap();
    let markdown = std::fs::read_to_string(&path).unwrap();
    assert!(
        markdown.contains("> # Heading?"),
        "what was said cannot become a heading"
    );

    let nowhere = path.join("below-a-file.md");
    assert!(
        engine
            .export_session(made.id, ExportFormat::Markdown, &nowhere, false)
            .is_err()
    );
    let left = std::fs::read_dir(home.directory.path()).unwrap().flatten();
    assert!(
        !left
            .into_iter()
            .any(|f| f.file_name().to_string_lossy().ends_with(".part")),
        "nothing half is left"
    );
}

#[test]
fn summaries_follow_the_session_and_older_ones_are_kept() {
    let (_home, engine) = Home::new();
    let made = session(&engine);
    tell(&engine, &made, &["First matter. With detail."]);
    let first = engine.memory.generate_context_summary(made.id).unwrap();
    assert_eq!(first.text, "Wykeve: First matter.\nWykeve: With detail.");
    assert_eq!(
        engine.memory.generate_context_summary(made.id).unwrap(),
        first,
        "no change, no new summary"
    );
    tell(&engine, &made, &["Second matter."]);
    let second = engine.memory.generate_context_summary(made.id).unwrap();
    assert_eq!(engine.memory.list_summaries(made.id).unwrap(), [second.clone(), first]);
    assert_eq!(
        engine.memory.get_session_context(made.id).unwrap().summary,
        Some(second)
    );
}

#[test]
fn every_health_check_passes_on_a_sound_profile_and_fails_on_a_locked_one() {
    let (_home, engine) = Home::new();
    let failed = |report: ccc_engine::health::HealthReport| {
        let failed = report
            .checks
            .into_iter()
            .filter_map(|check| Some((check.name, check.failure?)));
        failed.collect::<Vec<_>>()
    };
    assert_eq!(failed(engine.health()), []);
    engine.lock();
    let locked = failed(engine.health());
    assert!(
        locked.contains(&("encryption", ErrorCode::Locked)),
        "a locked profile is not sound: {locked:?}"
    );
}
