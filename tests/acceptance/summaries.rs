//! Summaries and topics: what they are made of, who wrote them, and what a model is asked.

use ccc_domain::{Agent, ErrorCode, Scope, SummarySource};
use ccc_engine::{
    ApiKey, Engine,
    cycle::CycleOptions,
    providers::{Parameters, ProviderEntry},
};
use support::{Server, answer, cut, status};

use crate::stores::{MINUTE, Store, session, tell};

/// What a session that planned backups said.
const SAID: [[&str; 3]; 3] = [
    [
        "Plan the nightly backups of the ledger database.",
        "Settle where the nightly backups go and how long they stay. What may fail?",
        "The nightly backups of the ledger database go to the second disk and stay for thirty days.",
    ],
    [
        "Who checks the nightly backups?",
        "Name one person, and a day of the week.",
        "Mira restores one of the nightly backups every Monday and writes down how long that took.",
    ],
    [
        "Thank you, that will do.",
        "Nothing is left to do.",
        "```sh\nrsync --archive ledger second-disk\n```\nDone.",
    ],
];

fn said(store: &Store, engine: &Engine) -> ccc_domain::SessionId {
    let id = session(engine, Scope::Session).id;
    for [directive, guidance, work] in SAID {
        tell(engine, id, directive, &[guidance, work]);
        store.pass(MINUTE);
    }
    id
}

#[test]
fn topics_and_the_extract_tell_what_was_said_without_code_and_within_their_length() {
    let (store, engine) = Store::new();
    let id = said(&store, &engine);
    let about = engine.memory.get_session_context(id).unwrap();
    assert_eq!(
        about.topics[..2],
        ["ledger database", "nightly backups"],
        "{:?}",
        about.topics
    );
    assert!(
        !about.topics.iter().any(|topic| topic.contains("rsync")),
        "code is no topic"
    );

    let extract = engine.memory.generate_context_summary(id).unwrap();
    assert_eq!(
        (
            extract.source,
            extract.turn_count,
            extract.conversation_count,
            extract.usage
        ),
        (SummarySource::Extract, 9, 3, None)
    );
    assert!(
        extract
            .text
            .contains("Codey: The nightly backups of the ledger database go to the second disk")
    );
    assert!(!extract.text.contains("rsync"), "{}", extract.text);
    let words = |line: &str| {
        line.split_once(": ")
            .map_or(0, |(_, said)| said.split_whitespace().count())
    };
    assert!(extract.text.lines().map(words).sum::<usize>() <= 100);
    let order: Vec<Option<usize>> = extract
        .text
        .lines()
        .map(|line| {
            SAID.iter()
                .flatten()
                .position(|text| text.contains(line.split_once(": ").unwrap().1))
        })
        .collect();
    assert!(
        order.is_sorted() && !order.contains(&None),
        "word for word, in the order it was said: {order:?}"
    );
    assert_eq!(
        engine.memory.get_session_context(id).unwrap().topics,
        about.topics,
        "the same again"
    );
}

#[test]
fn what_a_muted_turn_or_rehearsal_said_is_in_neither() {
    let (store, engine) = Store::new();
    let id = said(&store, &engine);
    let turns = tell(
        &engine,
        id,
        "Buy the marzipan.",
        &["Marzipan it is.", "The marzipan is bought."],
    );
    let mut preferences = engine.memory.get_session(id).unwrap().preferences;
    preferences.muted_turns = turns.iter().map(|turn| turn.id).collect();
    let text = |engine: &Engine| {
        let topics = engine.memory.get_session_context(id).unwrap().topics.join(" ");
        topics + &engine.memory.generate_context_summary(id).unwrap().text
    };
    assert!(text(&engine).to_lowercase().contains("marzipan"));
    engine.memory.set_preferences(id, preferences).unwrap();
    tell(&engine, id, "Go on.", &[]);
    assert!(!text(&engine).to_lowercase().contains("marzipan"));
}

