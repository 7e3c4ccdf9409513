//! What the shell asks of the system around it: the page, the dialogs, the browser. Tests stand in their own.

use std::{io, path::PathBuf};

use tauri::{AppHandle, Manager, Runtime, Url};
use tauri_plugin_dialog::DialogExt;

/// The system around the shell.
pub trait Host: Send + Sync {
    /// Loads the window's page anew, so that nothing the old one held is left.
    fn reload(&self);

    /// Asks the person where to save a file, `suggested` by name; none when they would not. Waits for them: not on the
    /// main thread.
    fn ask_where_to_save(&self, suggested: &str) -> Option<PathBuf>;

    /// Asks the person for a folder that is there; none when they would not. Waits for them: not on the main thread.
    fn ask_for_a_folder(&self) -> Option<PathBuf>;

    /// Hands a link to the system's browser or mail program.
    ///
    /// # Errors
    /// When there is none, or it cannot be started.
    fn open_link(&self, url: &Url) -> io::Result<()>;
}

/// The system the app runs on.
pub struct System<R: Runtime>(pub AppHandle<R>);

impl<R: Runtime> Host for System<R> {
    fn reload(&self) {
        for window in self.0.webview_windows().values() {
            if let Err(error) = window.reload() {
                tracing::error!(%error, "the page could not be loaded anew");
            }
        }
    }

    fn ask_where_to_save(&self, suggested: &str) -> Option<PathBuf> {
        if let Some(folder) = tests_folder() {
            return Some(folder.join(suggested));
        }
        let chosen = self.0.dialog().file().set_file_name(suggested).blocking_save_file()?;
        chosen.into_path().ok()
    }

    fn ask_for_a_folder(&self) -> Option<PathBuf> {
        if let Some(folder) = tests_folder() {
            return Some(folder);
        }
        self.0.dialog().file().blocking_pick_folder()?.into_path().ok()
    }

    fn open_link(&self, url: &Url) -> io::Result<()> {
        open::that_detached(url.as_str())
    }
}

/// Where tests of the whole window have files saved, as nothing drives the system's dialogs. Not in a release.
fn tests_folder() -> Option<PathBuf> {
    std::env::var_os("CCC_TEST_SAVE_FOLDER")
        .filter(|_| cfg!(debug_assertions))
        .map(PathBuf::from)
}
