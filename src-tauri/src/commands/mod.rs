//! What the UI may ask, one file per subject; each command is listed in `ipc.rs` and granted in `src-tauri/permissions`.

pub mod app;
pub mod audit;
pub mod backup;
pub mod conversation;
pub mod cycle;
pub mod health;
pub mod profile;
pub mod provider;
pub mod search;
pub mod session;
pub mod summary;
pub mod waiting;
