//! Backups as they can be seen without any key, for a profile that does not open or is not there yet.

use std::path::{Path, PathBuf};

use ccc_domain::Timestamp;
use serde::Serialize;

use super::{manifest::Found, places};

/// A backup as it describes itself. Nothing confirms that before its keys are opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct FoundBackup {
    /// The name of its directory.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many sessions it holds.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub sessions: u64,
    /// How many turns.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: u64,
    /// Its directory.
    #[serde(skip)]
    pub directory: PathBuf,
}

/// The backups in `folder`, newest first: it may be one itself, hold some, or be a folder that was chosen to get them. One
/// without a manifest that can be read is left out, as it cannot be restored.
pub fn found_in(folder: &Path) -> Vec<FoundBackup> {
    let places = [folder.to_owned(), places::inside(folder)];
    let inside = places.iter().flat_map(|place| super::finished_in(place));
    let mut found: Vec<FoundBackup> = inside.chain([folder.to_owned()]).filter_map(described).collect();
    found.sort_by(|a, b| (b.created_at, &b.name).cmp(&(a.created_at, &a.name)));
    found
}

fn described(directory: PathBuf) -> Option<FoundBackup> {
    let manifest = Found::read(&directory).ok()?.manifest;
    Some(FoundBackup {
        name: directory.file_name()?.to_str()?.to_owned(),
        created_at: manifest.created_at,
        sessions: manifest.rows_of("sessions"),
        turns: manifest.rows_of("turns"),
        directory,
    })
}
