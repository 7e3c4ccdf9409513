//! Changing the keys file: session keys made and destroyed, slots replaced.
//!
//! Every change is written to both files, the older first. So either file alone holds all session keys, and what was
//! removed is in neither. A crash between the two leaves the newer right and the older behind, which the next opening
//! or change puts right.

use std::sync::PoisonError;

use ccc_domain::SessionId;

use crate::{
    EncryptionService, Error,
    keys_file::{KeysFile, SessionKey},
    master::Unlocked,
};

impl EncryptionService {
    /// Makes a key for the session. It is on the disk, twice, when this returns; a session that has one keeps it.
    ///
    /// # Errors
    /// [`Error::NotWritable`]; [`Error::Locked`]; [`Error::Primitive`].
    pub fn create_session_key(&self, session: SessionId) -> Result<(), Error> {
        self.create_session_keys(&[session])
    }

    /// [`Self::create_session_key`] for many, with one change of the keys file.
    ///
    /// # Errors
    /// As for one; then none of them was made, or all were and calling again settles it.
    pub fn create_session_keys(&self, sessions: &[SessionId]) -> Result<(), Error> {
        self.change(|unlocked, file| {
            for session in sessions {
                if !file.sessions.contains_key(session) {
                    let key = SessionKey::create(file.profile, *session, &unlocked.keys.wrap)?;
                    file.sessions.insert(*session, key);
                }
            }
            Ok(())
        })
    }

    /// Destroys the session's key: it is in neither file when this returns, and what it sealed can never be opened
    /// again. A session without one is fine. Copies in backups are [`Self::destroy_session_key_in`]'s business.
    ///
    /// # Errors
    /// [`Error::NotWritable`]: it may still be there, call again; [`Error::Locked`].
    pub fn destroy_session_key(&self, session: SessionId) -> Result<(), Error> {
        self.change(|_, file| {
            file.sessions.remove(&session);
            Ok(())
        })
    }

    /// Writes both generations of the keys file where they differ. Opening does so by itself, but where it found a whole
    /// file of another master key: that one is overwritten by this, once the data proved to be of these keys.
    ///
    /// # Errors
    /// [`Error::NotWritable`]; [`Error::Locked`].
    pub fn put_right(&self) -> Result<(), Error> {
        self.change(|_, _| Ok(()))
    }

    /// Applies `edit` to the keys file and writes both generations; nothing is written if nothing changes.
    pub(crate) fn change(&self, edit: impl FnOnce(&Unlocked, &mut KeysFile) -> Result<(), Error>) -> Result<(), Error> {
        let _one_at_a_time = self.0.commit.lock().unwrap_or_else(PoisonError::into_inner);
        let prepared = self.with(|unlocked| {
            let mut file = unlocked.file.clone();
            edit(unlocked, &mut file)?;
            if file == unlocked.file && unlocked.mirrored {
                return Ok(None);
            }
            let (older, newest) = (unlocked.newest.other(), unlocked.newest);
            let mut writes = Vec::with_capacity(2);
            for name in [older, newest] {
                file.generation = file.generation.saturating_add(1);
                writes.push((name, file.encode(&unlocked.keys.file)?, file.clone()));
            }
            Ok(Some(writes))
        })?;
        // Sealing goes on while the disk works: only taking over the result needs the keys for itself.
        for (i, (name, bytes, file)) in prepared.into_iter().flatten().enumerate() {
            if let Some(dir) = &self.0.dir {
                dir.write(name, &bytes)?;
            }
            let mut guard = self.0.unlocked.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(unlocked) = guard.as_mut() {
                unlocked.adopt(file, name, i == 1);
            }
        }
        Ok(())
    }
}