#[test]
fn an_edited_summary_stays_until_more_is_said_and_is_kept_then() {
    let (store, engine) = Store::new();
    let id = said(&store, &engine);
    let extract = engine.memory.generate_context_summary(id).unwrap();
    store.pass(MINUTE);
    let edited = engine
        .memory
        .update_context_summary(id, "  We keep the backups. ")
        .unwrap();
    assert_eq!(
        (edited.text.as_str(), edited.source),
        ("We keep the backups.", SummarySource::Person)
    );
    assert_eq!(
        engine.memory.generate_context_summary(id).unwrap(),
        edited,
        "nothing was said since"
    );
    store.pass(MINUTE);
    tell(&engine, id, "Keep the weekly backups for a year.", &[]);
    let next = engine.memory.generate_context_summary(id).unwrap();
    assert_eq!((next.source, next.turn_count), (SummarySource::Extract, 10));
    drop(engine);
    let engine = store.reopen();
    let kept = [next, edited, extract];
    assert_eq!(
        engine.memory.list_summaries(id).unwrap(),
        kept,
        "all of them, also after a restart"
    );
    let export = serde_json::to_string(&engine.collect_session(id).unwrap()).unwrap();
    let read: ccc_engine::export::SessionExport = serde_json::from_str(&export).unwrap();
    assert_eq!(read.summaries, kept);

    let blank = engine.memory.update_context_summary(id, " \n").unwrap_err();
    let large = engine
        .memory
        .update_context_summary(id, &"x".repeat(17 << 10))
        .unwrap_err();
    assert_eq!([blank.code(), large.code()], [ErrorCode::InvalidInput; 2]);
    assert_eq!(engine.memory.list_summaries(id).unwrap(), kept);
}

/// Asks the model behind `server`.
fn options(engine: &Engine, server: &Server) -> CycleOptions {
    let entry = ProviderEntry {
        name: "loop".to_owned(),
        base_url: server.url(),
        model: Some("loop-1".to_owned()),
        confirmed_http_host: None,
        api_key_header: false,
        parameters: Parameters::default(),
    };
    engine.providers.add(entry, None).unwrap();
    let key = ApiKey::new("test-key".to_owned());
    CycleOptions::new(engine.providers.connect("loop", Some(key)).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_writes_a_summary_in_one_request_and_its_cost_is_kept_with_it() {
    let (store, engine) = Store::new();
    let id = said(&store, &engine);
    let extract = engine.memory.generate_context_summary(id).unwrap();
    store.pass(MINUTE);
    let server = Server::start(|_| answer("Backups go to the second disk.")).unwrap();
    let space = engine.space_of(id).unwrap();
    let written = space.write_summary(id, &options(&engine, &server)).await.unwrap();
    assert_eq!(
        (written.text.as_str(), written.source, written.turn_count),
        ("Backups go to the second disk.", SummarySource::Model, 9)
    );
    assert!(
        written
            .usage
            .is_some_and(|usage| usage.prompt_tokens > 0 && usage.completion_tokens > 0)
    );
    assert!(written.model.is_some());
    let sent = server.requests();
    assert_eq!(sent.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&sent[0].body).unwrap();
    let user = body["messages"][1]["content"].as_str().unwrap();
    assert!(
        user.contains(&extract.text) && user.contains("<ccc:extract>"),
        "the extract is sent"
    );
    assert!(
        user.contains("Mira restores one of the nightly backups"),
        "and the latest turns"
    );
    assert_eq!(
        engine.memory.generate_context_summary(id).unwrap(),
        written,
        "nothing was said since"
    );
    assert_eq!(engine.memory.list_summaries(id).unwrap(), [written, extract]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_costs_no_summary_and_the_failure_has_its_code() {
    let (store, engine) = Store::new();
    let id = said(&store, &engine);
    let before = engine.memory.generate_context_summary(id).unwrap();
    let server = Server::start(|request| match request.index {
        0 => status(401, "", "application/json", "{}"),
        1 => cut("Backups go to"),
        _ => answer(&"long ".repeat(4_000)),
    })
    .unwrap();
    let (space, options) = (engine.space_of(id).unwrap(), options(&engine, &server));
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(space.write_summary(id, &options).await.unwrap_err().code());
    }
    assert_eq!(
        codes,
        [ErrorCode::ProviderAuth, ErrorCode::Truncated, ErrorCode::InvalidInput]
    );
    assert_eq!(engine.memory.list_summaries(id).unwrap(), [before]);

    let rehearsal = CycleOptions::new(engine.providers.connect("rehearsal", None).unwrap());
    let refused = space.write_summary(id, &rehearsal).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidInput, "Rehearsal calls no model");
    let empty = session(&engine, Scope::Session).id;
    let refused = space.write_summary(empty, &options).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidInput, "there is nothing to sum up");
    let state = engine.memory.get_agent_state(id, Agent::Codey).unwrap();
    assert_eq!(
        state.data,
        ccc_domain::AgentStateData::default(),
        "no cycle, nothing learned"
    );
    assert_eq!(server.requests().len(), 3, "neither asked anything");
}
