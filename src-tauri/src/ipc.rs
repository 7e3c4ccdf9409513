//! The one list of commands, and the TypeScript made from it.

use tauri_specta::{Builder, collect_commands};

use crate::commands;

/// The commands the UI may ask for, with their types.
pub fn builder() -> Builder<tauri::Wry> {
    Builder::new().commands(collect_commands![commands::app::app_version])
}

#[cfg(test)]
mod tests;
