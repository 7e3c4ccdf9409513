//! Hostile texts, and a provider that answers with them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use support::{Part, Recorded, Reply, Server, end, event, stream_head};

/// Texts that try to reach the network, by what they try.
const EXFILTRATION: &str = include_str!("data/exfiltration.json");

/// Texts that try to run; the UI's own tests read the same list.
const PAYLOADS: &str = include_str!("../../../../ui/src/test/payloads.json");

/// What the last review asks the person.
pub const ASKED: &str =
    "Is it <img src=http://leak.example/asked onerror=window.hit=1> or ![x](http://leak.example/asked)?";

/// How many texts one answer carries.
const PER_ANSWER: usize = 22;

/// The texts that try to reach the network.
pub fn exfiltration() -> Vec<String> {
    let all: Value = serde_json::from_str(EXFILTRATION).unwrap();
    all.as_object()
        .unwrap()
        .values()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// The texts that try to run.
pub fn payloads() -> Vec<String> {
    serde_json::from_str(PAYLOADS).unwrap()
}

/// Both, numbered, as they stand in answers: each under a paragraph of its own that says which it is.
pub struct Answers(Vec<String>);

impl Answers {
    /// All of them.
    pub fn new() -> Self {
        let all: Vec<String> = exfiltration().into_iter().chain(payloads()).collect();
        let numbered: Vec<String> = all
            .iter()
            .enumerate()
            .map(|(i, text)| format!("{}\n\n{text}\n\n", mark(i)))
            .collect();
        Self(numbered.chunks(PER_ANSWER).map(<[String]>::concat).collect())
    }

    /// How many cycles of three answers it takes to say all.
    pub fn cycles(&self) -> usize {
        self.0.len().div_ceil(3)
    }

    /// A provider that says one after the other, under the names of models that are hostile too.
    pub fn serve(self) -> Server {
        let (said, models, last) = (Arc::new(AtomicUsize::new(0)), payloads(), self.cycles() * 3);
        let answer = move |request: &Recorded| {
            if request.line.starts_with("GET") {
                return listed(&models);
            }
            let i = said.fetch_add(1, Ordering::Relaxed);
            let text = self.0.get(i).map_or("Nothing more.", String::as_str);
            let verdict = if i + 1 == last {
                format!("escalate: {ASKED}")
            } else {
                "accept".to_owned()
            };
            reply(
                text,
                &verdict,
                models.get(i * 7 % models.len()).map_or("", String::as_str),
            )
        };
        Server::start(answer).unwrap()
    }
}

/// What stands above the text of this number.
pub fn mark(number: usize) -> String {
    format!("Text {number:03}.")
}

fn reply(text: &str, verdict: &str, model: &str) -> Reply {
    let said =
        |text: &str| event(&json!({"model": model, "choices": [{"index": 0, "delta": {"content": text}}]}).to_string());
    let characters: Vec<char> = text.chars().collect();
    let pieces: Vec<Part> = characters
        .chunks(61)
        .map(|piece| said(&piece.iter().collect::<String>()))
        .collect();
    let verdict = said(&format!("\n\nverdict: {verdict}"));
    let stop =
        event(&json!({"model": model, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}).to_string());
    [stream_head()]
        .into_iter()
        .chain(pieces)
        .chain([verdict, stop, event("[DONE]"), end()])
        .collect()
}

fn listed(models: &[String]) -> Reply {
    let list: Vec<Value> = models
        .iter()
        .map(|model| json!({"id": model, "object": "model"}))
        .collect();
    support::status(
        200,
        "",
        "application/json",
        &json!({"object": "list", "data": list}).to_string(),
    )
}
