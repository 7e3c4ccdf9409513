//! The commands, one file per group.

mod audit;
mod backup;
mod confirm;
mod cycle;
mod delete;
mod doctor;
mod export;
mod file_name;
mod init;
mod interactive;
mod keys;
mod lines;
mod memory;
mod provider;
mod restore_backup;
mod salvage;
mod search;
mod sessions;
mod unsaved;
mod upkeep;

use std::{
    io::{self, Read},
    str::FromStr,
};

use ccc_engine::{Error as EngineError, memory::MAX_DIRECTIVE_BYTES};
use serde::Serialize;
use serde_json::Value;

use crate::{
    args::{Cli, Command, Global},
    error::Error,
    help,
    open::App,
    out::Out,
};

/// Carries out what was asked for.
///
/// # Errors
/// The command's.
pub fn run(cli: Cli) -> Result<(), Error> {
    let global = &cli.global;
    let Some(command) = cli.command else {
        return interactive::run(global);
    };
    match command {
        Command::Init { passphrase } => init::run(global, passphrase),
        Command::Run(args) => cycle::run(global, &args),
        Command::Resume { conversation, options } => cycle::resume(global, conversation.as_deref(), &options),
        Command::Answer(args) => cycle::answer(global, &args),
        Command::Doctor { form } => doctor::run(global, form.json),
        Command::Upkeep { all, form } => upkeep::run(global, all, form.json),
        Command::Completions { shell } => completions(shell),
        Command::Audit(command) => audit::run(global, &command),
        Command::Keys(command) => keys::run(global, &command),
        Command::Backup(command) => backup::run(global, command),
        Command::Salvage(args) => salvage::run(global, &args),
        Command::RestoreBackup(args) => restore_backup::run(global, &args),
        Command::Provider(command) => provider::run(global, command),
        Command::Context(args) => memory::context(global, &args),
        Command::Receipt { turn, form } => memory::receipt(global, &turn, form.json),
        Command::Search(args) => search::run(global, &args),
        Command::Export(args) => export::run(global, &args),
        Command::Sessions { archived, all, form } => sessions::list(global, archived, all, form.json),
        Command::Show { id, form } => sessions::show(global, &id, form.json),
        Command::Rename { session, title } => sessions::rename(global, &session, &title),
        Command::Archive { session } => sessions::archive(global, &session),
        Command::Restore { session } => sessions::restore(global, &session),
        Command::Delete(args) => delete::run(global, &args),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "ccc-cli", &mut script);
    Out::new().raw(&String::from_utf8_lossy(&script))
}

/// Opens the profile and hands it to `work`.
fn with_app<T>(global: &Global, work: impl FnOnce(&App, &mut Out) -> Result<T, Error>) -> Result<T, Error> {
    work(&App::open(global)?, &mut Out::new())
}

/// An id as it was typed.
fn id<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|_| Error::Invalid("that is no id: one looks like 01890a5d-ac96-774b-bcce-b302099a8057"))
}

/// A text given as an argument, or read from stdin for `-`; not blank and not too large.
fn text(argument: &str) -> Result<String, Error> {
    let text = if argument == "-" {
        from_stdin()?
    } else {
        argument.to_owned()
    };
    if text.len() > MAX_DIRECTIVE_BYTES {
        return Err(EngineError::TooLarge {
            limit_bytes: MAX_DIRECTIVE_BYTES,
        }
        .into());
    }
    if text.trim().is_empty() {
        return Err(EngineError::Blank.into());
    }
    Ok(text)
}

/// All of stdin, without its last line end; of too large an input only as much as shows that.
fn from_stdin() -> Result<String, Error> {
    let mut bytes = Vec::new();
    let most = MAX_DIRECTIVE_BYTES as u64 + 2;
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    // The cut may fall inside a character: what is too large is told before what is not text.
    if bytes.len() > MAX_DIRECTIVE_BYTES + 1 {
        return Err(EngineError::TooLarge {
            limit_bytes: MAX_DIRECTIVE_BYTES,
        }
        .into());
    }
    let mut text = String::from_utf8(bytes).map_err(|_| Error::Invalid("stdin is not UTF-8 text"))?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// A value of the engine's as JSON.
fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    Ok(serde_json::to_value(value).map_err(|_| EngineError::Internal("a value could not be written as JSON"))?)
}
