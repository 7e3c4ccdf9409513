//! Whether everything works.

use ccc_engine::{Engine, health::HealthReport, upkeep::UpkeepState};
use tauri::State;

use crate::{error::ApiError, state::AppState};

/// Every check and what was measured, without content.
#[tauri::command]
#[specta::specta]
pub async fn health_report(state: State<'_, AppState>) -> Result<HealthReport, ApiError> {
    Ok(state.with_engine(|engine| Ok(engine.health())).await?)
}

/// Does all of upkeep now, due or not, and says how it stands. A cycle that runs keeps it from beginning.
#[tauri::command]
#[specta::specta]
pub async fn upkeep_run(state: State<'_, AppState>) -> Result<UpkeepState, ApiError> {
    let tend = |engine: &Engine| Ok((engine.upkeep(true)?, engine.upkeep_state()?));
    let (done, upkeep) = state.with_engine(tend).await?;
    state.tell_of_upkeep(&done);
    Ok(upkeep)
}

/// How upkeep stands, also while it is at work.
#[tauri::command]
#[specta::specta]
pub async fn upkeep_state(state: State<'_, AppState>) -> Result<UpkeepState, ApiError> {
    Ok(state.with_engine(Engine::upkeep_state).await?)
}

/// Ends upkeep after the job it is at.
#[tauri::command]
#[specta::specta]
pub async fn upkeep_cancel(state: State<'_, AppState>) -> Result<(), ApiError> {
    let cancel = |engine: &Engine| {
        engine.cancel_upkeep();
        Ok(())
    };
    Ok(state.with_engine(cancel).await?)
}
