//! `kill -9` in the middle of a step, on the real program and over real sockets: what was shown is kept, and nothing that
//! was finished is asked for again.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use support::{Part, Server, answer, delta, stream_head};

/// Longer than what makes the running step's draft be saved at once.
const SHOWN: usize = 3 * 1024;

fn cli(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ccc-cli"));
    command
        .args(["--no-keychain", "--data-dir"])
        .arg(directory)
        .args(arguments);
    command
        .env("CCC_PASSPHRASE", "correct horse battery")
        .env("CCC_API_KEY", "test-key");
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    command
}

fn output(directory: &Path, arguments: &[&str]) -> String {
    let output = cli(directory, arguments).stdout(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{arguments:?} failed");
    String::from_utf8(output.stdout).unwrap()
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_killed_step_is_kept_as_interrupted_and_resumed_without_asking_again() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("profile");
    let server = Server::start(|request| match request.index {
        0 => answer("Guidance: write it down."),
        1 => vec![
            stream_head(),
            delta(&"shown ".repeat(SHOWN / 6)),
            Part::Pause(Duration::from_millis(50)),
            delta("tail"),
            Part::Hold,
        ],
        2 => answer("The whole work."),
        _ => answer("Good.\nVerdict: accept"),
    })
    .unwrap();
    output(&directory, &["init"]);
    output(
        &directory,
        &[
            "provider",
            "add",
            "loop",
            "--url",
            &server.url(),
            "--model",
            "loop-1",
            "--no-key",
        ],
    );

    let mut running = cli(&directory, &["run", "Write the plan.", "--provider", "loop", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines();
    // The draft is durable before the text after it is taken in.
    let tail = lines
        .map_while(Result::ok)
        .any(|line| line.contains(r#""text":"tail""#));
    assert!(tail, "the stream was not cut before the kill");
    running.kill().unwrap();
    running.wait().unwrap();

    let report = events(&output(&directory, &["resume", "--provider", "loop", "--json"]))
        .pop()
        .unwrap();
    assert_eq!(report["event"], "report");
    let turns: Vec<(&str, &str)> = report["turns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| (turn["agent"].as_str().unwrap(), turn["status"].as_str().unwrap()))
        .collect();
    let expected = [
        ("wykeve", "complete"),
        ("beatrice", "complete"),
        ("codey", "interrupted"),
        ("codey", "complete"),
        ("beatrice", "complete"),
    ];
    assert_eq!(turns, expected);
    let kept = report["turns"][2]["content"].as_str().unwrap();
    assert!(
        kept.len() >= SHOWN - 6 && kept.starts_with("shown shown"),
        "what was shown is kept"
    );
    let asked = server.requests().len();
    assert_eq!(asked, 4, "analyse once, execute twice because it was cut, review once");

    let receipt = output(
        &directory,
        &["receipt", report["turns"][2]["id"].as_str().unwrap(), "--json"],
    );
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(
        receipt["step"], "execute",
        "also the cut step says what it was given: {receipt}"
    );

    let conversation = report["conversation_id"].as_str().unwrap();
    let shown = output(&directory, &["show", conversation]);
    assert!(
        shown.contains("interrupted") && shown.contains("The whole work."),
        "both are there to read"
    );
}
