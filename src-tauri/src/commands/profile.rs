//! The way into the profile: set up, locked, unlocked.

use ccc_engine::{Engine, Error as EngineError, Passphrase, RecoveryKey, backup::Progress, export};
use tauri::{State, ipc::Channel};

use crate::{
    commands::backup::hears,
    error::{ApiError, Error},
    state::{AppState, Created, ProfileState, Secret, WaysIn},
};

/// Where the profile stands. The first call opens it where the keychain does.
#[tauri::command]
#[specta::specta]
pub async fn profile_state(state: State<'_, AppState>) -> Result<ProfileState, ApiError> {
    Ok(state.waiting(AppState::view).await?)
}

/// Sets the profile up; the recovery key is shown once.
#[tauri::command]
#[specta::specta]
pub async fn profile_create(
    state: State<'_, AppState>,
    keychain: bool,
    passphrase: Option<String>,
) -> Result<Created, ApiError> {
    let passphrase = passphrase.map(new_passphrase).transpose()?;
    Ok(state
        .waiting(move |state| state.create(keychain, passphrase.as_ref()))
        .await?)
}

/// Makes a new recovery key, to be shown once; the old one opens nothing afterwards. Until it is confirmed, each opening
/// asks for a new one.
#[tauri::command]
#[specta::specta]
pub async fn recovery_renew(state: State<'_, AppState>) -> Result<Created, ApiError> {
    let key = state.with_engine(ccc_engine::Engine::renew_recovery).await?;
    Ok(Created::from(&key))
}

/// Notes that the person has the recovery key; until then each opening asks for a new one to be shown.
#[tauri::command]
#[specta::specta]
pub async fn recovery_confirm(state: State<'_, AppState>) -> Result<(), ApiError> {
    Ok(state.with_engine(ccc_engine::Engine::note_recovery_shown).await?)
}

/// Asks where to save the recovery key, and writes it there; false when the person would not.
#[tauri::command]
#[specta::specta]
pub async fn recovery_save(state: State<'_, AppState>, recovery_key: String) -> Result<bool, ApiError> {
    let key = recovery(&recovery_key)?;
    let save = move |state: &AppState| match state.host().ask_where_to_save("ccc-recovery-key.txt") {
        Some(path) => Ok(export::save_recovery_key(&key, &path).map(|()| true)?),
        None => Ok(false),
    };
    Ok(state.waiting(save).await?)
}

/// Seals everything anew under a new master key, then loads the page anew; `backup_stop` stops it. The passphrase is needed
/// where there is one. The next opening asks for a new recovery key to be shown: the old one opens nothing afterwards.
#[tauri::command]
#[specta::specta]
pub async fn keys_rotate(
    state: State<'_, AppState>,
    passphrase: Option<String>,
    on_progress: Channel<Progress>,
) -> Result<(), ApiError> {
    let passphrase = passphrase.map(opening_passphrase).transpose()?;
    let rotate = move |state: &AppState| state.replace_master_key(passphrase.as_ref(), hears(on_progress));
    Ok(state.waiting(rotate).await?)
}

/// Makes the keychain a way in, again where its entry was lost.
#[tauri::command]
#[specta::specta]
pub async fn keychain_enrol(state: State<'_, AppState>) -> Result<(), ApiError> {
    Ok(state.with_engine(ccc_engine::Engine::enrol_keychain).await?)
}

/// The ways into the open profile.
#[tauri::command]
#[specta::specta]
pub async fn ways_get(state: State<'_, AppState>) -> Result<WaysIn, ApiError> {
    Ok(state.with_engine(|engine| engine.ways().map(WaysIn::from)).await?)
}

/// Sets or replaces the passphrase; the old one opens nothing afterwards.
#[tauri::command]
#[specta::specta]
pub async fn passphrase_set(state: State<'_, AppState>, passphrase: String) -> Result<WaysIn, ApiError> {
    let passphrase = new_passphrase(passphrase)?;
    let set = move |engine: &Engine| {
        engine.set_passphrase(&passphrase)?;
        engine.ways().map(WaysIn::from)
    };
    Ok(state.with_engine(set).await?)
}

/// Takes the passphrase away, where the keychain is a way in.
#[tauri::command]
#[specta::specta]
pub async fn passphrase_remove(state: State<'_, AppState>) -> Result<WaysIn, ApiError> {
    let remove = |engine: &Engine| {
        engine.remove_passphrase()?;
        engine.ways().map(WaysIn::from)
    };
    Ok(state.with_engine(remove).await?)
}

/// Opens the profile with its passphrase or its recovery key: one of the two.
#[tauri::command]
#[specta::specta]
pub async fn profile_unlock(
    state: State<'_, AppState>,
    passphrase: Option<String>,
    recovery_key: Option<String>,
) -> Result<ProfileState, ApiError> {
    let secret = secret(passphrase, recovery_key)?;
    Ok(state.waiting(move |state| state.unlock(&secret)).await?)
}

/// Asks the keychain again.
#[tauri::command]
#[specta::specta]
pub async fn keychain_retry(state: State<'_, AppState>) -> Result<ProfileState, ApiError> {
    Ok(state.waiting(AppState::retry_keychain).await?)
}

/// Keeps running text, drops the keys, and loads the page anew.
#[tauri::command]
#[specta::specta]
pub async fn profile_lock(state: State<'_, AppState>) -> Result<(), ApiError> {
    Ok(state.waiting(AppState::lock).await?)
}

/// What was given: one of the two.
pub(super) fn secret(passphrase: Option<String>, recovery_key: Option<String>) -> Result<Secret, Error> {
    match (passphrase, recovery_key) {
        (Some(text), None) => Ok(Secret::Passphrase(opening_passphrase(text)?)),
        (None, Some(text)) => Ok(Secret::Recovery(recovery(&text)?)),
        _ => Err(Error::Invalid("give the passphrase or the recovery key")),
    }
}

fn opening_passphrase(text: String) -> Result<Passphrase, Error> {
    Passphrase::new(text).map_err(|error| EngineError::from(error).into())
}

/// Checked before anything is made.
fn new_passphrase(text: String) -> Result<Passphrase, Error> {
    let passphrase = opening_passphrase(text)?;
    passphrase.check_new().map_err(EngineError::from)?;
    Ok(passphrase)
}

fn recovery(text: &str) -> Result<RecoveryKey, Error> {
    RecoveryKey::parse(text).map_err(|error| EngineError::from(error).into())
}
