//! The cycle against a server that speaks the OpenAI wire over real sockets.

use std::{sync::Arc, time::Duration};

use ccc_domain::{
    Agent, ContextState, ConversationStatus, ErrorCode, Step, TurnStatus, Verdict,
    cycle::{Outcome, Phase},
};
use ccc_engine::{
    ChatProvider, Engine, Error,
    cycle::{CycleOptions, CycleReport, CycleUpdate},
    memory::{ContextRequest, NewSession},
    providers::ProviderEntry,
};
use support::{Recorded, Reply, Server, answer, cut, stalled};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::profile::Home;

mod outage;
mod stage1;

const DIRECTIVE: &str = "Write down how long we keep the logs.";

fn connect(engine: &Engine, server: &Server) -> Arc<dyn ChatProvider> {
    let entry = ProviderEntry {
        name: "loop".to_owned(),
        base_url: server.url(),
        model: Some("loop-1".to_owned()),
        confirmed_http_host: None,
    };
    engine.providers.add(entry, None).unwrap();
    engine
        .providers
        .connect("loop", Some(ccc_engine::ApiKey::new("test-key".to_owned())))
        .unwrap()
}

fn drain(mut updates: UnboundedReceiver<CycleUpdate>) -> Vec<CycleUpdate> {
    let mut all = Vec::new();
    while let Ok(update) = updates.try_recv() {
        all.push(update);
    }
    all
}

async fn run(engine: &Engine, server: &Server) -> (CycleReport, Vec<CycleUpdate>) {
    let session = engine.memory.initialize_session(NewSession::default()).unwrap();
    let (sender, updates) = unbounded_channel();
    let options = CycleOptions::new(connect(engine, server));
    let report = engine
        .cycle
        .run(session.id, DIRECTIVE, options, sender, CancellationToken::new())
        .await
        .unwrap();
    (report, drain(updates))
}

