//! `keys`: which ways into the profile there are, and changing them.

use ccc_engine::{Passphrase, Passphrases, RecoveryKey};
use serde_json::json;

use crate::{
    args::{Global, Keys},
    commands::{backup::shown, with_app},
    error::Error,
    open::App,
    out::{self, Out},
    secrets,
};

/// `ccc-cli keys`.
///
/// # Errors
/// [`Error::Invalid`] for the passphrase; [`Error::RecoveryNotShown`]; the engine's.
pub fn run(global: &Global, command: &Keys) -> Result<(), Error> {
    if let Keys::Rotate { new_passphrase } = command {
        return rotate(global, *new_passphrase);
    }
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
        Keys::Rotate { .. } => Ok(()),
    })
}

/// The new recovery key is shown as soon as it holds: what fails after that is done by the next opening.
fn rotate(global: &Global, new_passphrase: bool) -> Result<(), Error> {
    let (app, mut out) = (App::open(global)?, Out::new());
    let current = match app.engine.ways()?.passphrase {
        true => current_passphrase()?,
        false => None,
    };
    let new = new_passphrase.then(secrets::changed_passphrase).transpose()?;
    let passphrases = Passphrases {
        current: current.as_ref(),
        new: new.as_ref(),
    };
    let key = app.engine.prepare_rotation(&passphrases, &shown)?;
    show_recovery(&mut out, &key).map_err(|error| Error::RecoveryNotShown(error.code()))?;
    let profile = app.engine.profile().clone();
    drop(app);
    profile.settle()?;
    let keys = profile.unlock_with_recovery(&key)?;
    let app = App::new(profile.open(keys)?, global, None)?;
    app.engine.note_recovery_shown()?;
    out.line("Everything is sealed under new keys. Backups from before keep the ways in of their day.")?;
    match app.engine.do_due_backup(&shown) {
        Ok(Some(_)) => out.line("A backup under the new keys was made."),
        Ok(None) => Ok(()),
        Err(error) => {
            out::note(format!(
                "note: no backup was made ({}): ccc-cli backup make",
                error.code()
            ));
            Ok(())
        }
    }
}

/// The passphrase that holds now; none where there is nobody to ask, which the engine refuses.
fn current_passphrase() -> Result<Option<Passphrase>, Error> {
    match secrets::passphrase_given()? {
        None if secrets::can_ask() => secrets::ask_passphrase().map(Some),
        given => Ok(given),
    }
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
