//! Turns that could not be saved yet: which, trying again, and having them exported.

use ccc_engine::{
    Engine,
    export::{ExportFormat, ExportReport},
    memory::WaitingTurns,
};
use tauri::State;

use crate::{error::ApiError, state::AppState};

/// The turns that wait to be saved; none where all are.
#[tauri::command]
#[specta::specta]
pub async fn waiting_turns(state: State<'_, AppState>) -> Result<Option<WaitingTurns>, ApiError> {
    Ok(state.with_engine(|engine| Ok(engine.waiting())).await?)
}

/// Tries to save them now, and says what still waits.
#[tauri::command]
#[specta::specta]
pub async fn waiting_write(state: State<'_, AppState>) -> Result<Option<WaitingTurns>, ApiError> {
    let write = |engine: &Engine| {
        engine
            .spaces()
            .iter()
            .for_each(|space| _ = space.memory.write_waiting());
        Ok(engine.waiting())
    };
    let waiting = state.with_engine(write).await?;
    state.tell_of_waiting();
    Ok(waiting)
}

/// Asks where to save them, and writes them there; none when the person would not. They go on waiting.
#[tauri::command]
#[specta::specta]
pub async fn waiting_export(
    state: State<'_, AppState>,
    format: ExportFormat,
) -> Result<Option<ExportReport>, ApiError> {
    let engine = state.engine()?;
    let export = move |state: &AppState| {
        let name = format!("CCC turns not saved yet.{}", format.extension());
        let Some(path) = state.host().ask_where_to_save(&name) else {
            return Ok(None);
        };
        Ok(Some(engine.export_waiting(format, &path, true)?))
    };
    Ok(state.waiting(export).await?)
}
