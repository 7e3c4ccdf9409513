//! The system's keychain, held at arm's length.
//!
//! Keychains hang (a prompt nobody sees), come up late, lose their session and say so in many ways. So every call runs
//! on a thread of its own, one at a time; the caller waits for a limit; an answer that comes later is kept for whoever
//! asks the same next. The store behind it is built anew after a failure. The kernel's keyutils, which forget at
//! reboot, are never used.

mod system;
mod worker;

use std::{
    fmt,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel, sync_channel},
    },
    time::{Duration, Instant},
};

use keyring_core::CredentialStore;
use zeroize::Zeroizing;

pub(crate) use worker::Answer;
use worker::{Backend, Job, Request};

/// The name all entries share in the keychain; the account tells them apart.
pub const SERVICE: &str = "Covenant Command Cycle";

/// How a keychain failed. Never tells what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is none, or it fails for reasons of its own.
    #[error("no keychain answers")]
    Unavailable,
    /// It is locked, and was not unlocked when it asked.
    #[error("the keychain is locked")]
    Locked,
    /// The system or the person refused.
    #[error("the keychain refused access")]
    Denied,
    /// It has not answered within the limit. Its answer is taken when it comes.
    #[error("the keychain does not answer in time")]
    TimedOut,
    /// It has several entries of that name.
    #[error("the keychain has several such entries")]
    Ambiguous,
    /// It took a secret and gave back another, or none.
    #[error("the keychain did not keep the secret")]
    VerifyFailed,
    /// An entry of that name holds something else; it was left alone.
    #[error("the keychain's entry is not ours")]
    Occupied,
}

/// The keychain. Clones share its thread.
#[derive(Clone)]
pub struct Keychain {
    shared: Option<Arc<Shared>>,
    read_limit: Duration,
    write_limit: Duration,
}

struct Shared {
    backend: Backend,
    /// The worker's ear; none until the first call, and dropped with the last clone, which ends the thread.
    jobs: Mutex<Option<Sender<Job>>>,
    line: Arc<Line>,
}

/// Whether the worker is busy, and what it said too late.
#[derive(Default)]
pub(crate) struct Line {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    busy: bool,
    late: Option<(String, Answer)>,
}

impl Keychain {
    /// Reading is quick or hangs: after a second a person is better asked for the passphrase.
    const READ_LIMIT: Duration = Duration::from_secs(1);
    /// Writing may have to wait for a person who unlocks or makes a keyring.
    const WRITE_LIMIT: Duration = Duration::from_secs(60);

    /// The keychain of this system: Secret Service, macOS Keychain or Windows Credential Manager. Built at first use.
    pub fn system() -> Self {
        Self::over(Backend::System)
    }

    /// No keychain: every call is [`KeychainError::Unavailable`] at once.
    pub fn none() -> Self {
        Self {
            shared: None,
            read_limit: Self::READ_LIMIT,
            write_limit: Self::WRITE_LIMIT,
        }
    }

    /// Over a given store: what tests use.
    pub fn with_store(store: Arc<CredentialStore>) -> Self {
        Self::over(Backend::Given(store))
    }

    fn over(backend: Backend) -> Self {
        let shared = Shared {
            backend,
            jobs: Mutex::default(),
            line: Arc::default(),
        };
        Self {
            shared: Some(Arc::new(shared)),
            ..Self::none()
        }
    }

    /// With other limits of waiting, for reading and for writing. The defaults are 1 s and 60 s.
    pub fn with_limits(mut self, read: Duration, write: Duration) -> Self {
        (self.read_limit, self.write_limit) = (read, write);
        self
    }

    /// The secret of `account`; none if the keychain has no such entry.
    ///
    /// # Errors
    /// [`KeychainError`], each variant its own cause.
    pub fn get(&self, account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        self.ask(account, Request::Get, self.read_limit)
    }

    /// Stores `secret` under `account`, reads it back and compares.
    ///
    /// # Errors
    /// [`KeychainError::VerifyFailed`] if another value, or none, comes back; otherwise each variant its own cause.
    pub fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        let request = Request::Set(Zeroizing::new(secret.to_vec()));
        self.ask(account, request, self.write_limit).map(drop)
    }

    /// Deletes the entry of `account`; a missing one is fine.
    ///
    /// # Errors
    /// [`KeychainError`], each variant its own cause.
    pub fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.ask(account, Request::Delete, self.write_limit).map(drop)
    }

    fn ask(&self, account: &str, request: Request, limit: Duration) -> Answer {
        let shared = self.shared.as_deref().ok_or(KeychainError::Unavailable)?;
        let until = Instant::now() + limit;
        let left = || until.saturating_duration_since(Instant::now());
        if let Some(late) = shared.line.take(&request, account, left)? {
            return late;
        }
        // Without a buffer an answer is either received or handed back to the worker, which keeps it as late.
        let (reply, answer) = sync_channel(0);
        let account = account.to_owned();
        if !shared.send(Job {
            account,
            request,
            reply,
        }) {
            shared.line.free(None);
            return Err(KeychainError::Unavailable);
        }
        match answer.recv_timeout(left()) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(KeychainError::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(KeychainError::Unavailable),
        }
    }
}

impl Shared {
    /// Hands the job to the worker, which is started if need be; false if that cannot be.
    fn send(&self, job: Job) -> bool {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.is_none() {
            let (sender, receiver) = channel();
            let (backend, line) = (self.backend.clone(), Arc::clone(&self.line));
            let thread = std::thread::Builder::new().name("keychain".into());
            if thread.spawn(move || worker::run(backend, &receiver, &line)).is_ok() {
                *jobs = Some(sender);
            }
        }
        let sent = jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if !sent {
            *jobs = None;
        }
        sent
    }
}

impl Line {
    /// Waits for the line and takes it, or takes the late answer to the same question instead.
    fn take(
        &self,
        request: &Request,
        account: &str,
        left: impl Fn() -> Duration,
    ) -> Result<Option<Answer>, KeychainError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.busy {
            let left = left();
            if left.is_zero() {
                return Err(KeychainError::TimedOut);
            }
            state = self
                .freed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        let late = state.late.take().filter(|(asked, _)| asked == account);
        match (request, late) {
            (Request::Get, Some((_, answer))) => Ok(Some(answer)),
            _ => {
                state.busy = true;
                Ok(None)
            }
        }
    }

    /// Gives the line free, with an answer nobody waited for.
    pub(crate) fn free(&self, late: Option<(String, Answer)>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.busy, state.late) = (false, late);
        self.freed.notify_all();
    }

    /// Drops a late answer nobody came for.
    pub(crate) fn forget(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).late = None;
    }
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keychain")
            .field("present", &self.shared.is_some())
            .finish_non_exhaustive()
    }
}
