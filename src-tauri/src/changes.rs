//! Telling the window that something changed behind its back.
//!
//! Over a channel the window opens itself: Tauri's own events would need a permission that lets the webview listen to
//! everything, and none of Tauri's permissions is granted to it.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tauri::ipc::Channel;

/// A kind of thing that changed, so that it can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum ChangeTag {
    /// Where the profile stands.
    Profile,
    /// The list of sessions, or one of them.
    Sessions,
    /// The conversations of a session, other than by a running cycle.
    Conversations,
    /// What a session is about.
    Context,
    /// The providers.
    Providers,
    /// What is set for the whole app.
    Settings,
    /// The turns that wait to be saved.
    Waiting,
    /// The backups, or what is set about them.
    Backups,
    /// Nothing: the person wants to close the window, which would lose the turns that wait.
    Closing,
}

/// Something changed: sent after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Changed {
    /// What.
    pub tags: Vec<ChangeTag>,
}

/// Who wants to know.
#[derive(Default)]
pub struct Changes(Mutex<Vec<Channel<Changed>>>);

impl Changes {
    /// Tells `channel` from now on.
    pub fn subscribe(&self, channel: Channel<Changed>) {
        self.channels().push(channel);
    }

    /// Tells everyone; who is gone is dropped.
    pub fn tell(&self, tags: &[ChangeTag]) {
        let changed = Changed { tags: tags.to_vec() };
        self.channels().retain(|channel| channel.send(changed.clone()).is_ok());
    }

    /// Forgets everyone, as when the page they were on is gone.
    pub fn forget(&self) {
        self.channels().clear();
    }

    fn channels(&self) -> std::sync::MutexGuard<'_, Vec<Channel<Changed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
