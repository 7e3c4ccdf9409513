//! Sessions: made, listed, named, put away, emptied, deleted, exported.

use ccc_domain::{Preferences, Session, SessionId};
use ccc_engine::{
    Error as EngineError, MemoryService, SessionView,
    export::{ExportFormat, ExportReport},
    memory::{NewSession, PendingDeletion, SessionContext, SessionFilter, UNDO_FOR},
};
use tauri::State;

use crate::{changes::ChangeTag, error::ApiError, file_name::file_name, state::AppState};

const LIST: &[ChangeTag] = &[ChangeTag::Sessions];

/// Sessions: pinned ones first, then the last active first.
#[tauri::command]
#[specta::specta]
pub async fn session_list(state: State<'_, AppState>, filter: SessionFilter) -> Result<Vec<SessionView>, ApiError> {
    Ok(state
        .with_engine(move |engine| engine.list_all_sessions(filter))
        .await?)
}

/// Makes a session, in memory alone where `temporary`.
#[tauri::command]
#[specta::specta]
pub async fn session_create(
    state: State<'_, AppState>,
    temporary: bool,
    preferences: Option<Preferences>,
) -> Result<SessionView, ApiError> {
    let new = NewSession {
        preferences: preferences.unwrap_or_default(),
        ..NewSession::default()
    };
    let made = state
        .with_engine(move |engine| engine.new_session(new, temporary))
        .await?;
    state.changed(LIST);
    Ok(made)
}

/// Gives a session a title.
#[tauri::command]
#[specta::specta]
pub async fn session_rename(
    state: State<'_, AppState>,
    session_id: SessionId,
    title: String,
) -> Result<SessionView, ApiError> {
    change(&state, session_id, move |memory| {
        memory.rename_session(session_id, &title)
    })
    .await
}

/// Shows a session first, or no longer.
#[tauri::command]
#[specta::specta]
pub async fn session_pin(
    state: State<'_, AppState>,
    session_id: SessionId,
    pinned: bool,
) -> Result<SessionView, ApiError> {
    change(&state, session_id, move |memory| memory.pin_session(session_id, pinned)).await
}

/// Makes a session read-only.
#[tauri::command]
#[specta::specta]
pub async fn session_archive(state: State<'_, AppState>, session_id: SessionId) -> Result<SessionView, ApiError> {
    change(&state, session_id, move |memory| memory.archive_session(session_id)).await
}

/// Makes an archived session active again.
#[tauri::command]
#[specta::specta]
pub async fn session_restore(state: State<'_, AppState>, session_id: SessionId) -> Result<SessionView, ApiError> {
    change(&state, session_id, move |memory| memory.restore_session(session_id)).await
}

/// Sets a session's preferences.
#[tauri::command]
#[specta::specta]
pub async fn session_preferences_set(
    state: State<'_, AppState>,
    session_id: SessionId,
    preferences: Preferences,
) -> Result<SessionView, ApiError> {
    change(&state, session_id, move |memory| {
        memory.set_preferences(session_id, preferences)
    })
    .await
}

/// Destroys what was said and learned in a session; its title and its preferences stay.
#[tauri::command]
#[specta::specta]
pub async fn session_reset(state: State<'_, AppState>, session_id: SessionId) -> Result<SessionView, ApiError> {
    let emptied = state
        .with_engine(move |engine| engine.reset_session(session_id))
        .await?;
    state.changed(&[ChangeTag::Sessions, ChangeTag::Conversations, ChangeTag::Context]);
    Ok(emptied)
}

/// Takes a session out of sight; it is destroyed when the time to take that back is over.
#[tauri::command]
#[specta::specta]
pub async fn session_delete(state: State<'_, AppState>, session_id: SessionId) -> Result<PendingDeletion, ApiError> {
    let delete = move |space: ccc_engine::Space| {
        space.cycle.interrupt_session(session_id);
        space.memory.delete_session_later(session_id)
    };
    let pending = state.in_session(session_id, delete).await?;
    state.changed(LIST);
    carry_out_later(state.inner().clone());
    Ok(pending)
}

/// Takes a deletion back.
#[tauri::command]
#[specta::specta]
pub async fn session_delete_undo(state: State<'_, AppState>, session_id: SessionId) -> Result<SessionView, ApiError> {
    change(&state, session_id, move |memory| memory.undo_deletion(session_id)).await
}

/// Asks where to save a session, and writes it there; none when the person would not.
#[tauri::command]
#[specta::specta]
pub async fn session_export(
    state: State<'_, AppState>,
    session_id: SessionId,
    format: ExportFormat,
) -> Result<Option<ExportReport>, ApiError> {
    let engine = state.engine()?;
    let export = move |state: &AppState| {
        let title = engine.space_of(session_id)?.memory.get_session(session_id)?.title;
        let Some(path) = state.host().ask_where_to_save(&file_name(&title, format.extension())) else {
            return Ok(None);
        };
        // The dialog asked already whether a file that is there may go.
        Ok(Some(engine.export_session(session_id, format, &path, true)?))
    };
    Ok(state.waiting(export).await?)
}

/// What a session is about.
#[tauri::command]
#[specta::specta]
pub async fn session_context(state: State<'_, AppState>, session_id: SessionId) -> Result<SessionContext, ApiError> {
    let read = move |space: ccc_engine::Space| space.memory.get_session_context(session_id);
    Ok(state.in_session(session_id, read).await?)
}

async fn change(
    state: &AppState,
    session: SessionId,
    work: impl FnOnce(&MemoryService) -> Result<Session, EngineError> + Send + 'static,
) -> Result<SessionView, ApiError> {
    let changed = move |space: ccc_engine::Space| Ok(space.view(work(&space.memory)?));
    let view = state.in_session(session, changed).await?;
    state.changed(LIST);
    Ok(view)
}

/// Carries out what can no longer be taken back, once that is so. What the app's end forestalls is done there.
pub(super) fn carry_out_later(state: AppState) {
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(UNDO_FOR).await;
        let carry_out = |engine: &ccc_engine::Engine| {
            let spaces = engine.spaces();
            spaces
                .iter()
                .try_for_each(|space| space.memory.carry_out_deletions().map(drop))
        };
        // Locked meanwhile: the next opening does it.
        if let Err(error) = state.with_engine(carry_out).await {
            tracing::warn!(%error, "a deletion is left for later");
        }
    });
}
