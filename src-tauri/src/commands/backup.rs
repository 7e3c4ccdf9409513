//! Backups: made, listed, verified, tried out, restored. The person chooses folders in the system's own dialogs.

use std::path::Path;

use ccc_domain::{Session, SessionId};
use ccc_engine::{
    Engine,
    backup::{
        BackupInfo, BackupSettings, BackupState, FoundBackup, Progress, Returned, Tried, directory_of, found_in,
        restore::Restored,
    },
    salvage::SalvageReport,
};
use serde::Serialize;
use tauri::{State, ipc::Channel};

use crate::{
    changes::ChangeTag,
    commands::profile::secret,
    error::{ApiError, Error},
    state::{AppState, Secret},
};

const LIST: &[ChangeTag] = &[ChangeTag::Backups];

/// All there is to see of backups.
#[derive(Debug, Serialize, specta::Type)]
pub struct BackupOverview {
    /// Every backup that can be reached, newest first.
    pub backups: Vec<BackupInfo>,
    /// What was last made, tried out, and what is still to be reached.
    pub state: BackupState,
    /// What the person set.
    pub settings: BackupSettings,
    /// The profile's own folder for backups.
    pub own_folder: String,
}

/// Where a profile that is not open can be restored from.
#[derive(Debug, Serialize, specta::Type)]
pub struct BackupSource {
    /// The folder.
    pub folder: String,
    /// The backups in it, newest first, as they describe themselves.
    pub backups: Vec<FoundBackup>,
}

/// A copy that was restored beside, and where.
#[derive(Debug, Serialize, specta::Type)]
pub struct RestoredBeside {
    /// What came back.
    pub restored: Restored,
    /// The new profile's directory.
    pub directory: String,
}

/// All there is to see of backups. Reads no data file.
#[tauri::command]
#[specta::specta]
pub async fn backup_overview(state: State<'_, AppState>) -> Result<BackupOverview, ApiError> {
    let own_folder = directory_of(state.profile().directory())?.display().to_string();
    let look = |engine: &Engine| {
        Ok(BackupOverview {
            backups: engine.backups.list()?,
            state: engine.backups.state()?,
            settings: engine.backups.settings()?,
            own_folder,
        })
    };
    Ok(state.with_engine(look).await?)
}

/// Makes a backup now, verifies it, and prunes older ones.
#[tauri::command]
#[specta::specta]
pub async fn backup_make(state: State<'_, AppState>, on_progress: Channel<Progress>) -> Result<BackupInfo, ApiError> {
    let watch = state.backup_watch(hears(on_progress));
    let made = state.with_engine(move |engine| engine.backups.make(&watch)).await;
    state.changed(LIST);
    Ok(made?)
}

/// Ends what is being made, verified or restored.
#[tauri::command]
#[specta::specta]
pub fn backup_stop(state: State<'_, AppState>) {
    state.stop_backup();
}

/// Verifies every copy of a backup; how many turns were opened.
#[tauri::command]
#[specta::specta]
pub async fn backup_verify(
    state: State<'_, AppState>,
    name: String,
    on_progress: Channel<Progress>,
) -> Result<u32, ApiError> {
    let watch = state.backup_watch(hears(on_progress));
    let verified = state
        .with_engine(move |engine| engine.backups.verify(&name, &watch))
        .await;
    state.changed(LIST);
    Ok(u32::try_from(verified?).unwrap_or(u32::MAX))
}

/// Restores the newest backup into a directory of its own, reads it back, and removes it.
#[tauri::command]
#[specta::specta]
pub async fn backup_drill(state: State<'_, AppState>, on_progress: Channel<Progress>) -> Result<Tried, ApiError> {
    let watch = state.backup_watch(hears(on_progress));
    let tried = state.with_engine(move |engine| engine.backups.drill(&watch)).await;
    state.changed(LIST);
    Ok(tried?)
}

/// Whether backups are made by themselves.
#[tauri::command]
#[specta::specta]
pub async fn backup_automatic_set(state: State<'_, AppState>, automatic: bool) -> Result<BackupSettings, ApiError> {
    set(&state, move |settings| BackupSettings { automatic, ..settings }).await
}

/// Asks for a folder that gets every backup too; none when the person would not.
#[tauri::command]
#[specta::specta]
pub async fn backup_folder_choose(state: State<'_, AppState>) -> Result<Option<BackupSettings>, ApiError> {
    let Some(folder) = state.waiting(|state| Ok(state.host().ask_for_a_folder())).await? else {
        return Ok(None);
    };
    let folder = Some(folder.display().to_string());
    Ok(Some(
        set(&state, move |settings| BackupSettings { folder, ..settings }).await?,
    ))
}

/// Lets the chosen folder get no more backups. Deletions go on to reach those that lie there.
#[tauri::command]
#[specta::specta]
pub async fn backup_folder_leave(state: State<'_, AppState>) -> Result<BackupSettings, ApiError> {
    set(&state, |settings| BackupSettings {
        folder: None,
        ..settings
    })
    .await
}

/// Gives up a known folder that will not come back.
#[tauri::command]
#[specta::specta]
pub async fn backup_folder_forget(state: State<'_, AppState>, folder: String) -> Result<(), ApiError> {
    state
        .with_engine(move |engine| engine.backups.forget_folder(&folder))
        .await?;
    state.changed(LIST);
    Ok(())
}

