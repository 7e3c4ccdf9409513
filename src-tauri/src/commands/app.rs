//! About the app itself.

/// The version of this build, as in its package: `0.1.0`.
#[tauri::command]
#[specta::specta]
pub fn app_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
