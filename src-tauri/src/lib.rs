//! The window of CCC, as a library so that tests reach it.
//!
//! It takes the profile's lock, opens one webview on the built `ui/`, offers it the typed commands of [`ipc`], and holds
//! it inside: no navigation, no second window, no network of its own. A command is a few lines that call the engine;
//! nothing is decided here but where the profile stands ([`state`]). What a command waits for, it waits for off the main
//! thread.
//!
//! It refuses to let the webview reach anything by default: a command runs only when `src-tauri/permissions` describes
//! it and `src-tauri/capabilities` grants it to the window. The webview never names a path and never gets a key but the
//! recovery key, once. A second instance over the same data directory says so and ends.
//!
//! Logs are the engine's own, by `tracing`. The log plugin is not used: its records would be those of libraries, which
//! may hold what ours never do, and it would add a command the webview could write with.
//!
//! Start reading at [`run`], then `state.rs` for the profile's life, `window.rs` for the containment and `commands/` for
//! what the UI may ask.

mod away;
mod changes;
mod commands;
mod error;
mod file_name;
mod host;
pub mod ipc;
mod links;
#[cfg(target_os = "linux")]
mod page_process;
pub mod painting;
mod refusal;
pub mod state;
mod window;

use std::path::PathBuf;

use ccc_engine::{Error, Keychain, Profile, logging};
use tauri::{Manager, RunEvent};
use tauri_plugin_window_state::StateFlags;

use crate::{host::System, state::AppState};

/// Opens the window and returns when it is closed. Where the profile cannot be had it says why and ends with the exit
/// status of that failure, 3 when another CCC has it. To be called before anything else, on the program's only thread.
///
/// # Errors
/// [`tauri::Error`] when the webview, its window or the app's own configuration cannot be set up.
pub fn run() -> tauri::Result<()> {
    #[cfg(target_os = "linux")]
    page_process::instruct();
    ccc_engine::core_dumps::forbid();
    match profile() {
        Ok(profile) => open(profile),
        Err(error) => refusal::show(&error, context()),
    }
}

/// Begins to open the profile while the webview's own processes start, which takes longer: the page's first question then
/// finds the answer. Earlier it would take computing from the making of the window. A failure is not lost, as the page's own
/// asking meets it again.
fn look_early(state: &AppState) {
    let state = state.clone();
    drop(tauri::async_runtime::spawn_blocking(move || state.view()));
}

/// The one place that embeds the UI and the configuration.
fn context() -> tauri::Context {
    tauri::generate_context!()
}

/// The data directory's profile: of CCC_DATA_DIR, else of the system's place for it.
fn profile() -> Result<Profile, Error> {
    let directory = match std::env::var_os("CCC_DATA_DIR") {
        Some(directory) if !directory.is_empty() => PathBuf::from(directory),
        _ => Profile::default_directory()?,
    };
    Profile::acquire(&directory, Keychain::system())
}

fn open(profile: Profile) -> tauri::Result<()> {
    let ipc = ipc::builder::<tauri::Wry>();
    // Without a log everything else still works.
    let log = logging::start(&profile.logs()).ok();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .invoke_handler(ipc.invoke_handler())
        .on_page_load(window::page_loads)
        .setup(move |app| {
            let host = Box::new(System(app.handle().clone()));
            let state = AppState::new(profile, host, log);
            app.manage(state.clone());
            window::open(app.handle())?;
            look_early(&state);
            away::watch(&state);
            Ok(())
        })
        .build(context())?;
    app.run(|app, event| {
        if matches!(event, RunEvent::Exit) {
            app.state::<AppState>().close();
        }
    });
    Ok(())
}
