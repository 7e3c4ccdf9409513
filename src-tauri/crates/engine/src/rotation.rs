//! Replacing the master key: everything is sealed anew, under keys that share nothing with the old ones.
//!
//! A new data file and new keys files are made in a directory of their own, every row is opened there, and they take the
//! profile's place as a restored backup does: in one rename, so that a kill leaves a profile that is wholly the old one or
//! wholly the new one. The sessions' keys are new too. With only the master key replaced, whoever had copied the keys files
//! and a way into them would go on reading what is said in the sessions of that day.
//!
//! It is done with the engine locked: what is written while rows are copied would be missing from the new file.

mod moving;

use std::sync::Arc;

use ccc_domain::Timestamp;
use ccc_store::{
    Connection, Db, files,
    tables::{pending_deletions, profile, settings},
};
use ccc_vault::{EncryptionService, Passphrases, RecoveryKey};

use self::moving::Moving;
use crate::{
    Engine, Error,
    audit::AnchorState,
    backup::{self, Replacing, Watch},
    cells::{self, Reseal},
    core::Core,
    examine::examine,
    keys::{RECOVERY_SHOWN, note_in},
};

impl Engine {
    /// Prepares that everything is sealed under a new master key: it is in place once the engine is dropped, at
    /// [`crate::Profile::settle`] or at the next start. The recovery key is a new one, to be shown once, and counts as unseen
    /// until [`Self::note_recovery_shown`]. Afterwards a backup is due at once.
    ///
    /// The keychain and the passphrase stay ways in, or the new passphrase takes the old one's place. Backups that are there
    /// keep the ways in of their day. The engine is locked by this, unless it is refused at once; temporary sessions go.
    ///
    /// # Errors
    /// At once: [`Error::CycleRunning`]; [`Error::Vault`] with `PassphraseNeeded`, `WrongSecret` or `InvalidSecret`;
    /// [`Error::TooSoon`]; [`Error::Invalid`] while turns wait to be saved or a deletion is not finished;
    /// [`Error::Damaged`] for a trail whose end is missing. Later: [`Error::Damaged`] when a row does not open, which means
    /// that the data file is damaged; [`Error::Cancelled`]; the keychain's and those of the disk. Nothing has changed
    /// then but that the engine is locked.
    pub fn prepare_rotation(&self, passphrases: &Passphrases<'_>, watch: Watch<'_>) -> Result<RecoveryKey, Error> {
        self.check_rotation(passphrases)?;
        let directory = self.profile().directory();
        // Locking drops the engine's keys, not these.
        let old = self.core.keys.open_keys_in(directory)?;
        self.close();
        // Whatever was sealed before is committed when this is, and nothing can be sealed any more.
        self.backups.data().write(|_| Ok::<_, Error>(()))?;
        let replacing = Replacing::begin(directory)?;
        let make = |keys: &ccc_vault::KeyManager| keys.make_successor(&old, passphrases, replacing.new_files());
        let (new, recovery) = self.profile().attempt(make)?;
        self.fill(&replacing, &Reseal { from: &old, to: &new }, watch)?;
        replacing.commit(self.core.now(), false)?;
        Ok(recovery)
    }

    /// Refuses what can be refused while everything is as it was.
    fn check_rotation(&self, passphrases: &Passphrases<'_>) -> Result<(), Error> {
        if self.spaces().iter().any(|space| !space.cycle.running().is_empty()) {
            return Err(Error::CycleRunning);
        }
        let check = |keys: &ccc_vault::KeyManager| keys.check_passphrases(&self.core.keys, passphrases);
        self.profile().attempt(check)?;
        self.memory.write_waiting();
        if self.memory.waiting().is_some() {
            return Err(Error::Invalid("turns wait to be saved: make room on the disk first"));
        }
        self.memory.carry_out_all_deletions()?;
        let begun = |c: &Connection| pending_deletions::list(c, Timestamp::from_ms(i64::MAX));
        if !self.backups.data().read(begun)?.is_empty() {
            return Err(Error::Invalid(
                "a deletion could not be finished: see to the disk first",
            ));
        }
        let trail = self.audit.verify()?;
        let cut = matches!(trail.anchor, AnchorState::Cut | AnchorState::Unreadable);
        if cut || trail.broken_at.is_some() {
            // Sealed anew it would look whole.
            return Err(Error::Damaged("the audit trail is not whole: verify it"));
        }
        Ok(())
    }

    /// The new data file, every row of it opened, on the disk.
    fn fill(&self, replacing: &Replacing, reseal: &Reseal<'_>, watch: Watch<'_>) -> Result<(), Error> {
        let (from, path) = (self.backups.data(), replacing.new_files().join(backup::DATA));
        let to = Db::create(&path, reseal.to.profile(), from.read(profile::created_at)?)?;
        Moving::new(reseal, from, &to).run(watch)?;
        if counts(from)? != counts(&to)? {
            return Err(Error::Internal("a kind of row is not sealed anew"));
        }
        let core = Arc::new(Core::new(reseal.to.clone(), self.profile().clock()));
        note(&core, &to)?;
        verify(&core.keys, &to, watch)?;
        to.close()?;
        Ok(files::sync(&path)?)
    }
}

/// How many rows there are of each kind; segments of the index are left behind where they are damaged.
fn counts(db: &Db) -> Result<std::collections::BTreeMap<String, i64>, Error> {
    let mut counts = db.row_counts()?;
    counts.remove("index_partitions");
    Ok(counts)
}

/// Notes in the new file what it is: its recovery key unseen, none of the backups its own, and the change in the trail.
fn note(core: &Arc<Core>, db: &Db) -> Result<(), Error> {
    let core = core.clone();
    db.write(move |tx| {
        settings::put(
            tx,
            &cells::seal_setting(&core.keys, RECOVERY_SHOWN, core.now(), &false)?,
        )?;
        note_in(&core, tx, "master-key")?;
        backup::make_due(&core, tx)
    })
}

fn verify(keys: &EncryptionService, db: &Db, watch: Watch<'_>) -> Result<(), Error> {
    db.check(true)?;
    match examine(keys, db, watch)?.faults.first() {
        None => Ok(()),
        Some(fault) => {
            tracing::error!(what = fault.what, "what was sealed anew does not verify");
            Err(Error::Internal("what was sealed anew does not verify"))
        }
    }
}
