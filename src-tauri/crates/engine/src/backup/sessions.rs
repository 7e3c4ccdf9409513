//! Single sessions brought back from a backup, without touching what is there.

use std::sync::Arc;

use ccc_domain::{Session, SessionId};
use ccc_store::tables::sessions;
use serde::Serialize;

use super::{Backups, Stage, Watch, tell, verify};
use crate::{Error, MemoryService, core::Core, export};

/// A session that was brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Returned {
    /// Its id now.
    pub session_id: SessionId,
    /// Its title now.
    pub title: String,
    /// How many turns came with it.
    #[cfg_attr(feature = "bindings", specta(type = u32))]
    pub turns: usize,
    /// Whether it stands beside the session it was copied from, which is still there.
    pub copy: bool,
}

impl Backups {
    /// The sessions of a backup that can be brought back, the last active first. Those deleted since are not among them.
    ///
    /// # Errors
    /// As [`Self::find`]; damage to a row.
    pub fn sessions_in(&self, name: &str) -> Result<Vec<Session>, Error> {
        self.reach_again()?;
        Ok(self
            .memory_of(name)?
            .0
            .list_sessions(crate::memory::SessionFilter::All)?)
    }

    /// Brings sessions back from a backup: one that is not there any more under its own id, one that is there as a copy
    /// beside it, named by the backup's date. Nothing that is there is changed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a session the backup does not have or that was deleted since; as [`Self::find`];
    /// [`Error::Cancelled`], the sessions before it staying.
    pub fn bring_back(&self, name: &str, ids: &[SessionId], watch: Watch<'_>) -> Result<Vec<Returned>, Error> {
        self.reach_again()?;
        let (backup, _reading, at) = self.memory_of(name)?;
        let mut returned = Vec::new();
        for (done, id) in (0..).zip(ids) {
            tell(watch, Stage::Copying, done, ids.len() as u64)?;
            let mut export = export::collect(&backup, *id)?;
            let there = self.db.read(|c| sessions::get(c, *id))?.is_some();
            if there {
                let title: String = export.session.title.chars().take(180).collect();
                export.session.title = format!("{title} ({})", at.day());
            }
            let turns = export.conversations.iter().map(|c| c.turns.len()).sum();
            let session = self.memory.take_in(export, there)?;
            returned.push(Returned {
                session_id: session.id,
                title: session.title,
                turns,
                copy: there,
            });
        }
        Ok(returned)
    }

    /// What a backup holds, to be read as memory is, and when it was made.
    fn memory_of(&self, name: &str) -> Result<(MemoryService, Option<verify::Scratch>, ccc_domain::Timestamp), Error> {
        let path = self.find(name)?;
        let keys = self.core.keys.open_keys_in(&path)?;
        let manifest = verify::as_made(&path, &keys)?;
        let reading = verify::open(&path, self.scratch()?)?;
        let core = Core::new(keys, Arc::new(crate::SystemClock));
        let memory = MemoryService::new(Arc::new(reading.db), Arc::new(core));
        Ok((memory, reading.scratch, manifest.created_at))
    }
}
