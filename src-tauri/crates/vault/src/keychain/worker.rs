//! The thread that talks to the keychain.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::Duration,
};

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use super::{KeychainError, Line, SERVICE, system};

/// How long an answer that came too late is kept: long enough for a person to try again, then the secret goes.
const LATE_KEPT: Duration = Duration::from_secs(60);

/// What was found; none for an entry that does not exist and for requests that ask for nothing.
pub type Answer = Result<Option<Zeroizing<Vec<u8>>>, KeychainError>;

pub enum Request {
    Get,
    Set(Zeroizing<Vec<u8>>),
    Delete,
}

pub struct Job {
    pub account: String,
    pub request: Request,
    pub reply: SyncSender<Answer>,
}

#[derive(Clone)]
pub enum Backend {
    System,
    Given(Arc<CredentialStore>),
}

/// Answers jobs until the last asker is gone.
pub fn run(backend: Backend, jobs: &Receiver<Job>, line: &Line) {
    let mut worker = Worker { backend, store: None };
    loop {
        let job = match jobs.recv_timeout(LATE_KEPT) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => {
                line.forget();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        // Stores of other systems panic on a poisoned lock or a runtime within a runtime; the thread must outlive it.
        let answer = catch_unwind(AssertUnwindSafe(|| worker.answer(&job))).unwrap_or_else(|_| {
            worker.store = None;
            Err(KeychainError::Unavailable)
        });
        let late = job.reply.send(answer).err().map(|unheard| unheard.0);
        let keep = matches!(job.request, Request::Get);
        line.free(late.filter(|_| keep).map(|answer| (job.account, answer)));
    }
}

struct Worker {
    backend: Backend,
    store: Option<Arc<CredentialStore>>,
}

impl Worker {
    fn answer(&mut self, job: &Job) -> Answer {
        // A store from before may have lost its session (the daemon restarted): that is worth a second try on a new one.
        let stale = self.store.is_some();
        let mut result = self.attempt(job);
        if stale && matches!(result, Err(Error::PlatformFailure(_))) {
            self.store = None;
            result = self.attempt(job);
        }
        if matches!(result, Err(Error::PlatformFailure(_))) {
            self.store = None;
        }
        match (result, &job.request) {
            (Ok(found), Request::Set(secret)) if found.as_ref() != Some(secret) => Err(KeychainError::VerifyFailed),
            (Ok(found), Request::Get) => Ok(found),
            (Ok(_), _) => Ok(None),
            (Err(error), _) => Err(classify(&error)),
        }
    }

    /// What the entry holds after the request was carried out.
    fn attempt(&mut self, job: &Job) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let entry = self.entry(&job.account)?;
        match &job.request {
            Request::Get => found(entry.get_secret()),
            Request::Set(secret) => {
                entry.set_secret(secret)?;
                found(entry.get_secret())
            }
            Request::Delete => match entry.delete_credential() {
                Ok(()) | Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    fn entry(&mut self, account: &str) -> Result<Entry, Error> {
        match &self.backend {
            Backend::Given(store) => {
                self.store = Some(Arc::clone(store));
                store.build(SERVICE, account, None)
            }
            Backend::System => {
                let store = match &self.store {
                    Some(store) => Arc::clone(store),
                    None => Arc::clone(self.store.insert(system::store()?)),
                };
                let label = format!("{SERVICE}: {account}");
                let modifiers: HashMap<&str, &str> = system::modifiers(&label).into_iter().collect();
                store.build(SERVICE, account, Some(&modifiers))
            }
        }
    }
}

fn found(secret: Result<Vec<u8>, Error>) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    match secret {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

fn classify(error: &Error) -> KeychainError {
    match error {
        Error::Ambiguous(_) => KeychainError::Ambiguous,
        // An entry that came and went between two calls: the keychain did not keep it.
        Error::NoEntry => KeychainError::VerifyFailed,
        Error::NoStorageAccess(source) => system::refusal(source.as_ref()).unwrap_or(KeychainError::Locked),
        Error::PlatformFailure(source) => system::refusal(source.as_ref()).unwrap_or(KeychainError::Unavailable),
        _ => KeychainError::Unavailable,
    }
}
