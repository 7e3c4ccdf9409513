//! Single sessions brought back from a backup, without touching what is there.

use std::sync::Arc;

use ccc_domain::{Session, SessionId, Timestamp};
use ccc_store::tables::sessions;
use ccc_vault::EncryptionService;
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
        let opened = self.opened(name)?;
        let mut sessions = Vec::new();
        for id in opened.keys.session_keys() {
            match opened.memory.session(id) {
                Ok(session) => sessions.push(session),
                // Its key came after its row was copied.
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        sessions.sort_by_key(|session| std::cmp::Reverse((session.last_active_at, session.id)));
        Ok(sessions)
    }

    /// Brings sessions back from a backup: one that is not there any more under its own id, one that is there as a copy
    /// beside it, named by the backup's date. Nothing that is there is changed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a session the backup does not have or that was deleted since; as [`Self::find`];
    /// [`Error::Cancelled`], the sessions before it staying.
    pub fn bring_back(&self, name: &str, ids: &[SessionId], watch: Watch<'_>) -> Result<Vec<Returned>, Error> {
        self.reach_again()?;
        let opened = self.opened(name)?;
        let mut returned = Vec::new();
        for (done, id) in (0..).zip(ids) {
            tell(watch, Stage::Copying, done, ids.len() as u64)?;
            let mut export = export::collect(&opened.memory, *id)?;
            let there = self.db.read(|c| sessions::get(c, *id))?.is_some();
            if there {
                let title: String = export.session.title.chars().take(180).collect();
                export.session.title = format!("{title} ({})", opened.at.day());
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

    fn opened(&self, name: &str) -> Result<Opened, Error> {
        let path = self.find(name)?;
        let keys = self.core.keys.open_keys_in(&path)?;
        let at = verify::as_made(&path, &keys)?.created_at;
        let reading = verify::open(&path, self.scratch()?)?;
        let core = Core::new(keys.clone(), Arc::new(crate::SystemClock));
        Ok(Opened {
            memory: MemoryService::new(Arc::new(reading.db), Arc::new(core)),
            keys,
            at,
            _scratch: reading.scratch,
        })
    }
}

/// A backup, to be read as memory is.
struct Opened {
    memory: MemoryService,
    keys: EncryptionService,
    at: Timestamp,
    _scratch: Option<verify::Scratch>,
}
