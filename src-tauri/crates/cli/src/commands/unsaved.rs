//! Turns that could not be saved: tried once more, told of, and exported where a file is named.

use std::path::Path;

use ccc_engine::export::ExportFormat;

use crate::{error::Error, open::App, out};

/// Tries what waits once more before the program ends. What then still waits is exported to `file`, where there is one.
///
/// # Errors
/// [`Error::NotSaved`] where turns still wait; the engine's for the file.
pub fn settle(app: &App, file: Option<&Path>) -> Result<(), Error> {
    app.engine.memory.write_waiting();
    let Some(waiting) = app.engine.memory.waiting() else {
        return Ok(());
    };
    if let Some(file) = file {
        export(app, file)?;
    }
    Err(Error::NotSaved(waiting.turns.len(), waiting.code))
}

/// Exports what waits to `file`, which must not be there.
///
/// # Errors
/// The engine's.
pub fn export(app: &App, file: &Path) -> Result<(), Error> {
    let format = match file.extension().is_some_and(|ending| ending == "md") {
        true => ExportFormat::Markdown,
        false => ExportFormat::Json,
    };
    let report = app.engine.export_waiting(format, file, false)?;
    out::note(format!(
        "Exported {} turns that are not saved: {}",
        report.turns,
        file.display()
    ));
    Ok(())
}

/// What is told while turns wait; none while everything is saved.
pub fn notice(app: &App) -> Option<String> {
    app.engine.memory.write_waiting();
    let waiting = app.engine.memory.waiting()?;
    Some(format!(
        "{} turns are not saved yet ({}). They are tried again with every directive; :unsaved FILE exports them.",
        waiting.turns.len(),
        waiting.code
    ))
}
