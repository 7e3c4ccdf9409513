//! The program as it is called, with a handful of turns: both stores are filled, agree, and are reported on.
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::process::{Command, Output};

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ccc-bench"));
    command.args(arguments).output().unwrap()
}

/// The labels and numbers of samples in the JSON that ends the output.
fn lines(arguments: &[&str]) -> Vec<(String, u64)> {
    let output = bench(&[arguments, &["--json", "--allow-debug"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let json: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    for known in ["date", "cores", "build", "sqlite"] {
        assert!(!json["machine"][known].is_null(), "{known} is said: {json}");
    }
    let lines = json["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            assert!(line["wall_us"]["p50"].as_f64() > Some(0.0), "{line}");
            (
                line["label"].as_str().unwrap().to_owned(),
                line["samples"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn appending_is_measured_on_both_sides_in_every_round() {
    let expected = ["round 1 ccc", "round 1 plain", "round 2 ccc", "round 2 plain"].map(|label| (label.to_owned(), 25));
    let all = ["all ccc", "all plain"].map(|label| (label.to_owned(), 50));
    assert_eq!(
        lines(&["append", "--turns", "25", "--rounds", "2"]),
        [expected.as_slice(), &all].concat()
    );
}

#[test]
fn a_filled_store_is_opened_and_read_and_kept_for_the_next_run() {
    let cache = tempfile::tempdir().unwrap();
    let path = cache.path().to_str().unwrap();
    let common = ["--turns", "450", "--rounds", "3", "--cache", path];
    let opened = ["open ccc", "open plain"].map(|label| (label.to_owned(), 3));
    assert_eq!(lines(&[&["open"], common.as_slice()].concat()), opened);
    let store = cache.path().join("turns-450");
    std::fs::write(store.join("mark"), "").unwrap();
    let read = ["session ccc", "session plain"].map(|label| (label.to_owned(), 3));
    assert_eq!(lines(&[&["session"], common.as_slice()].concat()), read);
    assert!(store.join("mark").exists(), "it was filled once");
}

#[test]
fn contexts_are_found_on_both_sides_and_the_index_is_weighed() {
    let output = bench(&["context", "--turns", "450", "--rounds", "4", "--json", "--allow-debug"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let json: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let samples = |label: &str| {
        let mut lines = json["lines"].as_array().unwrap().iter();
        lines
            .find(|line| line["label"] == label)
            .map(|line| line["samples"].as_u64())
    };
    for scope in ["in a session", "over all"] {
        for words in ["1 word", "3 words", "8 words", "3 any words"] {
            for side in ["ccc", "plain"] {
                assert_eq!(samples(&format!("{scope}, {words} {side}")), Some(Some(4)), "{text}");
            }
        }
    }
    let figure = |label: &str| {
        let mut figures = json["figures"].as_array().unwrap().iter();
        figures
            .find(|figure| figure["label"] == label)
            .and_then(|figure| figure["value"].as_f64())
    };
    for label in [
        "bytes of sealed index a turn",
        "MiB by its own account",
        "seconds to load all of the index after unlocking",
        "turns a second stored and indexed by many threads",
    ] {
        assert!(figure(label) > Some(0.0), "{label}: {text}");
    }
}

#[cfg(debug_assertions)]
#[test]
fn a_debug_build_refuses_to_measure() {
    let output = bench(&["append", "--turns", "1"]);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "no figure is printed");
    assert!(String::from_utf8_lossy(&output.stderr).contains("debug build"));
}
