//! Exporting the turns that wait to be stored: what a person saves before the app ends while the disk still fails.

use std::{fmt::Write, path::Path};

use ccc_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Engine, Error,
    export::{ExportFormat, ExportReport, TurnExport, VERSION, json, markdown, write_file},
};

/// The name that says what the file is.
pub const WAITING_FORMAT: &str = "ccc-waiting-turns";

/// Turns that could not be stored, in the order they were said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitingExport {
    /// Always [`WAITING_FORMAT`].
    pub format: String,
    /// The schema's version, as of a session's export.
    pub version: u32,
    /// When it was written.
    pub exported_at: Timestamp,
    /// The turns; the numbers of those whose conversation could not be read may change when they are stored.
    pub turns: Vec<TurnExport>,
}

impl Engine {
    /// Writes the turns of every space that wait to be stored to `path`, on a disk that works. They go on waiting.
    ///
    /// # Errors
    /// [`Error::Invalid`] where nothing waits; [`Error::FileExists`] when there is a file and `overwrite` is false;
    /// [`Error::Io`].
    pub fn export_waiting(&self, format: ExportFormat, path: &Path, overwrite: bool) -> Result<ExportReport, Error> {
        let spaces = self.spaces();
        let turns = spaces.iter().flat_map(|space| space.memory.waiting_exports());
        let export = WaitingExport {
            format: WAITING_FORMAT.to_owned(),
            version: VERSION,
            exported_at: self.memory.now(),
            turns: turns.collect(),
        };
        if export.turns.is_empty() {
            return Err(Error::Invalid("every turn is stored: there is nothing to export"));
        }
        let text = match format {
            ExportFormat::Json => json::render(&export)?,
            ExportFormat::Markdown => render(&export),
        };
        write_file(path, text.as_bytes(), overwrite)?;
        Ok(ExportReport {
            conversations: export
                .turns
                .chunk_by(|a, b| a.turn.conversation_id == b.turn.conversation_id)
                .count(),
            turns: export.turns.len(),
            bytes: text.len(),
        })
    }
}

/// The form to be read: one heading per conversation and turn.
fn render(export: &WaitingExport) -> String {
    let mut text = format!("# Turns that could not be saved\n\nExported {}\n\n", export.exported_at);
    for turns in export
        .turns
        .chunk_by(|a, b| a.turn.conversation_id == b.turn.conversation_id)
    {
        if let Some(first) = turns.first() {
            let of = &first.turn;
            // Writing into a String cannot fail.
            let _ = writeln!(
                text,
                "## Conversation {}\n\nSession {}\n",
                of.conversation_id, of.session_id
            );
        }
        turns.iter().for_each(|turn| markdown::render_turn(&mut text, turn));
    }
    text
}
