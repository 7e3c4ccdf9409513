//! What is said in these tests, and a server that says its part of it.

use serde_json::json;
use support::{Gate, Recorded, Reply, Server, answer, held_back};
use window::{Provider, Result, Window};

/// What the person asks for.
pub const DIRECTIVE: &str = "Describe the harbour at dawn";
/// Beatrice's guidance.
pub const GUIDANCE: &str = "Begin with the quay, then the light, then the first boat that leaves.";
/// Codey's work, in the two pieces it is sent in.
pub const WORK: [&str; 2] = [
    "The quay lies wet and empty. ",
    "Then the lamps go out, and a trawler sets off.",
];
/// Beatrice's review.
pub const REVIEW: &str = "Short and to the point.\n\nVerdict: accept";

/// Which step a request is for.
pub fn step(request: &Recorded) -> &'static str {
    let asks = [
        ("Study this directive as the Supervisor", "analyse"),
        ("Carry out the Prime Architect's directive now", "execute"),
        ("Review this work as the Supervisor", "review"),
    ];
    let asked = |(words, _): &&(&str, &str)| request.body.contains(words);
    // A review quotes nothing of our orders but its own, which stand last.
    asks.iter().rev().find(asked).map_or("something else", |(_, step)| step)
}

/// Answers each step; the work is held back after its first piece until the gate is opened.
pub fn server(gate: &Gate) -> Server {
    let gate = gate.clone();
    Server::start(move |request| reply(request, &gate)).unwrap()
}

fn reply(request: &Recorded, gate: &Gate) -> Reply {
    match step(request) {
        "analyse" => answer(GUIDANCE),
        "execute" => held_back(WORK[0], gate, WORK[1]),
        _ => answer(REVIEW),
    }
}

/// The steps that were asked for so far, in order.
pub fn asked(server: &Server) -> Vec<&'static str> {
    server.requests().iter().map(step).collect()
}

/// This server as the person's own provider.
pub fn own(url: &str) -> Provider<'_> {
    Provider::Own {
        name: "loop",
        url,
        model: "loop-1",
    }
}

/// What each turn in sight says, in order, with who says it in front: `Codey: …`.
pub async fn said(window: &Window) -> Result<Vec<String>> {
    const SAID: &str = "
        return findAll(['article'], null).map((turn) =>
            squeeze(turn.querySelector('h2').textContent) + ': ' + squeeze(turn.querySelector('.text').innerText));";
    let said = window.script(SAID, vec![]).await?;
    Ok(said
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| turn.as_str().unwrap().to_owned())
        .collect())
}

/// Waits until the transcript says exactly this: what was just written is drawn a moment later.
pub async fn wait_for_talk(window: &Window, wanted: &[String]) -> Result {
    let same = async || Ok(said(window).await? == wanted);
    window
        .wait_until(&format!("exactly this talk: {wanted:#?}"), same)
        .await
}

/// All that is said when a cycle has gone well.
pub fn whole() -> Vec<String> {
    vec![
        format!("You: {DIRECTIVE}"),
        format!("Beatrice: {GUIDANCE}"),
        format!("Codey: {}", WORK.concat()),
        format!("Beatrice: {}", REVIEW.replace("\n\n", " ")),
    ]
}

/// Whether the turn of this name and step is marked as one that was cut.
pub async fn is_interrupted(window: &Window, turn: &str) -> Result<bool> {
    const MARKED: &str = "return findAll(['article'], args[0]).some((turn) => textOf(turn).includes('Interrupted'));";
    Ok(window.script(MARKED, vec![json!(turn)]).await? == json!(true))
}
