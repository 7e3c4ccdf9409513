//! Whole-system tests: the engine and the programs as a person meets them, and the shape of the workspace itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail as tests do"
)]

mod architecture;
mod cycle;
mod determinism;
mod echo;
mod isolation;
mod memory;
mod profile;
mod setup;
mod stores;
mod summaries;
