//! What was shown before sending is what is sent, in the bytes a server receives.

use ccc_domain::{Context, ContextItem, Preferences, Receipt, Tray, TurnId, prompt};
use ccc_engine::export::ExportFormat;

use super::*;

const PAST: [&str; 3] = [
    "Retention: how long do we keep the logs of the gateway?",
    "Retention of invoices: how long do we keep them, by law?",
    "Backups: how long do we keep the logs of the backup job?",
];
const ASKED: &str = "Which retention holds for logs and invoices? How long do we keep them?";

/// A session with a past, and a server that answers what is asked there.
async fn past() -> (Home, Engine, Server, SessionId) {
    let (home, engine) = Home::new();
    let server = Server::start(well).unwrap();
    let session = new_session(&engine);
    for directive in PAST {
        let report = carry_out(&engine, &server, Order::run(session, directive)).await;
        assert_eq!(report.unwrap().phase, Phase::Done(Outcome::Accepted));
    }
    (home, engine, server, session)
}

fn preview(engine: &Engine, session: SessionId) -> Context {
    let whole = ContextRequest::default();
    engine.memory.get_relevant_context(session, ASKED, &whole).unwrap()
}

fn ids(context: &Context) -> Vec<TurnId> {
    context.items.iter().map(|item| item.turn_id).collect()
}

/// Everything shown, but for the turns at these places.
fn without(shown: &Context, places: &[usize]) -> Tray {
    let all = ids(shown).into_iter().enumerate();
    let (left_out, kept): (Vec<_>, Vec<_>) = all.partition(|(at, _)| places.contains(at));
    let second = |each: Vec<(usize, TurnId)>| each.into_iter().map(|(_, id)| id).collect();
    Tray {
        kept: second(kept),
        left_out: second(left_out),
    }
}

/// Items without what they cost: the heading of a conversation's day is counted with its first turn, whichever that is.
fn uncosted(items: &[ContextItem]) -> Vec<ContextItem> {
    let free = |item: &ContextItem| ContextItem {
        tokens: 0,
        ..item.clone()
    };
    items.iter().map(free).collect()
}

/// The text of a request's messages, as the server received it.
fn received(request: &Recorded) -> String {
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    let messages = body["messages"].as_array().unwrap();
    messages.iter().map(|m| m["content"].as_str().unwrap()).collect()
}

async fn run_with(engine: &Engine, server: &Server, session: SessionId, tray: Option<Tray>) -> CycleReport {
    let options = CycleOptions {
        tray,
        ..options(engine, server)
    };
    Going::begin(engine, Order::run(session, ASKED), options)
        .end()
        .await
        .0
        .unwrap()
}

