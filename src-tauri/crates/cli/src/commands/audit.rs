//! `audit verify` and `audit list`.

use ccc_engine::audit::AuditEntry;
use serde_json::Value;

use crate::{
    args::{Audit, Global},
    commands::{to_json, with_app},
    error::Error,
    open::App,
    out::{Out, minute, one_line},
};

/// How many entries are read at once.
const PAGE: u32 = 1_000;

/// `ccc-cli audit`.
///
/// # Errors
/// [`Error::Invalid`] for a number no entry can have; [`Error::BrokenTrail`]; the engine's.
pub fn run(global: &Global, command: &Audit) -> Result<(), Error> {
    if let Audit::List { after, .. } = command
        && i64::try_from(*after).is_err()
    {
        return Err(Error::Invalid("no entry of the audit trail has so large a number"));
    }
    with_app(global, |app, out| match command {
        Audit::Verify { form } => verify(app, out, form.json),
        Audit::List { after, form } => list(app, out, *after, form.json),
    })
}

fn verify(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let report = app.engine.audit.verify()?;
    if as_json {
        out.json(&to_json(&report)?)?;
    } else {
        out.line(format!("{} entries hold together.", report.entries))?;
    }
    report.broken_at.map_or(Ok(()), |entry| Err(Error::BrokenTrail(entry)))
}

fn list(app: &App, out: &mut Out, mut after: u64, as_json: bool) -> Result<(), Error> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let page = app.engine.audit.list(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for entry in &page {
            if as_json {
                all.push(to_json(entry)?);
            } else {
                out.line(shown(entry))?;
            }
        }
    }
    if as_json { out.json(&Value::Array(all)) } else { Ok(()) }
}

fn shown(entry: &AuditEntry) -> String {
    format!(
        "{:>6}  {}  {:<8}  {} {} {} {}",
        entry.number,
        minute(entry.at),
        entry.actor,
        entry.action,
        entry.entity,
        entry.entity_id.as_deref().unwrap_or_default(),
        entry.detail.as_deref().map(one_line).unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}
