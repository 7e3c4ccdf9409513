//! About the app itself, and what holds for all of it.

use ccc_engine::settings::AppSettings;
use serde::Serialize;
use tauri::{State, ipc::Channel};

use crate::{
    changes::{ChangeTag, Changed},
    error::ApiError,
    links,
    state::AppState,
};

/// What a person may want to know about this app.
#[derive(Serialize, specta::Type)]
pub struct AppInfo {
    /// The version of this build, as in its package: `0.1.0`.
    pub version: String,
    /// Where the profile is.
    pub data_directory: String,
}

/// About this app.
#[tauri::command]
#[specta::specta]
pub fn app_info(state: State<'_, AppState>) -> AppInfo {
    AppInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_directory: state.profile().directory().display().to_string(),
    }
}

/// What the person set for the whole app.
#[tauri::command]
#[specta::specta]
pub async fn settings_get(state: State<'_, AppState>) -> Result<AppSettings, ApiError> {
    Ok(state.with_engine(|engine| engine.settings.app()).await?)
}

/// Sets what holds for the whole app.
#[tauri::command]
#[specta::specta]
pub async fn settings_set(state: State<'_, AppState>, settings: AppSettings) -> Result<AppSettings, ApiError> {
    let set = settings.clone();
    state.with_engine(move |engine| engine.settings.set_app(&set)).await?;
    state.changed(&[ChangeTag::Settings]);
    Ok(settings)
}

/// Tells the page of changes from now on, until it is left.
#[tauri::command]
#[specta::specta]
pub fn changes_subscribe(state: State<'_, AppState>, on_change: Channel<Changed>) {
    state.changes().subscribe(on_change);
}

/// The person did something: the time after which the profile locks begins anew. The page calls it every few seconds at
/// most.
#[tauri::command]
#[specta::specta]
pub fn activity_note(state: State<'_, AppState>) {
    state.note_activity();
}

/// Opens a link outside the window: to the web or to mail alone.
#[tauri::command]
#[specta::specta]
pub async fn link_open(state: State<'_, AppState>, url: String) -> Result<(), ApiError> {
    let url = links::allowed(&url)?;
    let open = move |state: &AppState| state.host().open_link(&url);
    Ok(state
        .waiting(move |state| open(state).map_err(|e| crate::error::Error::Link(e.kind())))
        .await?)
}
