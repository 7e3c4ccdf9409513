//! The cycle against a server that speaks the OpenAI wire over real sockets.

use std::{sync::Arc, time::Duration};

use ccc_domain::{
    Agent, ContextState, ConversationStatus, ErrorCode, SessionId, Step, TurnStatus, Verdict,
    cycle::{Outcome, Phase},
};
use ccc_engine::{
    ChatProvider, Engine, Error,
    cycle::{CycleOptions, CycleReport, CycleUpdate, Order},
    memory::{ContextRequest, NewSession},
    providers::{Parameters, ProviderEntry},
};
use support::{Recorded, Reply, Server, answer, cut, stalled};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::profile::Home;

mod late;
mod outage;
mod poison;
mod stage1;
mod tray;

const DIRECTIVE: &str = "Write down how long we keep the logs.";

fn connect(engine: &Engine, server: &Server) -> Arc<dyn ChatProvider> {
    let entry = ProviderEntry {
        name: "loop".to_owned(),
        base_url: server.url(),
        model: Some("loop-1".to_owned()),
        confirmed_http_host: None,
        api_key_header: false,
        parameters: Parameters::default(),
    };
    engine.providers.add(entry, None).unwrap();
    engine
        .providers
        .connect("loop", Some(ccc_engine::ApiKey::new("test-key".to_owned())))
        .unwrap()
}

/// A cycle that is being carried out.
struct Going {
    report: JoinHandle<Result<CycleReport, Error>>,
    updates: UnboundedReceiver<CycleUpdate>,
    stop: CancellationToken,
}

impl Going {
    fn begin(engine: &Engine, order: Order, options: CycleOptions) -> Self {
        let (sender, updates) = unbounded_channel();
        let (runner, stop) = (engine.cycle.clone(), CancellationToken::new());
        let token = stop.clone();
        let report = tokio::spawn(async move { runner.carry_out(order, options, sender, token).await });
        Self { report, updates, stop }
    }

    /// Waits for an update that is wanted.
    async fn wait_for(&mut self, wanted: impl Fn(&CycleUpdate) -> bool) -> CycleUpdate {
        loop {
            let update = self.updates.recv().await.expect("the run ended before");
            if wanted(&update) {
                return update;
            }
        }
    }

    /// Its report, and every update that was not waited for.
    async fn end(mut self) -> (Result<CycleReport, Error>, Vec<CycleUpdate>) {
        let report = self.report.await.unwrap();
        let mut updates = Vec::new();
        while let Ok(update) = self.updates.try_recv() {
            updates.push(update);
        }
        (report, updates)
    }
}

fn options(engine: &Engine, server: &Server) -> CycleOptions {
    CycleOptions::new(connect(engine, server))
}

fn new_session(engine: &Engine) -> SessionId {
    engine.memory.initialize_session(NewSession::default()).unwrap().id
}

/// Carries an order out with the server's provider.
async fn carry_out(engine: &Engine, server: &Server, order: Order) -> Result<CycleReport, Error> {
    Going::begin(engine, order, options(engine, server)).end().await.0
}

/// A cycle in a session of its own, and everything it told.
async fn run(engine: &Engine, server: &Server) -> (CycleReport, Vec<CycleUpdate>) {
    let order = Order::run(new_session(engine), DIRECTIVE);
    let (report, updates) = Going::begin(engine, order, options(engine, server)).end().await;
    (report.unwrap(), updates)
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

    let answered = Order::Answer(report.conversation_id, "Thirty days.".to_owned());
    let at_once = CycleOptions {
        max_rounds: Some(0),
        ..options(&engine, &server)
    };
    let report = Going::begin(&engine, answered, at_once).end().await.0.unwrap();
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
    let at_once = CycleOptions {
        max_rounds: Some(0),
        ..options(&engine, &server)
    };
    let order = Order::run(new_session(&engine), DIRECTIVE);
    let report = Going::begin(&engine, order, at_once).end().await.0.unwrap();
    assert!(matches!(report.phase, Phase::Escalated { .. }));

    drop(engine);
    let engine = home.reopen();
    // With the session's two rounds, the same verdict would have gone back to Codey without a word to the person.
    let answered = Order::Answer(report.conversation_id, "Thirty days.".to_owned());
    let report = carry_out(&engine, &server, answered).await.unwrap();
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
    let order = Order::run(new_session(&engine), DIRECTIVE);
    let mut going = Going::begin(&engine, order, options(&engine, &server));
    let half = CycleUpdate::Text {
        text: "Half of the wor".to_owned(),
    };
    going.wait_for(|update| *update == half).await;
    going.stop.cancel();
    let report = going.end().await.0.unwrap();
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
    let resume = Order::Resume(report.conversation_id);
    let report = carry_out(&engine, &server, resume.clone()).await.unwrap();
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

    let again = carry_out(&engine, &server, resume).await;
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
    let order = Order::run(new_session(&engine), DIRECTIVE);
    let mut going = Going::begin(&engine, order, options(&engine, &server));
    let CycleUpdate::Started { conversation_id, .. } = going.wait_for(|_| true).await else {
        panic!("no start")
    };
    let second = carry_out(&engine, &server, Order::Resume(conversation_id)).await;
    assert!(matches!(second, Err(Error::CycleRunning)));
    going.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), going.end()).await;
    ended.unwrap().0.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_ends_the_cycle_with_its_text_kept() {
    let (home, engine) = Home::new();
    let server = Server::start(|_| stalled("Said before the lock")).unwrap();
    let order = Order::run(new_session(&engine), DIRECTIVE);
    let mut going = Going::begin(&engine, order, options(&engine, &server));
    going
        .wait_for(|update| matches!(update, CycleUpdate::Text { .. }))
        .await;
    let engine = tokio::task::spawn_blocking(move || {
        engine.lock();
        engine
    })
    .await
    .unwrap();
    let report = going.end().await.0.unwrap();
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
    let directive = "Which logs did we decide to keep, and how long?";
    let preview = engine
        .memory
        .get_relevant_context(first.session_id, directive, &ContextRequest::default())
        .unwrap();
    let order = Order::run(first.session_id, directive);
    let second = carry_out(&engine, &server, order).await.unwrap();
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
