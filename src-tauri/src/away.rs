//! Watching for a person who went away: by looking at the clocks, and by the system's word before it sleeps. The same
//! round has the index stored, upkeep done and backups made while nothing runs, and tries to save what could not be.

use crate::state::{AppState, LOOK_EVERY};

/// Watches as long as the app runs.
pub fn watch(state: &AppState) {
    #[cfg(target_os = "linux")]
    sleep::watch(state.clone());
    let state = state.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(error) = state.waiting(AppState::look_after).await {
                tracing::error!(%error, "the profile did not lock by itself");
            }
            if let Err(error) = state.waiting(AppState::tend_index).await {
                tracing::warn!(%error, "the index was not stored");
            }
            if let Err(error) = state.waiting(AppState::tend).await {
                tracing::warn!(%error, "what is due was left for later");
            }
            if let Err(error) = state.waiting(AppState::tend_backups).await {
                tracing::warn!(%error, "backups were not looked after");
            }
        }
    });
}

/// The system's word: logind, over the system's bus. Without it the clocks tell on waking.
#[cfg(target_os = "linux")]
mod sleep {
    use zbus::{
        blocking::{Connection, Proxy},
        zvariant::OwnedFd,
    };

    use crate::state::AppState;

    /// Watches in a thread of its own, which ends where there is no logind.
    pub(super) fn watch(state: AppState) {
        let lock = move || {
            if let Err(error) = state.about_to_sleep() {
                tracing::error!(%error, "the profile did not lock before sleep");
            }
        };
        let watching = move || {
            if let Err(error) = Connection::system().and_then(|bus| follow(&bus, lock)) {
                tracing::info!(%error, "the system does not tell before it sleeps");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("sleep".to_owned()).spawn(watching) {
            tracing::warn!(%error, "nothing watches for sleep but the clocks");
        }
    }

    /// Calls `lock` before each sleep, which waits for it, until the bus is gone.
    pub(super) fn follow(bus: &Connection, lock: impl Fn()) -> zbus::Result<()> {
        let login = Proxy::new(
            bus,
            "org.freedesktop.login1",
            "/org/freedesktop/login1",
            "org.freedesktop.login1.Manager",
        )?;
        let signals = login.receive_signal("PrepareForSleep")?;
        // Held while awake: letting go of it says that we are ready.
        let mut hold = delay(&login);
        for signal in signals {
            if signal.body().deserialize::<bool>()? {
                lock();
                drop(hold.take());
            } else {
                hold = delay(&login);
            }
        }
        Ok(())
    }

    /// Asks that sleep wait for us, for the few seconds the system allows; none where it would not.
    fn delay(login: &Proxy<'_>) -> Option<OwnedFd> {
        let why = ("sleep", "CCC", "Locks before the computer sleeps", "delay");
        login
            .call("Inhibit", &why)
            .inspect_err(|error| tracing::info!(%error, "sleep does not wait for the lock"))
            .ok()
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
