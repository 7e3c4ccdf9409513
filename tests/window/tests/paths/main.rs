//! The ways a person goes through the real window.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod backups;
mod containment;
mod crash;
mod instances;
mod keyboard;
mod locking;
mod reload;
mod story;
mod talk;
mod tray;
