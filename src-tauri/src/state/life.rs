//! The turns from one stage of the profile's life to the next.

use std::sync::{Arc, MutexGuard, PoisonError};

use ccc_domain::ConversationId;
use ccc_engine::{Engine, Error as EngineError, Opening, Passphrase, RecoveryKey, Ways, Why};

use super::{
    AppState,
    view::{self, Created, LockReason, ProfileState},
};
use crate::{changes::ChangeTag, error::Error};

/// A stage.
pub(super) enum Life {
    /// Nobody asked yet: asking takes the keychain's time.
    Unseen,
    /// Neither keys nor data.
    FirstRun,
    /// A way in is needed.
    Locked(Locked),
    /// Open.
    Open(Arc<Engine>),
}

/// A profile that waits.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    why: LockReason,
    keychain: bool,
    passphrase: bool,
    /// The cycles that locking cut off.
    cut: Vec<ConversationId>,
    /// How many turns that could not be saved were lost by locking.
    lost: u32,
}

/// What opens a locked profile.
pub enum Secret {
    /// Its passphrase.
    Passphrase(Passphrase),
    /// Its recovery key.
    Recovery(RecoveryKey),
}

impl AppState {
    /// Where the profile stands; looks the first time. Waits for the keychain.
    ///
    /// # Errors
    /// What keeps it from being opened at all: keys or data missing, damaged or not ours. Asking again looks again.
    pub fn view(&self) -> Result<ProfileState, Error> {
        let turning = self.turn();
        if matches!(&*self.life(), Life::Unseen) {
            self.look(Vec::new(), &turning)?;
        }
        self.shown()
    }

    /// Sets a profile up, with the ways in that were chosen, and opens it.
    ///
    /// # Errors
    /// The engine's: it makes nothing over keys or data that are there.
    pub fn create(&self, keychain: bool, passphrase: Option<&Passphrase>) -> Result<Created, Error> {
        let _turning = self.turn();
        let (engine, recovery) = self.profile().clone().create(&Ways { keychain, passphrase })?;
        self.note_activity();
        self.load_index(&engine);
        *self.life() = Life::Open(Arc::new(engine));
        Ok(Created::from(&recovery))
    }

    /// Opens a locked profile. One that is open stays so.
    ///
    /// # Errors
    /// [`EngineError::NotInitialised`] when there is none; the engine's, a wrong secret among them.
    pub fn unlock(&self, secret: &Secret) -> Result<ProfileState, Error> {
        let _turning = self.turn();
        let cut = match &*self.life() {
            Life::Open(_) => None,
            Life::FirstRun => return Err(EngineError::NotInitialised.into()),
            Life::Unseen => Some(Vec::new()),
            Life::Locked(locked) => Some(locked.cut.clone()),
        };
        if let Some(cut) = cut {
            let keys = match secret {
                Secret::Passphrase(passphrase) => self.profile().unlock_with_passphrase(passphrase)?,
                Secret::Recovery(recovery) => self.profile().unlock_with_recovery(recovery)?,
            };
            self.open(self.profile().clone().open(keys)?, cut);
        }
        self.shown()
    }

    /// Asks the keychain again. A profile that is not locked stays as it is.
    ///
    /// # Errors
    /// [`Error::KeychainSilent`] when it does not answer; as [`Self::view`].
    pub fn retry_keychain(&self) -> Result<ProfileState, Error> {
        let turning = self.turn();
        let locked = match &*self.life() {
            Life::Locked(locked) => Some(locked.cut.clone()),
            Life::Unseen => Some(Vec::new()),
            Life::FirstRun | Life::Open(_) => None,
        };
        if let Some(cut) = locked {
            self.look(cut, &turning)?;
        }
        match &*self.life() {
            Life::Locked(locked) if locked.why == LockReason::KeychainUnavailable => Err(Error::KeychainSilent),
            _ => Ok(()),
        }?;
        self.shown()
    }

    /// Keeps running text, drops the keys, and loads the page anew. One that is not open stays as it is.
    ///
    /// # Errors
    /// None today; the window treats it as any command.
    pub fn lock(&self) -> Result<(), Error> {
        let _turning = self.turn();
        let Ok(engine) = self.engine() else { return Ok(()) };
        let ways = engine.ways();
        // No command gets at the engine any more while its cycles end.
        *self.life() = Life::Locked(Locked {
            why: LockReason::Locked,
            keychain: ways.as_ref().is_ok_and(|ways| ways.keychain),
            passphrase: ways.as_ref().is_ok_and(|ways| ways.passphrase),
            cut: engine.cycle.running(),
            lost: 0,
        });
        self.stop_loading_index();
        self.stop_backup();
        let lost = u32::try_from(engine.lock()).unwrap_or(u32::MAX);
        if let Life::Locked(locked) = &mut *self.life() {
            locked.lost = lost;
        }
        self.changed(&[ChangeTag::Profile]);
        self.host().reload();
        Ok(())
    }

    /// Ends everything: for the end of the app. Blocks.
    pub fn close(&self) {
        let _turning = self.turn();
        if let Ok(engine) = self.engine() {
            *self.life() = Life::Unseen;
            self.stop_loading_index();
            self.stop_backup();
            engine.close();
        }
        // What is left of the log is written.
        drop(self.0.log.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Looks which way in is open, and goes in where one is.
    fn look(&self, cut: Vec<ConversationId>, _turning: &MutexGuard<'_, ()>) -> Result<(), Error> {
        let locked = |why, keychain, passphrase, cut| {
            Life::Locked(Locked {
                why,
                keychain,
                passphrase,
                cut,
                lost: 0,
            })
        };
        let life = match self.profile().opening()? {
            Opening::FirstRun => Life::FirstRun,
            Opening::Unlocked(keys) => {
                self.open(self.profile().clone().open(keys)?, cut);
                return Ok(());
            }
            Opening::NeedsPassphrase { why } => locked(reason(why), why != Why::KeychainNotUsed, true, cut),
            Opening::NeedsRecovery { why } => locked(reason(why), why != Why::KeychainNotUsed, false, cut),
            Opening::KeychainUnavailable { error, passphrase } => {
                tracing::warn!(%error, "the keychain does not open the profile");
                locked(LockReason::KeychainUnavailable, true, passphrase, cut)
            }
        };
        *self.life() = life;
        Ok(())
    }

    fn open(&self, engine: Engine, cut: Vec<ConversationId>) {
        let mut engine = engine;
        engine.recovered.interrupted.extend(cut);
        self.note_activity();
        self.load_index(&engine);
        *self.life() = Life::Open(Arc::new(engine));
    }

    fn shown(&self) -> Result<ProfileState, Error> {
        let engine = match &*self.life() {
            Life::Unseen => return Err(Error::Locked),
            Life::FirstRun => None,
            Life::Locked(locked) => {
                return Ok(ProfileState::Locked {
                    why: locked.why,
                    keychain: locked.keychain,
                    passphrase: locked.passphrase,
                    lost: locked.lost,
                });
            }
            Life::Open(engine) => Some(engine.clone()),
        };
        match engine {
            Some(engine) => Ok(view::unlocked(&engine)?),
            None => Ok(ProfileState::FirstRun {
                keychain: self.profile().keychain().get("does it answer").is_ok(),
            }),
        }
    }

    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.0.turning.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the window says of a keychain that answered and did not open the profile.
const fn reason(why: Why) -> LockReason {
    match why {
        Why::KeychainNotUsed => LockReason::KeychainNotUsed,
        Why::KeychainEmpty | Why::KeychainWrong => LockReason::KeychainEmpty,
    }
}
