//! Keys files beside backups: made with the backup, and kept in step when a session's key is destroyed.

use std::path::Path;

use ccc_domain::SessionId;

use crate::{
    EncryptionService, Error, Generations,
    crypto::{Key32, MacKey},
    keys_dir::{Found, KeysDir, Name, Survey},
    master::{MasterKeys, Unlocked},
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

    /// As [`Self::copy_keys_to`], with the session keys of `other` that are missing here: for putting a backup's data
    /// under the ways in that hold now.
    ///
    /// # Errors
    /// As [`Self::copy_keys_to`]; [`Error::KeysMismatch`] when `other` has another master key.
    pub fn copy_keys_joined_to(&self, dir: &Path, other: &Self) -> Result<(), Error> {
        if self.profile() != other.profile() || self.check_value()? != other.check_value()? {
            return Err(Error::KeysMismatch);
        }
        let dir = KeysDir::new(dir);
        if dir.is_occupied()? {
            return Err(Error::AlreadyExists);
        }
        let sessions = other.with(|unlocked| Ok(unlocked.file.sessions.clone()))?;
        let bytes = self.with(|unlocked| {
            let mut file = unlocked.file.clone();
            for (session, key) in sessions {
                file.sessions.entry(session).or_insert(key);
            }
            file.encode(&unlocked.keys.file)
        })?;
        dir.create()?;
        Name::BOTH.into_iter().try_for_each(|name| dir.write(name, &bytes))
    }

    /// The keys in `dir`, opened by the master key that is open here: no secret is asked for, and nothing is written.
    /// Locking these does not lock those.
    ///
    /// # Errors
    /// [`Error::KeysMissing`]; [`Error::KeysMismatch`] for another profile's or master key's files;
    /// [`Error::KeysDamaged`] when neither file is whole; [`Error::KeysTooNew`]; [`Error::Io`]; [`Error::Locked`].
    pub fn open_keys_in(&self, dir: &Path) -> Result<Self, Error> {
        let survey = KeysDir::new(dir).survey()?.ok_or(Error::KeysMissing)?;
        let generations = match (survey.damaged, survey.found.len()) {
            (true, _) => Generations::OneDamaged,
            (false, 1) => Generations::OneMissing,
            (false, _) => Generations::Whole,
        };
        let newest = self.with(|unlocked| {
            let mut found = survey.found.into_iter();
            let authentic = found.find(|found| found.is_authentic(&unlocked.keys.file));
            authentic.ok_or(Error::KeysMismatch)
        })?;
        let vmk = self.with(|unlocked| Key32::from_slice(unlocked.vmk.bytes()).ok_or(Error::Primitive))?;
        let keys = MasterKeys::derive(newest.file.profile, &vmk)?;
        let unlocked = Unlocked::new(vmk, keys, newest.file, newest.name, true);
        Ok(Self::new(None, unlocked, generations))
    }

    /// Whether the keys files in `dir` are of this master key, or of one that it replaced.
    ///
    /// # Errors
    /// [`Error::KeysMissing`]; [`Error::KeysDamaged`]; [`Error::KeysTooNew`]; [`Error::Io`]; [`Error::Locked`].
    pub fn recognises_keys_in(&self, dir: &Path) -> Result<bool, Error> {
        let survey = KeysDir::new(dir).survey()?.ok_or(Error::KeysMissing)?;
        self.with(|unlocked| Ok(authentic_under(unlocked, &survey, |_| Ok(()))?.is_some()))
    }

    /// Destroys the session's key in the keys files of `dir`, which must be of this master key or of one that it
    /// replaced. A session without one there is fine, and so is a directory without keys files. A damaged one of the two
    /// is written anew from the other: nobody can say what it still holds.
    ///
    /// # Errors
    /// [`Error::KeysMismatch`] for another profile's or master key's files, which are left alone;
    /// [`Error::KeysDamaged`]; [`Error::KeysTooNew`]; [`Error::NotWritable`]: call again; [`Error::Locked`].
    pub fn destroy_session_key_in(&self, dir: &Path, session: SessionId) -> Result<(), Error> {
        let dir = KeysDir::new(dir);
        let Some(survey) = dir.survey()? else { return Ok(()) };
        let holds = survey
            .found
            .iter()
            .any(|found| found.file.sessions.contains_key(&session));
        let rewritten = self.with(|unlocked| {
            let written = authentic_under(unlocked, &survey, |mac| {
                let newest = survey.found.first().filter(|_| holds || survey.damaged);
                newest
                    .map(|newest| {
                        let mut file = newest.file.clone();
                        file.sessions.remove(&session);
                        file.encode(mac)
                    })
                    .transpose()
            });
            written?.ok_or(Error::KeysMismatch)
        })?;
        rewritten.map_or(Ok(()), |bytes| {
            Name::BOTH.into_iter().try_for_each(|name| dir.write(name, &bytes))
        })
    }
}

/// What `work` makes of the key under which every file found is authentic: this master key's, or that of one it replaced.
/// None where there is no such key.
fn authentic_under<T>(
    unlocked: &Unlocked,
    survey: &Survey,
    work: impl FnOnce(&MacKey) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let retired: Vec<MacKey> = unlocked.retired_keys()?.iter().map(MacKey::new).collect();
    let mut macs = std::iter::once(&unlocked.keys.file).chain(&retired);
    let ours = |found: &Found, mac| found.file.profile == unlocked.file.profile && found.is_authentic(mac);
    let mac = macs.find(|mac| survey.found.iter().all(|found| ours(found, mac)));
    mac.map(work).transpose()
}
