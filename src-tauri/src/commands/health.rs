//! Whether everything works.

use ccc_engine::health::HealthReport;
use tauri::State;

use crate::{error::ApiError, state::AppState};

/// Every check and what was measured, without content.
#[tauri::command]
#[specta::specta]
pub async fn health_report(state: State<'_, AppState>) -> Result<HealthReport, ApiError> {
    Ok(state.with_engine(|engine| Ok(engine.health())).await?)
}
