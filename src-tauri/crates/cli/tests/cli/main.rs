//! `ccc-cli` as processes: what it prints, how it ends, what is on disk afterwards.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that fails fails its test")]

mod backups;
mod common;
mod cycles;
mod help;
mod interactive;
mod journey;
mod keys;
mod outage;
mod providers;
mod recovery;
mod refusals;
mod search;
#[cfg(unix)]
mod signals;

use support as server;
