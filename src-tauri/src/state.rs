//! The profile's life in this process, in one place: not looked at, first run, locked, open.
//!
//! Everything that may wait (the keychain, a passphrase's derivation, the disk) runs off the main thread; turns from one
//! stage to the next follow one another. A command that needs the engine gets it here or learns why there is none.

mod background;
mod backups;
mod index;
mod life;
mod tending;
mod view;
mod vigil;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use backups::Copying;
use ccc_domain::{ConversationId, SessionId};
use ccc_engine::{Engine, Error as EngineError, Profile, Space, logging::LogGuard, memory::WaitingTurns};
use index::Tending;
use life::Life;
pub use life::Secret;
pub use view::{Created, InterruptedCycle, LockReason, ProfileState, WaysIn};
pub use vigil::LOOK_EVERY;
use vigil::{Reading, Vigil};

use crate::{
    changes::{ChangeTag, Changes},
    error::Error,
    host::Host,
};

/// What all commands share. Clones are one.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

struct Inner {
    profile: Profile,
    host: Box<dyn Host>,
    changes: Changes,
    life: Mutex<Life>,
    /// Held from the beginning to the end of a turn from one stage to another.
    turning: Mutex<()>,
    vigil: Mutex<Vigil>,
    tending: Mutex<Tending>,
    copying: Arc<Copying>,
    log: Mutex<Option<LogGuard>>,
    /// What the window was last told of turns that wait to be saved.
    waiting: Mutex<Option<WaitingTurns>>,
    /// Whether the person was told that closing loses them.
    warned: AtomicBool,
    /// How many searches were begun.
    searches: AtomicU64,
}

impl AppState {
    /// Over a profile whose lock is taken. Looks at nothing yet.
    pub fn new(profile: Profile, host: Box<dyn Host>, log: Option<LogGuard>) -> Self {
        Self(Arc::new(Inner {
            profile,
            host,
            changes: Changes::default(),
            life: Mutex::new(Life::Unseen),
            turning: Mutex::default(),
            vigil: Mutex::new(Vigil::new(Reading::now())),
            tending: Mutex::new(Tending::new(Instant::now())),
            copying: Arc::default(),
            log: Mutex::new(log),
            waiting: Mutex::default(),
            warned: AtomicBool::default(),
            searches: AtomicU64::new(0),
        }))
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// The system around the shell.
    pub fn host(&self) -> &dyn Host {
        &*self.0.host
    }

    /// Who is told of changes.
    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// Tells the window what changed.
    pub fn changed(&self, tags: &[ChangeTag]) {
        self.0.changes.tell(tags);
    }

    /// The open engine.
    ///
    /// # Errors
    /// [`EngineError::NotInitialised`] before the first run is done; [`Error::Locked`].
    pub fn engine(&self) -> Result<Arc<Engine>, Error> {
        match &*self.life() {
            Life::Open(engine) => Ok(engine.clone()),
            Life::FirstRun => Err(EngineError::NotInitialised.into()),
            Life::Unseen | Life::Locked(_) => Err(Error::Locked),
        }
    }

    /// Begins a search; what is returned tells whether a later one was begun, as by typing on.
    pub fn begin_search(&self) -> impl Fn() -> bool + Send + 'static {
        let own = self.0.searches.fetch_add(1, Ordering::Relaxed) + 1;
        let state = self.clone();
        move || state.0.searches.load(Ordering::Relaxed) != own
    }

    /// Lets everyone go who listens from a page that is gone. What runs goes on.
    pub fn page_left(&self) {
        self.0.changes.forget();
        if let Ok(engine) = self.engine() {
            engine.spaces().iter().for_each(|space| space.cycle.deafen());
        }
    }

    /// Does work that may wait off the threads that serve the window.
    ///
    /// # Errors
    /// Those of `work`; [`Error::Task`] when it panicked.
    pub async fn waiting<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let state = self.clone();
        tauri::async_runtime::spawn_blocking(move || work(&state))
            .await
            .unwrap_or(Err(Error::Task))
    }

    /// As [`Self::waiting`], with the open engine.
    ///
    /// # Errors
    /// As [`Self::engine`]; those of `work`.
    pub async fn with_engine<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, Error> {
        let engine = self.engine()?;
        self.waiting(move |_| Ok(work(&engine)?)).await
    }

    /// As [`Self::with_engine`], where a session lives.
    ///
    /// # Errors
    /// As [`Self::with_engine`].
    pub async fn in_session<T: Send + 'static>(
        &self,
        session: SessionId,
        work: impl FnOnce(Space) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, Error> {
        self.with_engine(move |engine| work(engine.space_of(session)?)).await
    }

    /// As [`Self::with_engine`], where a conversation lives.
    ///
    /// # Errors
    /// As [`Self::with_engine`].
    pub async fn in_conversation<T: Send + 'static>(
        &self,
        conversation: ConversationId,
        work: impl FnOnce(Space) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, Error> {
        self.with_engine(move |engine| work(engine.space_of_conversation(conversation)?))
            .await
    }

    fn vigil(&self) -> MutexGuard<'_, Vigil> {
        self.0.vigil.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tending(&self) -> MutexGuard<'_, Tending> {
        self.0.tending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.0.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
