//! The one list of commands, and the TypeScript made from it.

use tauri::Runtime;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::commands::{
    app, audit, backup, conversation, cycle, health, profile, provider, search, session, summary, waiting,
};

/// The commands the UI may ask for, with their types. A failed one rejects with [`crate::error::ApiError`].
pub fn builder<R: Runtime>() -> Builder<R> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        // One type for both directions: what serde may leave out is optional in either.
        .disable_serde_phases()
        .commands(collect_commands![
            app::app_info,
            app::settings_get,
            app::settings_set,
            app::changes_subscribe,
            app::activity_note,
            app::link_open,
            profile::profile_state,
            profile::profile_create,
            profile::recovery_renew,
            profile::recovery_confirm,
            profile::recovery_save,
            profile::keys_rotate,
            profile::profile_unlock,
            profile::keychain_retry,
            profile::keychain_enrol,
            profile::ways_get,
            profile::passphrase_set,
            profile::passphrase_remove,
            profile::profile_lock,
            provider::provider_list,
            provider::provider_add,
            provider::provider_test,
            provider::provider_models,
            provider::provider_prefer,
            provider::provider_remove,
            provider::provider_discover,
            session::session_list,
            session::session_create,
            session::session_rename,
            session::session_pin,
            session::session_archive,
            session::session_restore,
            session::session_preferences_set,
            session::session_reset,
            session::session_delete,
            session::session_delete_undo,
            session::session_export,
            session::session_context,
            summary::summary_list,
            summary::summary_edit,
            summary::summary_write,
            conversation::conversation_list,
            conversation::conversation_turns,
            conversation::conversation_related,
            conversation::turn_receipt,
            conversation::context_preview,
            conversation::turn_delete,
            conversation::conversation_delete,
            conversation::erasure_undo,
            waiting::waiting_turns,
            waiting::waiting_write,
            waiting::waiting_export,
            cycle::cycle_run,
            cycle::cycle_resume,
            cycle::cycle_answer,
            cycle::cycle_retry_step,
            cycle::cycle_attach,
            cycle::cycle_stop,
            search::search,
            health::health_report,
            health::upkeep_run,
            health::upkeep_state,
            health::upkeep_cancel,
            audit::audit_list,
            audit::audit_kinds,
            audit::audit_verify,
            audit::audit_accept,
            audit::audit_export,
            backup::backup_overview,
            backup::backup_make,
            backup::backup_stop,
            backup::backup_verify,
            backup::backup_drill,
            backup::backup_automatic_set,
            backup::backup_folder_choose,
            backup::backup_folder_leave,
            backup::backup_folder_forget,
            backup::backup_sessions,
            backup::backup_bring_back,
            backup::backup_restore_beside,
            backup::backup_restore,
            backup::data_salvage,
        ])
}

#[cfg(test)]
mod tests;
