//! Replacing the master key: new keys in a directory of their own, for data that is sealed anew under them.
//!
//! Nothing of the old keys is used again: the master key is random, and so is every session's key. The ways in stay as far
//! as their secrets are at hand: the keychain's entry, the passphrase that is given; the recovery key is a new one.
//! Whoever moves data and keys into place decides when the old ones are gone.

use std::{collections::BTreeMap, path::Path};

use crate::{
    EncryptionService, Error, Generations, KeyManager, Passphrase, RecoveryKey,
    crypto::Key32,
    keys_dir::{KeysDir, Name},
    keys_file::{KeysFile, SessionKey},
    master::{MasterKeys, Unlocked},
    retired::RetiredKey,
    slot::{Secret, Slot, Way},
};

/// The passphrases at a replacement of the master key.
#[derive(Debug, Clone, Copy, Default)]
pub struct Passphrases<'a> {
    /// The one that holds now; needed where there is one.
    pub current: Option<&'a Passphrase>,
    /// One that takes its place, or becomes a way in; none leaves it as it is.
    pub new: Option<&'a Passphrase>,
}

impl KeyManager {
    /// Looks whether the master key of `service` could be replaced with these passphrases. Derives where there is one.
    ///
    /// # Errors
    /// [`Error::PassphraseNeeded`] where there is one and none is given; [`Error::WrongSecret`] for another;
    /// [`Error::InvalidSecret`] for a short new one; [`Error::Locked`].
    pub fn check_passphrases(&self, service: &EncryptionService, passphrases: &Passphrases<'_>) -> Result<(), Error> {
        if let Some(new) = passphrases.new {
            new.check_new()?;
        }
        let slots = service.with(|unlocked| Ok(unlocked.file.slots.clone()))?;
        let Some(slot) = slots.iter().find(|slot| slot.way == Way::Passphrase) else {
            return Ok(());
        };
        let current = passphrases.current.ok_or(Error::PassphraseNeeded)?;
        let opened = slot.unwrap(service.profile(), &Secret::Passphrase(current), self.kdf)?;
        opened.map(drop).ok_or(Error::WrongSecret)
    }

    /// Makes new keys in `dir`, where there are none, for the same profile and the same sessions as `service`, and the
    /// recovery key that opens them. What is returned seals and opens; opening the files later takes a secret.
    ///
    /// The keychain's entry is used as it is. One that fails is left out where there is a passphrase.
    ///
    /// # Errors
    /// Those of [`Self::check_passphrases`]; [`Error::AlreadyExists`] if a keys file is there;
    /// [`Error::KeychainFailed`] where it would have been the only way; [`Error::NotWritable`]; [`Error::Primitive`].
    pub fn make_successor(
        &self,
        service: &EncryptionService,
        passphrases: &Passphrases<'_>,
        dir: &Path,
    ) -> Result<(EncryptionService, RecoveryKey), Error> {
        self.check_passphrases(service, passphrases)?;
        let dir = KeysDir::new(dir);
        if dir.is_occupied()? {
            return Err(Error::AlreadyExists);
        }
        let (profile, vmk, recovery) = (service.profile(), Key32::random()?, RecoveryKey::random()?);
        let keys = MasterKeys::derive(profile, &vmk)?;
        let mut file = service.with(|unlocked| successor_of(unlocked, &keys))?;
        file.put_slot(Slot::wrap(profile, &Secret::Recovery(&recovery), self.kdf, &vmk)?);
        let passphrase = passphrases.new.or(passphrases.current);
        if let Some(passphrase) = passphrase {
            file.put_slot(Slot::wrap(profile, &Secret::Passphrase(passphrase), self.kdf, &vmk)?);
        }
        if service.ways()?.keychain {
            match self.keychain_secret(profile) {
                Ok(key) => file.put_slot(Slot::wrap(profile, &Secret::Keychain(&key), self.kdf, &vmk)?),
                Err(error) if passphrase.is_none() => return Err(error.into()),
                Err(error) => tracing::warn!(%error, "the new keys go without a keychain entry"),
            }
        }
        let bytes = file.encode(&keys.file)?;
        dir.create()?;
        Name::BOTH.into_iter().try_for_each(|name| dir.write(name, &bytes))?;
        let unlocked = Unlocked::new(vmk, keys, file, Name::A, true);
        Ok((EncryptionService::new(None, unlocked, Generations::Whole), recovery))
    }
}

/// A keys file under new keys, without slots: a fresh key for each session, and what strikes keys out of older files.
fn successor_of(old: &Unlocked, keys: &MasterKeys) -> Result<KeysFile, Error> {
    let profile = old.file.profile;
    let mut file = KeysFile {
        profile,
        generation: old.file.generation.saturating_add(1),
        slots: Vec::new(),
        sessions: BTreeMap::new(),
        retired: Vec::new(),
    };
    for session in old.file.sessions.keys() {
        let key = SessionKey::create(profile, *session, &keys.wrap)?;
        file.sessions.insert(*session, key);
    }
    let last = MasterKeys::file_key(profile, &old.vmk)?;
    let mut retired = old.retired_keys()?;
    retired.push(last);
    let too_old = retired.len().saturating_sub(RetiredKey::MOST);
    for key in retired.iter().skip(too_old) {
        file.retired.push(RetiredKey::wrap(profile, key, &keys.wrap)?);
    }
    Ok(file)
}
