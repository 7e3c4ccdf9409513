//! Who may be asked.

use ccc_engine::{
    ApiKey, Engine, Error as EngineError,
    providers::{DiscoveredServer, ProviderEntry, ProviderList, Providers, TestReport, discover},
};
use tauri::State;

use crate::{changes::ChangeTag, error::ApiError, state::AppState};

/// Every provider the person set up.
#[tauri::command]
#[specta::specta]
pub async fn provider_list(state: State<'_, AppState>) -> Result<ProviderList, ApiError> {
    Ok(state.with_engine(|engine| engine.providers.overview()).await?)
}

/// Adds a provider, or replaces the one of that name. Without a key the one that is there stays.
#[tauri::command]
#[specta::specta]
pub async fn provider_add(
    state: State<'_, AppState>,
    entry: ProviderEntry,
    api_key: Option<String>,
) -> Result<ProviderList, ApiError> {
    change(&state, move |engine| engine.providers.add(entry, api_key.as_deref())).await
}

/// Asks an endpoint without storing anything.
#[tauri::command]
#[specta::specta]
pub async fn provider_test(
    state: State<'_, AppState>,
    entry: ProviderEntry,
    api_key: Option<String>,
) -> Result<TestReport, ApiError> {
    let draft = move |engine: &Engine| engine.providers.draft(&entry, api_key.map(ApiKey::new));
    let endpoint = state.with_engine(draft).await?;
    Ok(Providers::test(&endpoint).await?)
}

/// The models a provider lists, sorted.
#[tauri::command]
#[specta::specta]
pub async fn provider_models(state: State<'_, AppState>, name: String) -> Result<Vec<String>, ApiError> {
    let endpoint = state
        .with_engine(move |engine| engine.providers.connect_openai(&name, None))
        .await?;
    Ok(endpoint.models().await.map_err(EngineError::from)?)
}

/// Makes a provider the one used when none is named.
#[tauri::command]
#[specta::specta]
pub async fn provider_prefer(state: State<'_, AppState>, name: String) -> Result<ProviderList, ApiError> {
    change(&state, move |engine| engine.providers.prefer(&name)).await
}

/// Removes a provider and its key.
#[tauri::command]
#[specta::specta]
pub async fn provider_remove(state: State<'_, AppState>, name: String) -> Result<ProviderList, ApiError> {
    change(&state, move |engine| engine.providers.remove(&name)).await
}

/// Model servers on the usual ports of this machine.
#[tauri::command]
#[specta::specta]
pub async fn provider_discover() -> Vec<DiscoveredServer> {
    discover().await
}

async fn change(
    state: &AppState,
    work: impl FnOnce(&Engine) -> Result<(), EngineError> + Send + 'static,
) -> Result<ProviderList, ApiError> {
    let changed = move |engine: &Engine| work(engine).and_then(|()| engine.providers.overview());
    let list = state.with_engine(changed).await?;
    state.changed(&[ChangeTag::Providers]);
    Ok(list)
}
