//! A session's summaries: written by the person or a model, and the older ones.

use ccc_domain::{ContextSummary, SessionId};
use ccc_engine::Engine;
use tauri::State;

use crate::{changes::ChangeTag, error::ApiError, state::AppState};

const CONTEXT: &[ChangeTag] = &[ChangeTag::Context];

/// The summaries of a session, newest first.
#[tauri::command]
#[specta::specta]
pub async fn summary_list(state: State<'_, AppState>, session_id: SessionId) -> Result<Vec<ContextSummary>, ApiError> {
    let read = move |space: ccc_engine::Space| space.memory.list_summaries(session_id);
    Ok(state.in_session(session_id, read).await?)
}

/// Stores what the person wrote as a session's summary; the older ones stay.
#[tauri::command]
#[specta::specta]
pub async fn summary_edit(
    state: State<'_, AppState>,
    session_id: SessionId,
    text: String,
) -> Result<ContextSummary, ApiError> {
    let edit = move |space: ccc_engine::Space| space.memory.update_context_summary(session_id, &text);
    let summary = state.in_session(session_id, edit).await?;
    state.changed(CONTEXT);
    Ok(summary)
}

/// Has a session's summary written by the model its cycles ask. One request, which costs what its summary says.
#[tauri::command]
#[specta::specta]
pub async fn summary_write(state: State<'_, AppState>, session_id: SessionId) -> Result<ContextSummary, ApiError> {
    let prepare = move |engine: &Engine| {
        Ok((
            engine.space_of(session_id)?,
            engine.cycle_options(session_id, false, None)?,
        ))
    };
    let (space, options) = state.with_engine(prepare).await?;
    let summary = space.write_summary(session_id, &options).await?;
    state.changed(CONTEXT);
    Ok(summary)
}
