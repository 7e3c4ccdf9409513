//! What was said, and what of it would be given to a cycle.

use ccc_domain::{Context, Conversation, ConversationId, Receipt, SessionId, Tray, TurnId};
use ccc_engine::{
    ConversationHistory, Engine,
    memory::{ContextRequest, PendingErasure, RelatedConversation, Target},
};
use tauri::State;

use super::session::carry_out_later;
use crate::{changes::ChangeTag, error::ApiError, state::AppState};

/// What changes when a turn or a conversation goes or comes back.
const SAID: &[ChangeTag] = &[ChangeTag::Sessions, ChangeTag::Conversations, ChangeTag::Context];

/// The conversations of a session, oldest first.
#[tauri::command]
#[specta::specta]
pub async fn conversation_list(
    state: State<'_, AppState>,
    session_id: SessionId,
) -> Result<Vec<Conversation>, ApiError> {
    Ok(state
        .in_session(session_id, move |space| space.conversations(session_id))
        .await?)
}

/// The turns of conversations, in the order asked for.
#[tauri::command]
#[specta::specta]
pub async fn conversation_turns(
    state: State<'_, AppState>,
    conversation_ids: Vec<ConversationId>,
) -> Result<Vec<ConversationHistory>, ApiError> {
    let read = move |engine: &Engine| {
        let ids = conversation_ids.into_iter();
        ids.map(|id| engine.space_of_conversation(id)?.history(id)).collect()
    };
    Ok(state.with_engine(read).await?)
}

/// Other conversations about the same, best first, at most `limit`.
#[tauri::command]
#[specta::specta]
pub async fn conversation_related(
    state: State<'_, AppState>,
    conversation_id: ConversationId,
    limit: u32,
) -> Result<Vec<RelatedConversation>, ApiError> {
    let read = move |space: ccc_engine::Space| space.memory.related_conversations(conversation_id, limit as usize);
    Ok(state.in_conversation(conversation_id, read).await?)
}

/// What the step that gave this turn was given from memory; none for turns that no step gave.
#[tauri::command]
#[specta::specta]
pub async fn turn_receipt(state: State<'_, AppState>, turn_id: TurnId) -> Result<Option<Receipt>, ApiError> {
    let read = move |engine: &Engine| engine.space_of_turn(turn_id)?.memory.get_receipt(turn_id);
    Ok(state.with_engine(read).await?)
}

/// What a cycle would be given from memory, or of it what `tray` lets through. Stores nothing.
#[tauri::command]
#[specta::specta]
pub async fn context_preview(
    state: State<'_, AppState>,
    session_id: SessionId,
    directive: String,
    tray: Option<Tray>,
) -> Result<Context, ApiError> {
    let preview = move |space: ccc_engine::Space| {
        let (memory, whole) = (&space.memory, ContextRequest::default());
        match tray {
            Some(tray) => memory.get_tray_context(session_id, &directive, &whole, &tray),
            None => memory.get_relevant_context(session_id, &directive, &whole),
        }
    };
    Ok(state.in_session(session_id, preview).await?)
}

/// Takes a turn out of sight, after ending the cycles of its session; its text is destroyed when the time to take that
/// back is over.
#[tauri::command]
#[specta::specta]
pub async fn turn_delete(state: State<'_, AppState>, turn_id: TurnId) -> Result<PendingErasure, ApiError> {
    delete(&state, move |engine| engine.delete_turn_later(turn_id)).await
}

/// As for a turn, of a conversation with all its turns.
#[tauri::command]
#[specta::specta]
pub async fn conversation_delete(
    state: State<'_, AppState>,
    conversation_id: ConversationId,
) -> Result<PendingErasure, ApiError> {
    delete(&state, move |engine| engine.delete_conversation_later(conversation_id)).await
}

/// Takes the deletion of a turn or a conversation back.
#[tauri::command]
#[specta::specta]
pub async fn erasure_undo(state: State<'_, AppState>, target: Target) -> Result<(), ApiError> {
    state.with_engine(move |engine| engine.undo_erasure(target)).await?;
    state.changed(SAID);
    Ok(())
}

async fn delete(
    state: &State<'_, AppState>,
    delete: impl FnOnce(&Engine) -> Result<PendingErasure, ccc_engine::Error> + Send + 'static,
) -> Result<PendingErasure, ApiError> {
    let pending = state.with_engine(delete).await?;
    state.changed(SAID);
    carry_out_later(state.inner().clone());
    Ok(pending)
}
