//! The window of CCC, as a library so that tests reach it.
//!
//! It opens one webview on the built `ui/`, offers it the typed commands of [`ipc`], and holds it inside: no navigation,
//! no second window, no network of its own. A command is a few lines that call the engine; nothing is decided here.
//!
//! It refuses to let the webview reach anything by default: a command runs only when `src-tauri/permissions` describes
//! it and `src-tauri/capabilities` grants it to the window.
//!
//! Start reading at [`run`], then `window.rs` for the containment and `commands/` for what the UI may ask.

mod commands;
pub mod ipc;
mod window;

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`tauri::Error`] when the webview, its window or the app's own configuration cannot be set up.
pub fn run() -> tauri::Result<()> {
    let ipc = ipc::builder();
    tauri::Builder::default()
        .invoke_handler(ipc.invoke_handler())
        .setup(|app| Ok(window::open(app.handle())?))
        .run(tauri::generate_context!())
}
