//! A credential store that misbehaves in the ways real ones do.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    any::Any,
    collections::HashMap,
    io::{Error as IoError, ErrorKind},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use ccc_vault::Keychain;
use keyring_core::{
    Credential, CredentialStore, Entry, Error, Result,
    api::{CredentialApi, CredentialStoreApi},
};

/// How the store behaves from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mood {
    Honest,
    /// No such service.
    Absent,
    Locked,
    Denied,
    Ambiguous,
    /// Takes secrets and gives these bytes back.
    Answers(Vec<u8>),
    /// Gives what it has and takes nothing.
    ReadOnly,
    /// Takes secrets and then has no entry.
    Forgets,
    /// Takes secrets and then fails.
    SetsButFails,
    /// Answers only after [`Store::release`].
    Hangs,
    Panics,
}

/// How often each operation reached the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    pub gets: u32,
    pub sets: u32,
    pub deletes: u32,
}

pub struct Store {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mood: Mood,
    entries: HashMap<String, Vec<u8>>,
    calls: Calls,
}

struct Item(Arc<Store>, String);

impl Store {
    pub fn new() -> Arc<Self> {
        let state = State {
            mood: Mood::Honest,
            entries: HashMap::new(),
            calls: Calls::default(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    pub fn keychain(self: &Arc<Self>) -> Keychain {
        let store: Arc<CredentialStore> = Arc::new(Handle(Arc::clone(self)));
        Keychain::with_store(store).with_limits(Duration::from_secs(20), Duration::from_secs(20))
    }

    pub fn set_mood(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
        self.changed.notify_all();
    }

    /// Lets a hanging call finish honestly.
    pub fn release(&self) {
        self.set_mood(Mood::Honest);
    }

    pub fn calls(&self) -> Calls {
        self.state.lock().unwrap().calls
    }

    pub fn entries(&self) -> HashMap<String, Vec<u8>> {
        self.state.lock().unwrap().entries.clone()
    }

    pub fn put(&self, account: &str, secret: &[u8]) {
        self.state
            .lock()
            .unwrap()
            .entries
            .insert(account.to_owned(), secret.to_vec());
    }

    pub fn remove(&self, account: &str) {
        self.state.lock().unwrap().entries.remove(account);
    }

    /// Counts the call and waits while hanging; then the mood and the entries are the caller's.
    fn enter<T>(&self, count: impl FnOnce(&mut Calls), then: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state.lock().unwrap();
        count(&mut state.calls);
        while state.mood == Mood::Hangs {
            state = self.changed.wait(state).unwrap();
        }
        match state.mood {
            Mood::Absent => Err(Error::PlatformFailure(Box::new(IoError::from(ErrorKind::NotFound)))),
            Mood::Locked => Err(Error::NoStorageAccess(Box::new(IoError::other("prompt")))),
            Mood::Denied => Err(Error::NoStorageAccess(Box::new(IoError::from(
                ErrorKind::PermissionDenied,
            )))),
            Mood::Ambiguous => Err(Error::Ambiguous(vec![])),
            Mood::Panics => {
                drop(state);
                panic!("a runtime within a runtime")
            }
            _ => then(&mut state),
        }
    }
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        self.0.enter(
            |calls| calls.sets += 1,
            |state| match state.mood {
                Mood::ReadOnly => Err(Error::NoStorageAccess(Box::new(IoError::from(
                    ErrorKind::ReadOnlyFilesystem,
                )))),
                _ => {
                    state.entries.insert(self.1.clone(), secret.to_vec());
                    Ok(())
                }
            },
        )
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        self.0.enter(
            |calls| calls.gets += 1,
            |state| match &state.mood {
                Mood::Answers(bytes) if state.entries.contains_key(&self.1) => Ok(bytes.clone()),
                Mood::Forgets => Err(Error::NoEntry),
                Mood::SetsButFails if state.entries.contains_key(&self.1) => {
                    Err(Error::PlatformFailure(Box::new(IoError::other("no session"))))
                }
                _ => state.entries.get(&self.1).cloned().ok_or(Error::NoEntry),
            },
        )
    }

    fn delete_credential(&self) -> Result<()> {
        self.0.enter(
            |calls| calls.deletes += 1,
            |state| state.entries.remove(&self.1).map(drop).ok_or(Error::NoEntry),
        )
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Item")
    }
}

struct Handle(Arc<Store>);

impl CredentialStoreApi for Handle {
    fn vendor(&self) -> String {
        "nasty".into()
    }

    fn id(&self) -> String {
        "nasty".into()
    }

    fn build(&self, _: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry> {
        Ok(Entry::new_with_credential(Arc::new(Item(
            Arc::clone(&self.0),
            user.to_owned(),
        ))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle")
    }
}
