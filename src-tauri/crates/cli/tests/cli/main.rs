//! `ccc-cli` as processes: what it prints, how it ends, what is on disk afterwards.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that fails fails its test")]

mod common;
mod cycles;
mod help;
mod interactive;
mod journey;
mod keys;
mod providers;
mod refusals;

use support as server;