/// The receipts of the steps of a cycle that took memory.
fn receipts(engine: &Engine, report: &CycleReport) -> Vec<Receipt> {
    let steps = report.turns.iter().filter(|turn| turn.metadata.step.is_some());
    let all = steps.filter_map(|turn| engine.memory.get_receipt(turn.id).unwrap());
    all.filter(|receipt| receipt.step != Step::Review).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_missing_from_the_bytes_and_nothing_takes_its_place() {
    let (_home, engine, server, session) = past().await;
    let shown = preview(&engine, session);
    assert!(shown.items.len() >= 4, "there is something to leave out");
    let tray = without(&shown, &[0, 2]);
    let before = server.requests().len();
    let report = run_with(&engine, &server, session, Some(tray.clone())).await;

    let kept: Vec<_> = shown
        .items
        .iter()
        .filter(|i| tray.kept.contains(&i.turn_id))
        .cloned()
        .collect();
    let block = prompt::memory_block(&kept);
    let receipts = receipts(&engine, &report);
    assert_eq!(receipts.len(), 2);
    for (receipt, request) in receipts.iter().zip(&server.requests()[before..]) {
        assert_eq!(
            uncosted(&receipt.context.items),
            uncosted(&kept),
            "the items as they were shown"
        );
        assert_eq!(receipt.context.left_out, tray.left_out);
        assert_eq!(
            receipt.context.block, block,
            "byte for byte what was shown, less what was left out"
        );
        assert_eq!(
            received(request).matches(&block).count(),
            1,
            "and so the server received it"
        );
        assert_eq!(receipt.context.budget_tokens, shown.budget_tokens);
        assert!(receipt.context.tokens < shown.tokens, "what it frees is not filled");
    }
    let counted = engine.memory.context_use();
    let offered = u32::try_from(shown.items.len()).unwrap();
    assert_eq!((counted.offered, counted.left_out), (offered, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_since_the_tray_was_shown_does_not_get_in() {
    let (_home, engine, server, session) = past().await;
    let shown = preview(&engine, session);
    let tray = without(&shown, &[]);
    let stranger = "Retention for logs and invoices: how long do we keep them? Seven years.";
    engine.memory.start_conversation(session, stranger, None).unwrap();
    let anew = preview(&engine, session);
    assert_ne!(ids(&anew), ids(&shown), "it would be chosen now");
    let report = run_with(&engine, &server, session, Some(tray)).await;
    for receipt in receipts(&engine, &report) {
        assert_eq!(receipt.context.block, shown.block);
        assert_eq!(receipt.context.left_out, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_that_is_gone_on_with_holds_to_what_was_let_through() {
    let (_home, engine, well_server, session) = past().await;
    let shown = preview(&engine, session);
    let tray = without(&shown, &[1]);
    let down = Server::start(|_| support::status(401, "", "application/json", "{}")).unwrap();
    let stopped = run_with(&engine, &down, session, Some(tray.clone())).await;
    assert_eq!(stopped.turns.len(), 1, "nothing but the directive was stored");

    let order = Order::Resume(stopped.conversation_id);
    let resumed = carry_out(&engine, &well_server, order).await.unwrap();
    assert_eq!(resumed.phase, Phase::Done(Outcome::Accepted));
    let receipts = receipts(&engine, &resumed);
    assert_eq!(receipts.len(), 2);
    for receipt in receipts {
        assert_eq!(
            (ids(&receipt.context), receipt.context.left_out),
            (tray.kept.clone(), tray.left_out.clone())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tray_brings_in_nothing_that_memory_may_not_give() {
    let (_home, engine, server, session) = past().await;
    let elsewhere = new_session(&engine);
    let (_, secret) = engine
        .memory
        .start_conversation(elsewhere, "The vault code is 4711.", None)
        .unwrap();
    let shown = preview(&engine, session);
    let muted = ids(&shown)[0];
    let preferences = Preferences {
        muted_turns: vec![muted],
        ..Preferences::default()
    };
    engine.memory.set_preferences(session, preferences).unwrap();
    let mut tray = without(&shown, &[]);
    tray.kept.push(secret.id);
    let report = run_with(&engine, &server, session, Some(tray)).await;
    for receipt in receipts(&engine, &report) {
        assert_eq!(
            ids(&receipt.context),
            ids(&shown)[1..],
            "neither what is muted nor another session's"
        );
        assert!(!receipt.context.block.contains("4711"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_says_what_matches_who_said_it_and_when() {
    let (_home, engine, _server, session) = past().await;
    let shown = preview(&engine, session);
    let today = engine.memory.now().day();
    let first = shown.items.iter().find(|item| item.text == PAST[0]).unwrap();
    let reason = &first.reason;
    assert!(reason.starts_with("matches “"), "{reason}");
    assert!(reason.contains("“retention”"), "{reason}");
    assert!(reason.ends_with(&format!(", said by Wykeve, {today}")), "{reason}");
    assert!(shown.items.iter().all(|item| item.recent), "all were said a moment ago");
    let best = shown.items.iter().map(|item| item.score).fold(0.0, f64::max);
    for item in &shown.items {
        assert_eq!(
            item.strong,
            item.score > 0.0 && item.score >= 0.7 * best,
            "{} of {best}",
            item.score
        );
    }
    let preferences = Preferences {
        similarity_threshold: 0.0,
        max_context_age_hours: 0,
        pinned_turns: vec![first.turn_id],
        ..Preferences::default()
    };
    engine.memory.set_preferences(session, preferences).unwrap();
    let now = preview(&engine, session);
    let pinned = now.items.iter().find(|item| item.turn_id == first.turn_id).unwrap();
    let reason = format!("always injected, said by Wykeve, {today}");
    assert_eq!((&pinned.reason, pinned.recent), (&reason, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_the_receipt_whole_and_in_short() {
    let (home, engine, server, session) = past().await;
    let shown = preview(&engine, session);
    let tray = without(&shown, &[0]);
    let report = run_with(&engine, &server, session, Some(tray.clone())).await;
    let receipt = receipts(&engine, &report).remove(0);
    let written = |name: &str, format| {
        let path = home.directory.path().join(name);
        engine.export_session(session, format, &path, false).unwrap();
        std::fs::read_to_string(path).unwrap()
    };
    let json: ccc_engine::export::SessionExport = serde_json::from_str(&written("s.json", ExportFormat::Json)).unwrap();
    let turns = json.conversations.iter().flat_map(|c| &c.turns);
    let exported = turns
        .filter_map(|turn| turn.receipt.clone())
        .find(|r| r.id == receipt.id);
    assert_eq!(
        exported.as_ref(),
        Some(&receipt),
        "the block, the items and what was left out"
    );
    let markdown = written("s.md", ExportFormat::Markdown);
    for item in &receipt.context.items {
        assert!(markdown.contains(&format!("· turn {}\n", item.turn_id)), "{markdown}");
    }
    assert!(markdown.contains(&format!("- left out by the person: turn {}\n", tray.left_out[0])));
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_counted_by_whether_they_took_memory() {
    let (_home, engine, server, session) = past().await;
    let before = engine.memory.context_use();
    assert_eq!(
        (before.steps, before.without.clone()),
        (6, vec![]),
        "two steps of each cycle took memory, a review none"
    );
    let plain = CycleOptions {
        memory: false,
        ..options(&engine, &server)
    };
    Going::begin(&engine, Order::run(session, ASKED), plain)
        .end()
        .await
        .0
        .unwrap();
    let after = engine.memory.context_use();
    let off = ccc_engine::memory::Without {
        why: "off".to_owned(),
        steps: 2,
    };
    assert_eq!((after.steps, after.without), (6, vec![off]));
}
