//! From a secret and the two keys files to the keys: which file counts, and what is put right.

use crate::{
    EncryptionService, Error, Generations, KeyManager,
    crypto::Key32,
    keys_dir::{Found, Survey},
    master::{MasterKeys, Unlocked},
    slot::{Secret, Slot},
};

impl KeyManager {
    /// Opens the newest file that authenticates under the master key `secret` unwraps, and puts the other one right. One
    /// that is whole and does not authenticate may be of a later master key, with an older file put back beside it: it
    /// stays until [`EncryptionService::put_right`] or a change.
    ///
    /// A slot found in the older file alone is kept: its replacement was cut short, and may never have been shown.
    pub(crate) fn unlock(&self, survey: Survey, secret: &Secret<'_>) -> Result<EncryptionService, Error> {
        let (vmk, keys, slot) = self.unwrap_master(&survey, secret)?;
        let files = survey.found.len();
        let mut authentic: Vec<Found> = survey.found;
        authentic.retain(|found| found.is_authentic(&keys.file));
        let strange = authentic.len() < files;
        let damaged = survey.damaged || strange;
        let newest = authentic.first().ok_or(Error::KeysDamaged)?;
        let (mut file, name) = (newest.file.clone(), newest.name);
        if !file.slots.contains(&slot) {
            file.put_slot(slot);
        }
        let mirrored = authentic.len() == 2 && authentic.iter().all(|found| found.file.agrees(&file));
        let generations = match (damaged, mirrored) {
            (true, _) => Generations::OneDamaged,
            (false, true) => Generations::Whole,
            (false, false) if files == 1 => Generations::OneMissing,
            (false, false) => Generations::OneBehind,
        };
        let unlocked = Unlocked::new(vmk, keys, file, name, mirrored);
        let service = EncryptionService::new(Some(self.dir.clone()), unlocked, generations);
        if !strange && let Err(error) = service.put_right() {
            tracing::warn!(%error, "the second keys file could not be put right");
        }
        Ok(service)
    }

    /// The master key, its derived keys and the slot that gave it, where at least one file authenticates under it.
    fn unwrap_master(&self, survey: &Survey, secret: &Secret<'_>) -> Result<(Key32, MasterKeys, Slot), Error> {
        let (mut forged, mut tried) = (false, Vec::new());
        for found in &survey.found {
            for slot in found.file.slots.iter().filter(|slot| slot.way == secret.way()) {
                // Both files usually have the same slot, and deriving from a passphrase once is slow enough.
                if tried.contains(&slot) {
                    continue;
                }
                tried.push(slot);
                let vmk = match slot.unwrap(found.file.profile, secret, self.kdf) {
                    Ok(Some(vmk)) => vmk,
                    Ok(None) => continue,
                    Err(Error::KdfOutOfBounds) => {
                        forged = true;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let keys = MasterKeys::derive(found.file.profile, &vmk)?;
                if survey.found.iter().any(|found| found.is_authentic(&keys.file)) {
                    return Ok((vmk, keys, slot.clone()));
                }
                forged = true;
            }
        }
        Err(if forged { Error::KeysDamaged } else { Error::WrongSecret })
    }
}
