//! Changing the ways into an open profile. Each change is noted in the audit trail once it is made.

use ccc_store::Connection;
use ccc_vault::KeyManager;

use crate::{
    Engine, Error, Passphrase, RecoveryKey,
    audit::{self, Entry},
    core::Core,
};

/// The setting that says the person has seen the recovery key.
pub(crate) const RECOVERY_SHOWN: &str = "recovery.shown";

impl Engine {
    /// The ways in that exist now.
    ///
    /// # Errors
    /// The vault's, once locked.
    pub fn ways(&self) -> Result<ccc_vault::Ways, Error> {
        Ok(self.core.keys.ways()?)
    }

    /// Sets or replaces the passphrase. The old one opens nothing afterwards, here; keys files that were copied elsewhere
    /// before open with it as long as they are there.
    ///
    /// # Errors
    /// The vault's: too short, locked, or the keys file cannot be written, and then the old one may still be the one.
    pub fn set_passphrase(&self, passphrase: &Passphrase) -> Result<(), Error> {
        self.change_keys("passphrase", |keys| {
            keys.set_passphrase(&self.core.keys, passphrase).map_err(Error::from)
        })
    }

    /// Takes the passphrase away.
    ///
    /// # Errors
    /// The vault's: the keychain is not a way in either, locked, or the keys file cannot be written.
    pub fn remove_passphrase(&self) -> Result<(), Error> {
        self.change_keys("no-passphrase", |keys| {
            keys.remove_passphrase(&self.core.keys).map_err(Error::from)
        })
    }

    /// Whether the recovery key was ever shown whole. While it was not, as after a setting-up that was cut short, renew it
    /// and show the new one.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn recovery_was_shown(&self) -> Result<bool, Error> {
        self.settings.get(RECOVERY_SHOWN)
    }

    /// Notes that the person has seen the recovery key.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn note_recovery_shown(&self) -> Result<(), Error> {
        self.settings.set(RECOVERY_SHOWN, &true)
    }

    /// Makes a new recovery key, to be shown once; the old one opens nothing afterwards. It counts as unseen until
    /// [`Self::note_recovery_shown`] is called again.
    ///
    /// # Errors
    /// Those of the settings, and then the old one stays; the vault's: locked, or the keys file cannot be written.
    pub fn renew_recovery(&self) -> Result<RecoveryKey, Error> {
        // First, so that a crash in between shows another new one rather than leaving one that nobody has.
        self.settings.set(RECOVERY_SHOWN, &false)?;
        self.change_keys("recovery-key", |keys| {
            keys.renew_recovery(&self.core.keys).map_err(Error::from)
        })
    }

    /// Makes the system's keychain a way in, again where its entry was lost. An entry that is there is used.
    ///
    /// # Errors
    /// The vault's: locked, the keychain does not take it, or the keys file cannot be written.
    pub fn enrol_keychain(&self) -> Result<(), Error> {
        self.change_keys("keychain", |keys| {
            keys.enrol_keychain(&self.core.keys).map_err(Error::from)
        })
    }

    fn change_keys<T>(
        &self,
        what: &'static str,
        change: impl FnOnce(&KeyManager) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let changed = change(&self.profile().key_manager())?;
        // The change stands: a disk that refuses the note must not make it look as if it did not, nor cost a key that is
        // shown only once.
        if let Err(error) = self.memory.record(move |core, tx| note_in(core, tx, what)) {
            tracing::warn!(code = %error.code(), "a change of the keys is not in the audit trail");
        }
        Ok(changed)
    }
}

/// Notes a change of the keys in the transaction of `tx`.
pub(crate) fn note_in(core: &Core, tx: &Connection, what: &str) -> Result<(), Error> {
    let entry = Entry {
        entity_id: None,
        ..Entry::new("set", "keys", [0; 16])
    };
    audit::record(core, tx, entry.detail(what.to_owned()))
}
