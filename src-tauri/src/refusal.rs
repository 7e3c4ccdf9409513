//! Saying why there will be no window: on stderr for whoever started it there, and in a dialog of the system.

use std::io::{self, Write};

use ccc_domain::ErrorCode;
use ccc_engine::Error;
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};

/// Shows `error` and ends the process with its exit status once the person has read it.
///
/// # Errors
/// [`tauri::Error`] when not even a dialog can be shown; stderr has it then.
pub fn show(error: &Error, context: tauri::Context) -> tauri::Result<()> {
    let (code, text) = (error.code(), words(error));
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(io::stderr(), "error[{code}]: {text}");
    let status = i32::from(code.exit_code());
    tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .setup(move |app| {
            let app_handle = app.handle().clone();
            let dialog = app.dialog().message(text).title("CCC").kind(MessageDialogKind::Error);
            dialog.show(move |_| app_handle.exit(status));
            Ok(())
        })
        .run(context)
}

/// What happened and what to do, in a sentence or two.
fn words(error: &Error) -> String {
    match error.code() {
        ErrorCode::ProfileInUse => {
            "CCC is open already. Only one window works on your memory at a time: use that one, or close it first."
                .to_owned()
        }
        _ => format!("CCC cannot open its data directory: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_instance_is_told_to_use_the_first() {
        assert!(words(&Error::ProfileInUse).contains("open already"));
        assert_eq!(ErrorCode::ProfileInUse.exit_code(), 3);
        let refused = Error::Io(io::ErrorKind::PermissionDenied.into());
        assert_eq!(
            words(&refused),
            "CCC cannot open its data directory: the disk refused: permission denied."
        );
    }
}
