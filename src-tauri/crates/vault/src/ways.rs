//! Changing the ways in of an open profile.
//!
//! The new slot replaces the old one of its kind in both files at once, so the old secret opens nothing afterwards.

use crate::{
    EncryptionService, Error, KeyManager, Passphrase, RecoveryKey,
    slot::{Secret, Slot, Way},
};

impl KeyManager {
    /// Sets or replaces the passphrase.
    ///
    /// # Errors
    /// [`Error::InvalidSecret`] if it is short; [`Error::NotWritable`]: the old one may still be the one; [`Error::Locked`].
    pub fn set_passphrase(&self, service: &EncryptionService, passphrase: &Passphrase) -> Result<(), Error> {
        passphrase.check_new()?;
        self.replace_slot(service, &Secret::Passphrase(passphrase))
    }

    /// Takes the passphrase away.
    ///
    /// # Errors
    /// [`Error::NoWayIn`] if the keychain is not a way in either; [`Error::NotWritable`]; [`Error::Locked`].
    pub fn remove_passphrase(&self, service: &EncryptionService) -> Result<(), Error> {
        service.change(|_, file| {
            file.slots.retain(|slot| slot.way != Way::Passphrase);
            if file.ways().keychain {
                Ok(())
            } else {
                Err(Error::NoWayIn)
            }
        })
    }

    /// Makes a new recovery key; the old one opens nothing afterwards.
    ///
    /// # Errors
    /// [`Error::NotWritable`]: the old one may still be the one; [`Error::Locked`]; [`Error::Primitive`].
    pub fn renew_recovery(&self, service: &EncryptionService) -> Result<RecoveryKey, Error> {
        let recovery = RecoveryKey::random()?;
        self.replace_slot(service, &Secret::Recovery(&recovery))?;
        Ok(recovery)
    }

    /// Makes the system's keychain a way in, again or for the first time: after its entry was lost, or on a new machine.
    ///
    /// An entry that is there is used, never replaced.
    ///
    /// # Errors
    /// [`Error::KeychainFailed`]; [`Error::NotWritable`]; [`Error::Locked`].
    pub fn enrol_keychain(&self, service: &EncryptionService) -> Result<(), Error> {
        let key = self.keychain_secret(service.profile())?;
        self.replace_slot(service, &Secret::Keychain(&key))
    }

    fn replace_slot(&self, service: &EncryptionService, secret: &Secret<'_>) -> Result<(), Error> {
        // Derived before the change begins: a passphrase takes its time, and others may want to write.
        let slot = service.with(|unlocked| Slot::wrap(service.profile(), secret, self.kdf, &unlocked.vmk))?;
        service.change(|_, file| {
            file.put_slot(slot);
            Ok(())
        })
    }
}