/// The sessions of a backup that can be brought back.
#[tauri::command]
#[specta::specta]
pub async fn backup_sessions(state: State<'_, AppState>, name: String) -> Result<Vec<Session>, ApiError> {
    Ok(state
        .with_engine(move |engine| engine.backups.sessions_in(&name))
        .await?)
}

/// Brings sessions back: gone ones as they were, others as copies beside what is there.
#[tauri::command]
#[specta::specta]
pub async fn backup_bring_back(
    state: State<'_, AppState>,
    name: String,
    session_ids: Vec<SessionId>,
) -> Result<Vec<Returned>, ApiError> {
    let watch = state.backup_watch(|_| {});
    let bring = move |engine: &Engine| engine.backups.bring_back(&name, &session_ids, &watch);
    let returned = state.with_engine(bring).await?;
    state.changed(&[ChangeTag::Sessions]);
    Ok(returned)
}

/// Asks where, and restores a backup there as a profile of its own; none when the person would not.
#[tauri::command]
#[specta::specta]
pub async fn backup_restore_beside(
    state: State<'_, AppState>,
    name: String,
    on_progress: Channel<Progress>,
) -> Result<Option<RestoredBeside>, ApiError> {
    let engine = state.engine()?;
    let watch = state.backup_watch(hears(on_progress));
    let restore = move |state: &AppState| {
        let Some(target) = state.host().ask_where_to_save(&beside_name(&name)) else {
            return Ok(None);
        };
        Ok(Some(RestoredBeside {
            restored: engine.restore_beside(&name, &target, &watch)?,
            directory: target.display().to_string(),
        }))
    };
    Ok(state.waiting(restore).await?)
}

/// Puts a backup in the place of everything and loads the page anew. A backup of what is there is made first.
#[tauri::command]
#[specta::specta]
pub async fn backup_restore(
    state: State<'_, AppState>,
    name: String,
    on_progress: Channel<Progress>,
) -> Result<Restored, ApiError> {
    Ok(state
        .waiting(move |state| state.restore_backup(&name, hears(on_progress)))
        .await?)
}

/// Makes a new data file of what can still be read of a damaged one, and of the newest backup; the damaged one is kept
/// aside. For a profile that does not open. The keychain opens its keys, else one of the two secrets does.
#[tauri::command]
#[specta::specta]
pub async fn data_salvage(
    state: State<'_, AppState>,
    passphrase: Option<String>,
    recovery_key: Option<String>,
    on_progress: Channel<Progress>,
) -> Result<SalvageReport, ApiError> {
    let secret = secret_or_keychain(passphrase, recovery_key)?;
    Ok(state
        .waiting(move |state| state.salvage(secret.as_ref(), hears(on_progress)))
        .await?)
}

/// What a profile that is not open can be restored from.
#[tauri::command]
#[specta::specta]
pub async fn backup_source(state: State<'_, AppState>) -> Result<BackupSource, ApiError> {
    Ok(state.waiting(source).await?)
}

/// Asks for the folder to restore from; none when the person would not.
#[tauri::command]
#[specta::specta]
pub async fn backup_source_choose(state: State<'_, AppState>) -> Result<Option<BackupSource>, ApiError> {
    let choose = |state: &AppState| {
        let Some(folder) = state.host().ask_for_a_folder() else {
            return Ok(None);
        };
        state.take_backup_folder(folder);
        source(state).map(Some)
    };
    Ok(state.waiting(choose).await?)
}

/// Makes the profile of a backup, in the place of one that does not open. The keychain opens the backup, else one of the two
/// secrets does.
#[tauri::command]
#[specta::specta]
pub async fn profile_restore(
    state: State<'_, AppState>,
    name: String,
    passphrase: Option<String>,
    recovery_key: Option<String>,
    on_progress: Channel<Progress>,
) -> Result<Restored, ApiError> {
    let secret = secret_or_keychain(passphrase, recovery_key)?;
    Ok(state
        .waiting(move |state| state.restore_closed(&name, secret.as_ref(), hears(on_progress)))
        .await?)
}

fn source(state: &AppState) -> Result<BackupSource, Error> {
    let folder = state.backup_folder()?;
    Ok(BackupSource {
        backups: found_in(&folder),
        folder: folder.display().to_string(),
    })
}

/// The one secret that was given; none where the keychain is to open.
fn secret_or_keychain(passphrase: Option<String>, recovery_key: Option<String>) -> Result<Option<Secret>, Error> {
    match (passphrase, recovery_key) {
        (None, None) => Ok(None),
        (passphrase, recovery_key) => secret(passphrase, recovery_key).map(Some),
    }
}

async fn set(
    state: &AppState,
    change: impl FnOnce(BackupSettings) -> BackupSettings + Send + 'static,
) -> Result<BackupSettings, ApiError> {
    let set = move |engine: &Engine| {
        let settings = change(engine.backups.settings()?);
        engine.backups.set(&settings)?;
        Ok(settings)
    };
    let settings = state.with_engine(set).await?;
    state.changed(LIST);
    Ok(settings)
}

/// A page that is gone hears nothing; what it began goes on.
pub(super) fn hears(channel: Channel<Progress>) -> impl Fn(Progress) + Send + Sync {
    move |progress| drop(channel.send(progress))
}

/// `ccc-2026-05-08`, of a backup's name.
fn beside_name(name: &str) -> String {
    let day = Path::new(name).to_string_lossy();
    let day = day.split_once('T').map_or(&*day, |(day, _)| day);
    format!("ccc-{day}")
}
