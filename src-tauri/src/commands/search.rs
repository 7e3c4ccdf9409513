//! Search over everything.

use ccc_engine::memory::{SearchRequest, SearchResults};
use tauri::State;

use crate::{error::ApiError, state::AppState};

/// Finds turns in every session. A later search ends this one, which then rejects with `cancelled`.
#[tauri::command]
#[specta::specta]
pub async fn search(state: State<'_, AppState>, request: SearchRequest) -> Result<SearchResults, ApiError> {
    let later = state.begin_search();
    Ok(state.with_engine(move |engine| engine.search(&request, &later)).await?)
}
