//! Keys files beside backups: made with the backup, and kept in step when a session's key is destroyed.

use std::path::Path;

use ccc_domain::SessionId;

use crate::{
    EncryptionService, Error,
    keys_dir::{KeysDir, Name},
};

impl EncryptionService {
    /// Writes the keys file as it is now into `dir`, which is made if need be. A [`crate::KeyManager`] opens it there
    /// with the same secrets.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if a keys file is there; [`Error::NotWritable`]; [`Error::Locked`].
    pub fn copy_keys_to(&self, dir: &Path) -> Result<(), Error> {
        let dir = KeysDir::new(dir);
        if dir.is_occupied()? {
            return Err(Error::AlreadyExists);
        }
        let bytes = self.with(|unlocked| unlocked.file.encode(&unlocked.keys.file))?;
        dir.create()?;
        Name::BOTH.into_iter().try_for_each(|name| dir.write(name, &bytes))
    }

    /// Destroys the session's key in the keys files of `dir`, which must be of this master key. A session without one
    /// there is fine, and so is a directory without keys files.
    ///
    /// # Errors
    /// [`Error::KeysMismatch`] for another profile's or master key's files, which are left alone;
    /// [`Error::KeysDamaged`]; [`Error::KeysTooNew`]; [`Error::NotWritable`]: call again; [`Error::Locked`].
    pub fn destroy_session_key_in(&self, dir: &Path, session: SessionId) -> Result<(), Error> {
        let dir = KeysDir::new(dir);
        let Some(survey) = dir.survey()? else { return Ok(()) };
        if survey.found.iter().any(|found| found.file.profile != self.0.profile) {
            return Err(Error::KeysMismatch);
        }
        for mut found in survey.found {
            let bytes = self.with(|unlocked| {
                if !found.is_authentic(&unlocked.keys.file) {
                    return Err(Error::KeysMismatch);
                }
                match found.file.sessions.remove(&session) {
                    None => Ok(None),
                    Some(_) => found.file.encode(&unlocked.keys.file).map(Some),
                }
            })?;
            if let Some(bytes) = bytes {
                dir.write(found.name, &bytes)?;
            }
        }
        if survey.damaged {
            Err(Error::KeysDamaged)
        } else {
            Ok(())
        }
    }
}
