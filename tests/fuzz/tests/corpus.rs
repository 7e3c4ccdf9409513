//! Every input of the corpus, without a fuzzer: what once broke a promise does so no more, on any system.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use fuzz::{Guard, TARGETS};

/// A target has one profile to spoil.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The inputs of a target by their names.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn every_target_holds_for_every_input_of_its_corpus() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for (target, hold) in TARGETS {
        let inputs = inputs(target);
        assert!(inputs.len() > 3, "{target} has hardly a corpus");
        for (name, bytes) in inputs {
            let held = hold(&bytes, Guard::Up);
            assert!(held.is_ok(), "{target}/{name}: {held:?}");
        }
    }
}

#[test]
fn no_input_of_the_corpus_notices_that_a_guard_is_down_so_the_fuzzer_must() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for (target, hold) in TARGETS {
        for (name, bytes) in inputs(target).iter().filter(|(name, _)| !name.starts_with("found-")) {
            let held = hold(bytes, Guard::Down);
            assert!(held.is_ok(), "{target}/{name}: {held:?}");
        }
    }
}
