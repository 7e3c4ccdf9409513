//! Cycles: begun, gone on with, followed and stopped. What they say comes over a channel.

use ccc_domain::{Agent, ConversationId, SessionId, Step, Tray};
use ccc_engine::{
    Engine,
    cycle::{
        CycleOptions, CycleUpdate, Order,
        live::{CycleBatch, CycleSnapshot, Listener},
    },
};
use serde::Deserialize;
use tauri::{State, ipc::Channel};

use crate::{changes::ChangeTag, error::ApiError, state::AppState};

/// A new cycle.
#[derive(Deserialize, specta::Type)]
pub struct CycleParams {
    /// Where.
    pub session_id: SessionId,
    /// What is asked for.
    pub directive: String,
    /// False runs the plain cycle, whatever the session prefers.
    pub memory: bool,
    /// The conversation whose directive was edited.
    pub branch_of: Option<ConversationId>,
    /// What the person let through of the memory that was shown before; none takes it as it is chosen.
    pub tray: Option<Tray>,
}

/// Runs a new cycle. Returns once the directive is durable.
#[tauri::command]
#[specta::specta]
pub async fn cycle_run(
    state: State<'_, AppState>,
    params: CycleParams,
    on_batch: Channel<CycleBatch>,
) -> Result<CycleSnapshot, ApiError> {
    let order = Order::Run {
        session: params.session_id,
        directive: params.directive,
        branch_of: params.branch_of,
    };
    start(&state, order, params.memory, params.tray, on_batch).await
}

/// Goes on with a cycle where it stopped.
#[tauri::command]
#[specta::specta]
pub async fn cycle_resume(
    state: State<'_, AppState>,
    conversation_id: ConversationId,
    memory: bool,
    on_batch: Channel<CycleBatch>,
) -> Result<CycleSnapshot, ApiError> {
    start(&state, Order::Resume(conversation_id), memory, None, on_batch).await
}

/// Answers what an escalated cycle asked, and goes on with it.
#[tauri::command]
#[specta::specta]
pub async fn cycle_answer(
    state: State<'_, AppState>,
    conversation_id: ConversationId,
    answer: String,
    memory: bool,
    on_batch: Channel<CycleBatch>,
) -> Result<CycleSnapshot, ApiError> {
    start(&state, Order::Answer(conversation_id, answer), memory, None, on_batch).await
}

/// Does a step again, and those after it.
#[tauri::command]
#[specta::specta]
pub async fn cycle_retry_step(
    state: State<'_, AppState>,
    conversation_id: ConversationId,
    step: Step,
    memory: bool,
    on_batch: Channel<CycleBatch>,
) -> Result<CycleSnapshot, ApiError> {
    start(&state, Order::Retry(conversation_id, step), memory, None, on_batch).await
}

/// Where a running cycle stands; what comes after follows over the channel. None where none runs.
#[tauri::command]
#[specta::specta]
pub async fn cycle_attach(
    state: State<'_, AppState>,
    conversation_id: ConversationId,
    on_batch: Channel<CycleBatch>,
) -> Result<Option<CycleSnapshot>, ApiError> {
    let listener = listener(&state, on_batch);
    let attach = move |space: ccc_engine::Space| Ok(space.cycle.attach(conversation_id, listener));
    Ok(state.in_conversation(conversation_id, attach).await?)
}

/// Stops a running cycle; its text is kept. Returns before it has ended.
#[tauri::command]
#[specta::specta]
pub async fn cycle_stop(state: State<'_, AppState>, conversation_id: ConversationId) -> Result<(), ApiError> {
    let stop = move |space: ccc_engine::Space| space.cycle.stop(conversation_id);
    Ok(state.in_conversation(conversation_id, stop).await?)
}

/// Gives an order where its session lives.
async fn start(
    state: &AppState,
    order: Order,
    memory: bool,
    tray: Option<Tray>,
    on_batch: Channel<CycleBatch>,
) -> Result<CycleSnapshot, ApiError> {
    let prepare = move |engine: &Engine| {
        let (space, session) = match &order {
            Order::Run { session, .. } => (engine.space_of(*session)?, *session),
            Order::Resume(id) | Order::Answer(id, _) | Order::Retry(id, _) => {
                let space = engine.space_of_conversation(*id)?;
                let session = space.memory.get_conversation(*id)?.session_id;
                (space, session)
            }
        };
        let directive = match &order {
            Order::Run { directive, .. } => Some(directive.as_str()),
            _ => None,
        };
        let options = CycleOptions {
            tray,
            ..engine.cycle_options(session, memory, directive)?
        };
        Ok((space, options, order))
    };
    let (space, options, order) = state.with_engine(prepare).await?;
    Ok(space.cycle.start(order, options, listener(state, on_batch)).await?)
}

/// Sends what it hears over `channel`, and tells the window what else that changed.
fn listener(state: &AppState, channel: Channel<CycleBatch>) -> Listener {
    let state = state.clone();
    Box::new(move |batch| {
        let heard = channel.send(batch.clone()).is_ok();
        if batch.ended.is_some() {
            state.changed(&[ChangeTag::Sessions, ChangeTag::Context]);
        } else if batch.updates.iter().any(is_persons_word) {
            state.changed(&[ChangeTag::Sessions]);
        }
        heard
    })
}

/// A directive or an answer: it moves its session to the top and may name it.
fn is_persons_word(update: &CycleUpdate) -> bool {
    matches!(update, CycleUpdate::TurnStored { turn } if turn.agent == Agent::Wykeve)
}
