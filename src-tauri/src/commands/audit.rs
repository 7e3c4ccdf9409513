//! The audit trail: read, verified, exported.

use ccc_engine::audit::{AuditEntry, AuditFilter, AuditKind, ChainReport};
use tauri::State;

use crate::{error::ApiError, state::AppState};

/// The most entries of one answer.
const PAGE: u32 = 200;

/// The entries that `filter` lets through, newest first, at most 200; its `before` gives the next ones.
#[tauri::command]
#[specta::specta]
pub async fn audit_list(state: State<'_, AppState>, filter: AuditFilter) -> Result<Vec<AuditEntry>, ApiError> {
    Ok(state
        .with_engine(move |engine| engine.audit.find(&filter, PAGE))
        .await?)
}

/// The kinds of operations there are entries of.
#[tauri::command]
#[specta::specta]
pub async fn audit_kinds(state: State<'_, AppState>) -> Result<Vec<AuditKind>, ApiError> {
    Ok(state.with_engine(|engine| engine.audit.kinds()).await?)
}

/// Recomputes the whole chain and looks for its end.
#[tauri::command]
#[specta::specta]
pub async fn audit_verify(state: State<'_, AppState>) -> Result<ChainReport, ApiError> {
    Ok(state.with_engine(|engine| engine.audit.verify()).await?)
}

/// Takes the trail as it is now for whole, as after data was restored on purpose.
#[tauri::command]
#[specta::specta]
pub async fn audit_accept(state: State<'_, AppState>) -> Result<ChainReport, ApiError> {
    let accept = |engine: &ccc_engine::Engine| {
        engine.audit.accept()?;
        engine.audit.verify()
    };
    Ok(state.with_engine(accept).await?)
}

/// Asks where to save the whole trail, and writes it there; how many entries, none when the person would not.
#[tauri::command]
#[specta::specta]
pub async fn audit_export(state: State<'_, AppState>) -> Result<Option<u32>, ApiError> {
    let engine = state.engine()?;
    let export = move |state: &AppState| match state.host().ask_where_to_save("CCC audit trail.json") {
        Some(path) => {
            let entries = engine.audit.export(&path, true)?;
            Ok(Some(u32::try_from(entries).unwrap_or(u32::MAX)))
        }
        None => Ok(None),
    };
    Ok(state.waiting(export).await?)
}
