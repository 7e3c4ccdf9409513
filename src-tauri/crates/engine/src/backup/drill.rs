//! Trying restoring out: the newest backup is restored into a directory of its own, read back whole, and removed.

use std::path::{Path, PathBuf};

use ccc_store::{Db, files};

use super::{
    Backups, Tried, Watch,
    manifest::DATA,
    state,
    verify::{Scratch, as_made, check_rows},
};
use crate::Error;

impl Backups {
    /// Restores the newest backup into a directory of its own, with its own keys files, reads every turn back, and removes
    /// it. The result is kept, a failure as a result too.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no backup; [`Error::Cancelled`]; those of noting the result.
    pub fn drill(&self, watch: Watch<'_>) -> Result<Tried, Error> {
        let _one_at_a_time = self.one_at_a_time();
        let newest = self
            .list()?
            .into_iter()
            .next()
            .ok_or(Error::NotFound(crate::Entity::Backup))?;
        let path = newest.copies.first().map(|copy| copy.path.clone());
        let path = path.ok_or(Error::NotFound(crate::Entity::Backup))?;
        let restored = self.try_out(&PathBuf::from(&path), watch);
        if matches!(restored, Err(Error::Cancelled)) {
            return Err(Error::Cancelled);
        }
        self.note_soundness(&path, restored.is_ok())?;
        let tried = Tried {
            at: self.core.now(),
            name: newest.name,
            turns: *restored.as_ref().unwrap_or(&0),
            failure: restored.err().map(|error| error.code()),
        };
        let (kept, name) = (tried.clone(), tried.name.clone());
        state::change(&self.core, &self.db, Some(("drill", name)), move |state| {
            state.tried = Some(kept);
        })?;
        Ok(tried)
    }

    fn try_out(&self, backup: &Path, watch: Watch<'_>) -> Result<u64, Error> {
        let scratch = Scratch::new(self.scratch()?)?;
        for name in [DATA, "keys-a.ccc", "keys-b.ccc"] {
            files::copy_durably(&backup.join(name), &scratch.0.join(name))?;
        }
        let keys = self.core.keys.open_keys_in(&scratch.0)?;
        let manifest = as_made(backup, &keys)?;
        let db = Db::open(&scratch.0.join(DATA))?;
        let seen = check_rows(&db, &keys, &manifest, watch)?;
        db.close()?;
        Ok(seen.turns)
    }
}
