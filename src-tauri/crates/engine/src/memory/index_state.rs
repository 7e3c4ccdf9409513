//! How much of the index is there.

use serde::Serialize;

use crate::{Error, MemoryService};

/// How much of the index is there. What is not loaded yet is loaded when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct IndexState {
    /// Whether all of it is being loaded now.
    pub loading: bool,
    /// How many sessions there are.
    pub sessions: u32,
    /// How many of them are loaded.
    pub loaded: u32,
    /// How many turns the loaded ones hold.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: u64,
    /// About how many bytes of memory they take.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub bytes: u64,
}

impl IndexState {
    /// In words, without content.
    pub fn words(&self) -> String {
        let of = format!("{} of {} sessions", self.loaded, self.sessions);
        let size = format!("{} turns, {} bytes of memory", self.turns, self.bytes);
        match (self.loading, self.loaded < self.sessions) {
            (true, _) => format!("loading, {of}, {size}"),
            (false, true) => format!("{of} loaded, the others when needed, {size}"),
            (false, false) => format!("ready, {size}"),
        }
    }
}

impl MemoryService {
    /// How much of the index is there.
    ///
    /// # Errors
    /// Those of the store.
    pub fn index_state(&self) -> Result<IndexState, Error> {
        let sessions = self.visible()?;
        let index = self.index.read();
        let loaded = sessions.iter().filter(|id| index.has(**id));
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(IndexState {
            loading: self.index.is_loading_all(),
            sessions: count(sessions.len()),
            loaded: count(loaded.count()),
            turns: sessions.iter().map(|id| index.turns(*id) as u64).sum(),
            bytes: index.memory() as u64,
        })
    }
}
