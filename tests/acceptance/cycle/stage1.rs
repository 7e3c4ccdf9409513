//! With memory off, a cycle is the plain one: the same three requests whatever the session remembers.

use ccc_engine::memory::NewSession;

use super::*;

/// The bodies of the three requests with memory off, one a line, frozen. Written anew with `CCC_FREEZE=1`, which is
/// right only when the prompts were changed on purpose.
const STAGE1: &str = include_str!("../../fixtures/stage1.jsonl");

#[tokio::test(flavor = "multi_thread")]
async fn with_memory_off_the_three_requests_are_the_frozen_ones() {
    let (_home, engine) = Home::new();
    let server = Server::start(well).unwrap();
    let (first, _) = run(&engine, &server).await;
    let off = engine.memory.initialize_session(NewSession::default()).unwrap();
    let mut preferences = off.preferences.clone();
    preferences.memory = false;
    engine.memory.set_preferences(off.id, preferences).unwrap();
    for (session, memory) in [(first.session_id, false), (off.id, true)] {
        let before = server.requests().len();
        let plain = CycleOptions {
            memory,
            ..options(&engine, &server)
        };
        let going = Going::begin(&engine, Order::run(session, DIRECTIVE), plain);
        let report = going.end().await.0.unwrap();
        assert!(report.turns.len() == 4 && report.stateless.is_none());
        let sent: Vec<String> = server.requests()[before..].iter().map(|r| r.body.clone()).collect();
        let sent = sent.join("\n") + "\n";
        if std::env::var_os("CCC_FREEZE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/stage1.jsonl"), &sent).unwrap();
        }
        assert_eq!(sent, STAGE1, "byte for byte");
    }
    let order = Order::run(first.session_id, DIRECTIVE);
    carry_out(&engine, &server, order).await.unwrap();
    let with_memory = server
        .requests()
        .iter()
        .rev()
        .take(3)
        .map(|r| r.body.clone())
        .collect::<Vec<_>>();
    assert!(
        !STAGE1.contains(with_memory[2].as_str()),
        "with memory on, the request differs: the comparison can fail"
    );
}
