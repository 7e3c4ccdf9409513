//! Exporting a session to a file a person or a program can read.
//!
//! A file is written under another name, synced, and renamed when whole: there is never half an export under the name
//! that was chosen, and never an older file overwritten unless that was asked for.

mod json;
mod markdown;
mod waiting;

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use ccc_domain::{Agent, AgentState, ContextSummary, Conversation, Receipt, Session, SessionId, Timestamp, Turn};
pub(crate) use json::render as as_json;
pub use json::{FORMAT, VERSION};
use serde::{Deserialize, Serialize};
pub use waiting::{WAITING_FORMAT, WaitingExport};

use crate::{Engine, Error, MemoryService, RecoveryKey};

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// Lossless, with a versioned schema.
    Json,
    /// To be read.
    Markdown,
}

impl ExportFormat {
    /// The usual ending of a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "md",
        }
    }
}

/// A session with everything said in it and derived from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionExport {
    /// Always [`FORMAT`].
    pub format: String,
    /// The schema's version, [`VERSION`] when written here.
    pub version: u32,
    /// When it was written.
    pub exported_at: Timestamp,
    /// The session.
    pub session: Session,
    /// Its conversations, oldest first.
    pub conversations: Vec<ConversationExport>,
    /// What its agents learned; agents that learned nothing are left out.
    pub agent_states: Vec<AgentState>,
    /// Its summaries, newest first.
    pub summaries: Vec<ContextSummary>,
}

/// A conversation with its turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConversationExport {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// Its turns, by number.
    pub turns: Vec<TurnExport>,
}

/// A turn with its receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnExport {
    /// The turn.
    #[serde(flatten)]
    pub turn: Turn,
    /// What its step was given from memory; none for turns that no step gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ExportReport {
    /// How many conversations.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub conversations: usize,
    /// How many turns.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: usize,
    /// How large the file is.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub bytes: usize,
}

impl Engine {
    /// Everything of a session, verified and opened.
    ///
    /// # Errors
    /// [`Error::NotFound`]; damage to a row.
    pub fn collect_session(&self, id: SessionId) -> Result<SessionExport, Error> {
        collect(&self.space_of(id)?.memory, id)
    }

    /// Writes a session to `path`. The audit trail notes that it was exported, not where to.
    ///
    /// # Errors
    /// [`Error::FileExists`] when there is a file and `overwrite` is false; [`Error::NotFound`]; [`Error::Io`].
    pub fn export_session(
        &self,
        id: SessionId,
        format: ExportFormat,
        path: &Path,
        overwrite: bool,
    ) -> Result<ExportReport, Error> {
        let export = self.collect_session(id)?;
        let text = match format {
            ExportFormat::Json => json::render(&export)?,
            ExportFormat::Markdown => markdown::render(&export),
        };
        write_file(path, text.as_bytes(), overwrite)?;
        self.space_of(id)?.memory.note_export(id)?;
        Ok(ExportReport {
            conversations: export.conversations.len(),
            turns: export.conversations.iter().map(|c| c.turns.len()).sum(),
            bytes: text.len(),
        })
    }
}

/// Everything of a session in `memory`, verified and opened.
///
/// # Errors
/// [`Error::NotFound`]; damage to a row.
pub(crate) fn collect(memory: &MemoryService, id: SessionId) -> Result<SessionExport, Error> {
    let session = memory.session(id)?;
    let mut conversations = Vec::new();
    for conversation in memory.list_conversations(id)? {
        let turns = memory.get_conversation_history(conversation.id)?;
        let turns = turns
            .into_iter()
            .map(|turn| {
                Ok(TurnExport {
                    receipt: memory.get_receipt(turn.id)?,
                    turn,
                })
            })
            .collect::<Result<_, Error>>()?;
        conversations.push(ConversationExport { conversation, turns });
    }
    let states = Agent::ALL.into_iter().map(|agent| memory.find_agent_state(id, agent));
    Ok(SessionExport {
        format: FORMAT.to_owned(),
        version: VERSION,
        exported_at: memory.now(),
        session,
        conversations,
        agent_states: states.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect(),
        summaries: memory.list_summaries(id)?,
    })
}

/// Writes a recovery key to `path`, with a line that says what it is, in place of a file that is there.
///
/// # Errors
/// [`Error::Invalid`] for a path that is no file's; [`Error::Io`].
pub fn save_recovery_key(key: &RecoveryKey, path: &Path) -> Result<(), Error> {
    let key = key.reveal();
    let text = format!(
        "The recovery key of a CCC profile. Whoever has it can open that profile.\n\n{}\n",
        key.as_str()
    );
    write_file(path, text.as_bytes(), true)
}

/// Writes `bytes` to `path` for its owner alone: whole or not at all.
pub(crate) fn write_file(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), Error> {
    let name = path
        .file_name()
        .ok_or(Error::Invalid("name a file to export to, not a directory"))?;
    if path.is_dir() {
        return Err(Error::Invalid("name a file to export to, not a directory"));
    }
    if !overwrite && path.try_exists()? {
        return Err(Error::FileExists);
    }
    // A name nobody chose: a file of the person's own is never written over by ours.
    let mut unfinished = name.to_owned();
    unfinished.push(format!(".{}.part", std::process::id()));
    let unfinished = path.with_file_name(unfinished);
    let written = (|| {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    })();
    if written.is_err() {
        // The chosen name is untouched; what was begun beside it is of no use.
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    #[cfg(unix)]
    if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