/// The three answers of a cycle that goes well.
fn well(request: &Recorded) -> Reply {
    match request.index % 3 {
        0 => answer("Guidance: name the number of days."),
        1 => answer("We keep the logs for thirty days."),
        _ => answer("It does what was asked.\n\nVerdict: accept"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directive_goes_through_all_three_steps_and_is_there_after_a_restart() {
    let (home, engine) = Home::new();
    let server = Server::start(well).unwrap();
    let (report, updates) = run(&engine, &server).await;

    assert_eq!(report.phase, Phase::Done(Outcome::Accepted));
    let said: Vec<_> = report
        .turns
        .iter()
        .map(|turn| (turn.number, turn.agent, turn.status))
        .collect();
    let whole = TurnStatus::Complete;
    let expected = [
        (1, Agent::Wykeve, whole),
        (2, Agent::Beatrice, whole),
        (3, Agent::Codey, whole),
        (4, Agent::Beatrice, whole),
    ];
    assert_eq!(said, expected);
    assert_eq!(server.requests().len(), 3, "one request a step");
    assert!(server.requests().iter().all(|r| {
        r.headers
            .iter()
            .any(|h| h.eq_ignore_ascii_case("authorization: Bearer test-key"))
    }));
    let streamed: String = updates
        .iter()
        .filter_map(|u| {
            if let CycleUpdate::Text { text } = u {
                Some(text.as_str())
            } else {
                None
            }
        })
        .collect();
    let stored: String = report.turns.iter().skip(1).map(|turn| turn.content.as_str()).collect();
    assert_eq!(streamed, stored, "what was shown is what was stored");

    drop(engine);
    let engine = home.reopen();
    assert_eq!(
        engine.memory.get_conversation_history(report.conversation_id).unwrap(),
        report.turns
    );
    let conversation = engine.memory.get_conversation(report.conversation_id).unwrap();
    assert_eq!(conversation.status, ConversationStatus::Completed);
    let review = &report.turns[3].metadata;
    assert_eq!(
        (review.step, review.verdict.clone()),
        (Some(Step::Review), Some(Verdict::Accept))
    );
    assert_eq!(review.model.as_deref(), Some("loop-1"));
    for turn in &report.turns[1..] {
        let receipt = engine.memory.get_receipt(turn.id).unwrap().unwrap();
        assert_eq!(
            (receipt.turn_id, Some(receipt.step)),
            (turn.id, turn.metadata.step),
            "every step has its receipt"
        );
    }
    let learned = engine
        .memory
        .get_agent_state(report.session_id, Agent::Codey)
        .unwrap()
        .data;
    assert_eq!((learned.interactions, learned.accepted), (1, 1));
    assert!(
        engine.audit.verify().unwrap().broken_at.is_none(),
        "the audit trail holds"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_sent_back_is_done_again_and_then_put_to_the_person() {
    let (_home, engine) = Home::new();
    let server = Server::start(|request| match request.index {
        0 => answer("Guidance."),
        n if n % 2 == 1 => answer(&format!("Work {n}.")),
        _ => answer("Not yet.\nVerdict: send back: name the days"),
    })
    .unwrap();
    let (report, _) = run(&engine, &server).await;
    let Phase::Escalated { question } = &report.phase else {
        panic!("expected an escalation, got {:?}", report.phase)
    };
    assert!(question.contains("name the days"), "the reasons reach the person");
    assert_eq!(
        server.requests().len(),
        7,
        "analyse, then three passes of execute and review"
    );
    assert!(
        server.requests()[3].body.contains("name the days"),
        "the reasons reach the Executor"
    );

    let (sender, _updates) = unbounded_channel();
    let options = CycleOptions {
        max_rounds: Some(0),
        ..CycleOptions::new(connect(&engine, &server))
    };
    let token = CancellationToken::new();
    let report = engine
        .cycle
        .answer(report.conversation_id, "Thirty days.", options, sender, token)
        .await
        .unwrap();
    assert!(
        matches!(report.phase, Phase::Escalated { .. }),
        "with sending back off, the person is asked at once"
    );
    assert_eq!(server.requests().len(), 9);
    assert!(
        server.requests()[7].body.contains("Thirty days."),
        "the answer reaches the Executor"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_stands_until_it_is_answered_whatever_the_rounds_are_by_then() {
    let (home, engine) = Home::new();
    let server = Server::start(|request| match request.index {
        2 => answer("Verdict: send back: name the days"),
        4 => answer("Verdict: accept"),
        _ => answer("Something."),
    })
    .unwrap();
    let session = engine.memory.initialize_session(NewSession::default()).unwrap();
    let (sender, _updates) = unbounded_channel();
    let options = CycleOptions {
        max_rounds: Some(0),
        ..CycleOptions::new(connect(&engine, &server))
    };
    let token = CancellationToken::new();
    let report = engine
        .cycle
        .run(session.id, DIRECTIVE, options, sender, token)
        .await
        .unwrap();
    assert!(matches!(report.phase, Phase::Escalated { .. }));

    drop(engine);
    let engine = home.reopen();
    let (sender, _updates) = unbounded_channel();
    // With the session's two rounds, the same verdict would have gone back to Codey without a word to the person.
    let options = CycleOptions::new(connect(&engine, &server));
    let token = CancellationToken::new();
    let report = engine
        .cycle
        .answer(report.conversation_id, "Thirty days.", options, sender, token)
        .await
        .unwrap();
    assert_eq!(report.phase, Phase::Done(Outcome::Accepted));
    let learned = engine
        .memory
        .get_agent_state(report.session_id, Agent::Codey)
        .unwrap()
        .data;
    assert_eq!((learned.escalated, learned.accepted, learned.sent_back), (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_step_keeps_its_text_and_is_resumed_without_paying_twice() {
    let (home, engine) = Home::new();
    let server = Server::start(|request| match request.index {
        0 => answer("Guidance."),
        1 => stalled("Half of the wor"),
        2 => answer("The whole work."),
        _ => answer("Verdict: accept"),
    })
    .unwrap();
    let session = engine.memory.initialize_session(NewSession::default()).unwrap();
    let (sender, mut updates) = unbounded_channel();
    let stop = CancellationToken::new();
    let (runner, options, token) = (
        engine.cycle.clone(),
        CycleOptions::new(connect(&engine, &server)),
        stop.clone(),
    );
    let running = tokio::spawn(async move { runner.run(session.id, DIRECTIVE, options, sender, token).await });
    while let Some(update) = updates.recv().await {
        if update
            == (CycleUpdate::Text {
                text: "Half of the wor".to_owned(),
            })
        {
            break;
        }
    }
    stop.cancel();
    let report = running.await.unwrap().unwrap();
    assert_eq!(
        report.phase,
        Phase::Paused {
            step: Step::Execute,
            cause: ErrorCode::Cancelled
        }
    );
    let last = report.turns.last().unwrap();
    assert_eq!(
        (last.status, last.content.as_str()),
        (TurnStatus::Interrupted, "Half of the wor")
    );

    drop(engine);
    let engine = home.reopen();
    let (sender, _updates) = unbounded_channel();
    let options = CycleOptions::new(connect(&engine, &server));
    let report = engine
        .cycle
        .resume(report.conversation_id, options, sender, CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(report.phase, Phase::Done(Outcome::Accepted));
    assert_eq!(server.requests().len(), 4, "analyse was not asked for again");
    let contents: Vec<_> = report.turns.iter().map(|turn| turn.content.as_str()).collect();
    assert_eq!(
        contents,
        [
            DIRECTIVE,
            "Guidance.",
            "Half of the wor",
            "The whole work.",
            "Verdict: accept"
        ]
    );

    let (sender, _updates) = unbounded_channel();
    let options = CycleOptions::new(connect(&engine, &server));
    let again = engine
        .cycle
        .resume(report.conversation_id, options, sender, CancellationToken::new())
        .await;
    assert!(
        matches!(again, Err(Error::NothingToResume)),
        "a finished cycle is not run again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_is_shown_as_cut() {
    let (_home, engine) = Home::new();
    let server = Server::start(|_| cut("Only the beginn")).unwrap();
    let (report, _) = run(&engine, &server).await;
    assert_eq!(
        report.phase,
        Phase::Paused {
            step: Step::Analyse,
            cause: ErrorCode::Truncated
        }
    );
    let last = report.turns.last().unwrap();
    assert_eq!(
        (last.status, last.content.as_str()),
        (TurnStatus::Truncated, "Only the beginn")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_runs_one_cycle_at_a_time() {
    let (_home, engine) = Home::new();
    let server = Server::start(|_| stalled("…")).unwrap();
    let session = engine.memory.initialize_session(NewSession::default()).unwrap();
    let (sender, mut updates) = unbounded_channel();
    let stop = CancellationToken::new();
    let (runner, options, token) = (
        engine.cycle.clone(),
        CycleOptions::new(connect(&engine, &server)),
        stop.clone(),
    );
    let running = tokio::spawn(async move { runner.run(session.id, DIRECTIVE, options, sender, token).await });
    let Some(CycleUpdate::Started { conversation_id, .. }) = updates.recv().await else {
        panic!("no start")
    };
    let (sender, _updates) = unbounded_channel();
    let options = CycleOptions::new(connect(&engine, &server));
    let second = engine
        .cycle
        .resume(conversation_id, options, sender, CancellationToken::new())
        .await;
    assert!(matches!(second, Err(Error::CycleRunning)));
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), running)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_ends_the_cycle_with_its_text_kept() {
    let (home, engine) = Home::new();
    let server = Server::start(|_| stalled("Said before the lock")).unwrap();
    let session = engine.memory.initialize_session(NewSession::default()).unwrap();
    let (sender, mut updates) = unbounded_channel();
    let (runner, options) = (engine.cycle.clone(), CycleOptions::new(connect(&engine, &server)));
    let running = tokio::spawn(async move {
        runner
            .run(session.id, DIRECTIVE, options, sender, CancellationToken::new())
            .await
    });
    while let Some(update) = updates.recv().await {
        if matches!(update, CycleUpdate::Text { .. }) {
            break;
        }
    }
    let engine = tokio::task::spawn_blocking(move || {
        engine.lock();
        engine
    })
    .await
    .unwrap();
    let report = running.await.unwrap().unwrap();
    assert!(matches!(
        report.phase,
        Phase::Paused {
            step: Step::Analyse,
            ..
        }
    ));
    let locked = engine.memory.get_conversation_history(report.conversation_id);
    assert_eq!(
        locked.unwrap_err().code(),
        ErrorCode::Locked,
        "nothing is readable while locked"
    );
    drop(engine);
    let kept = home
        .reopen()
        .memory
        .get_conversation_history(report.conversation_id)
        .unwrap();
    assert_eq!(kept.last().unwrap().content, "Said before the lock");
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_of_an_earlier_cycle_reaches_the_next_one_and_its_receipt() {
    let (_home, engine) = Home::new();
    let server = Server::start(well).unwrap();
    let (first, _) = run(&engine, &server).await;
    let (sender, _updates) = unbounded_channel();
    let options = CycleOptions::new(connect(&engine, &server));
    let directive = "Which logs did we decide to keep, and how long?";
    let preview = engine
        .memory
        .get_relevant_context(first.session_id, directive, &ContextRequest::default())
        .unwrap();
    let second = engine
        .cycle
        .run(first.session_id, directive, options, sender, CancellationToken::new())
        .await
        .unwrap();
    let receipt = engine.memory.get_receipt(second.turns[1].id).unwrap().unwrap();
    assert_eq!(
        receipt.context, preview,
        "what was shown before is what was sent, scores included"
    );
    assert_eq!(receipt.context.state, ContextState::Used);
    assert!(
        receipt
            .context
            .items
            .iter()
            .any(|item| item.text == "We keep the logs for thirty days.")
    );
    let system = serde_json::to_string(&receipt.context.block).unwrap();
    let sent = &server.requests()[3].body;
    assert!(
        sent.contains(system.trim_matches('"')),
        "the receipt holds the bytes that were sent"
    );
    assert!(
        receipt.context.tokens <= receipt.context.budget_tokens,
        "the block is within its budget"
    );
    let review = engine.memory.get_receipt(second.turns[3].id).unwrap().unwrap();
    assert_eq!(review.context.state, ContextState::NotTaken);
}
