//! `export`.

use std::path::PathBuf;

use ccc_domain::SessionId;
use ccc_engine::export::ExportFormat;

use crate::{
    args::{ExportArgs, Format, Global},
    commands::{file_name::file_name, id, with_app},
    error::Error,
};

/// `ccc-cli export`.
///
/// # Errors
/// [`Error::Invalid`] for the id; the engine's, [`ccc_engine::Error::FileExists`] among them.
pub fn run(global: &Global, args: &ExportArgs) -> Result<(), Error> {
    let session = id::<SessionId>(&args.session)?;
    let format = match args.format {
        Format::Json => ExportFormat::Json,
        Format::Md => ExportFormat::Markdown,
    };
    with_app(global, |app, out| {
        let path = match &args.output {
            Some(path) => path.clone(),
            None => {
                let title = app.engine.memory.get_session(session)?.title;
                PathBuf::from(file_name(&title, format.extension()))
            }
        };
        let report = app.engine.export_session(session, format, &path, args.force)?;
        out.line(format!(
            "Exported {} conversations, {} turns, {} bytes: {}",
            report.conversations,
            report.turns,
            report.bytes,
            path.display()
        ))
    })
}
