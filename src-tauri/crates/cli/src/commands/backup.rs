//! `backup`: made, listed, verified, tried out.

use std::io::{self, IsTerminal, Write};

use ccc_engine::backup::{BackupInfo, BackupSettings, Job, Progress, Stage, Tried};
use serde_json::{Value, json};

use crate::{
    args::{Backup, Global},
    commands::{to_json, with_app},
    error::Error,
    open::App,
    out::{self, Out, minute},
};

/// `ccc-cli backup`.
///
/// # Errors
/// [`Error::Unsound`] for a backup that does not verify; the engine's.
pub fn run(global: &Global, command: Backup) -> Result<(), Error> {
    with_app(global, |app, out| match command {
        Backup::Make { form } => make(app, out, form.json),
        Backup::List { form } => list(app, out, form.json),
        Backup::Verify { name, form } => verify(app, out, name, form.json),
        Backup::Drill { form } => drill(app, out, form.json),
        Backup::Due { form } => due(app, out, form.json),
        Backup::Folder { folder, none, forget } => set_folder(app, out, folder, none, forget),
    })
}

fn make(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let made = app.engine.backups.make(&shown)?;
    if let Some(code) = app.engine.backups.state()?.made.and_then(|made| made.folder_failed) {
        out::note(format!("note: the chosen folder did not get it ({code})"));
    }
    if as_json {
        return out.json(&to_json(&made)?);
    }
    out.line(format!(
        "Made and verified: {} ({} sessions, {} conversations, {} turns, {} bytes)",
        made.name, made.sessions, made.conversations, made.turns, made.bytes
    ))?;
    made.copies
        .iter()
        .try_for_each(|copy| out.line(format!("  {}", copy.path)))
}

fn list(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let (all, state) = (app.engine.backups.list()?, app.engine.backups.state()?);
    if as_json {
        return out.json(&json!({"backups": to_json(&all)?, "state": to_json(&state)?}));
    }
    all.iter().try_for_each(|info| out.line(line(info)))?;
    if let Some(failed) = state.failed {
        out.line(format!(
            "The last attempt, {}, failed: {}",
            minute(failed.at),
            failed.code
        ))?;
    }
    for one in &state.unreached {
        out.line(format!(
            "Away, and still holding the key of a deleted session: {}",
            out::one_line(&one.folder)
        ))?;
    }
    Ok(())
}

fn line(info: &BackupInfo) -> String {
    let sound = info.copies.iter().filter(|copy| copy.fault.is_none()).count();
    let state = match (sound, info.copies.len()) {
        (0, _) => "DAMAGED".to_owned(),
        (sound, all) if sound < all => format!("whole in {sound} of {all} places"),
        (_, 1) => "whole".to_owned(),
        (_, all) => format!("whole in {all} places"),
    };
    format!(
        "{}  {:>4} sessions  {:>6} turns  {:>10} bytes  {state}",
        info.name, info.sessions, info.turns, info.bytes
    )
}

fn verify(app: &App, out: &mut Out, name: Option<String>, as_json: bool) -> Result<(), Error> {
    let names = match name {
        Some(name) => vec![name],
        None => app.engine.backups.list()?.into_iter().map(|info| info.name).collect(),
    };
    let (mut results, mut first) = (Vec::new(), Ok(()));
    for name in names {
        let verified = app.engine.backups.verify(&name, &shown);
        if as_json {
            results.push(json!({
                "name": name,
                "turns": verified.as_ref().ok(),
                "code": verified.as_ref().err().map(ccc_engine::Error::code),
            }));
        } else {
            out.line(match &verified {
                Ok(turns) => format!("ok      {name}: {turns} turns opened"),
                Err(error) => format!("failed  {name}: {error} [{}]", error.code()),
            })?;
        }
        first = first.and(verified.map(drop));
    }
    if as_json {
        out.json(&Value::Array(results))?;
    }
    Ok(first?)
}

fn drill(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let tried = app.engine.backups.drill(&shown)?;
    if as_json {
        out.json(&to_json(&tried)?)?;
    } else {
        out.line(drilled(&tried))?;
    }
    tried.failure.map_or(Ok(()), |code| Err(Error::Unsound(code)))
}

fn drilled(tried: &Tried) -> String {
    match tried.failure {
        None => format!("Restored {} and read {} turns back.", tried.name, tried.turns),
        Some(code) => format!("{} could not be restored: {code}", tried.name),
    }
}

fn due(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let done = app.engine.do_due_backup(&shown)?;
    let word = match done {
        Some(Job::Backup) => "backup",
        Some(Job::Drill) => "drill",
        None => "nothing",
    };
    if as_json {
        return out.json(&json!({"done": word}));
    }
    out.line(match done {
        Some(Job::Backup) => "A backup was due and is made.",
        Some(Job::Drill) => "A drill was due; `ccc-cli backup list --json` has its result.",
        None => "Nothing was due.",
    })
}

fn set_folder(
    app: &App,
    out: &mut Out,
    folder: Option<String>,
    none: bool,
    forget: Option<String>,
) -> Result<(), Error> {
    let backups = &app.engine.backups;
    if let Some(folder) = forget {
        backups.forget_folder(&folder)?;
        return out.line("Forgotten. Backups that lie there keep the keys of sessions deleted from now on.");
    }
    let before = backups.settings()?;
    if folder.is_some() || none {
        backups.set(&BackupSettings { folder, ..before })?;
    }
    match backups.settings()?.folder {
        Some(folder) => out.line(out::one_line(&folder)),
        None => out.line("No folder gets a copy."),
    }
}

/// Shows progress where a person watches. Ctrl-C ends the program, which leaves no half backup.
pub fn shown(progress: Progress) -> bool {
    let mut stderr = io::stderr();
    if stderr.is_terminal() && progress.of > 0 {
        let word = match progress.stage {
            Stage::Copying => "Copying",
            Stage::Checking => "Checking",
            Stage::Finishing => "Finishing",
        };
        let percent = progress.done.min(progress.of) * 100 / progress.of;
        // Nobody is left to tell when stderr is gone.
        let _ = write!(stderr, "\r{word:<9} {percent:>3} %\r");
    }
    true
}
