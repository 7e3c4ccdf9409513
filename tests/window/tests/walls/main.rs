//! The walls of the window, tried in the real one: nothing inside it reaches a network, nothing that is shown runs or
//! loads, nothing that was not granted is done, nothing readable is left on the disk, and everybody can use it.
//!
//! Tests that listen for what leaves run in a network of their own, see [`window::alone`]. What is tried is data: `data/`, and the
//! hostile texts of the UI's own tests.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that fails fails its test"
)]

mod canary;
mod commands;
mod links;
mod network;
mod packets;
mod rare;
mod scan;
mod screens;
mod search;
mod shown;
mod talk;
mod texts;
mod traces;
mod tripwire;
