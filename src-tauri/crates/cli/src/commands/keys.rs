//! `keys`: which ways into the profile there are, and changing them.

use ccc_engine::RecoveryKey;
use serde_json::json;

use crate::{
    args::{Global, Keys},
    commands::with_app,
    error::Error,
    open::App,
    out::Out,
    secrets,
};

/// `ccc-cli keys`.
///
/// # Errors
/// [`Error::Invalid`] for the passphrase; [`Error::RecoveryNotShown`]; the engine's.
pub fn run(global: &Global, command: &Keys) -> Result<(), Error> {
    with_app(global, |app, out| match command {
        Keys::Show { form } => show(app, out, form.json),
        Keys::Passphrase { remove: true } => {
            app.engine.remove_passphrase()?;
            out.line("The passphrase opens nothing any more.")
        }
        Keys::Passphrase { remove: false } => {
            let passphrase = secrets::changed_passphrase()?;
            app.engine.set_passphrase(&passphrase)?;
            out.line("The new passphrase opens the profile; an old one opens nothing any more.")
        }
        Keys::Recovery => {
            let key = app.engine.renew_recovery()?;
            show_recovery(out, &key).map_err(|error| Error::RecoveryNotShown(error.code()))?;
            Ok(app.engine.note_recovery_shown()?)
        }
        Keys::Keychain => {
            app.engine.enrol_keychain()?;
            out.line("The keychain opens the profile.")
        }
    })
}

fn show(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let ways = app.engine.ways()?;
    if as_json {
        return out.json(&json!({
            "keychain": ways.keychain, "passphrase": ways.passphrase, "recovery": ways.recovery
        }));
    }
    let word = |is: bool| if is { "yes" } else { "no" };
    out.line(format!("keychain      {}", word(ways.keychain)))?;
    out.line(format!("passphrase    {}", word(ways.passphrase)))?;
    out.line(format!("recovery key  {}", word(ways.recovery)))
}

fn show_recovery(out: &mut Out, key: &RecoveryKey) -> Result<(), Error> {
    out.line("The new recovery key; the old one opens nothing any more:")?;
    out.line("")?;
    out.heading(format!("    {}", key.reveal().as_str()))?;
    out.line("")?;
    out.line("Write it down now and keep it apart from this machine. It is shown only once and stored nowhere.")
}
