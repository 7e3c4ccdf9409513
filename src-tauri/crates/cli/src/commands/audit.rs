//! `audit verify`, `audit list`, `audit export` and `audit accept`.

use ccc_engine::audit::{AnchorState, AuditEntry, AuditFilter};
use serde_json::Value;

use crate::{
    args::{Audit, AuditFilterArgs, Global},
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
/// [`Error::Invalid`] for a number no entry can have; [`Error::BrokenTrail`], [`Error::CutTrail`]; the engine's.
pub fn run(global: &Global, command: &Audit) -> Result<(), Error> {
    if let Audit::List { filter, .. } = command
        && i64::try_from(filter.after).is_err()
    {
        return Err(Error::Invalid("no entry of the audit trail has so large a number"));
    }
    with_app(global, |app, out| match command {
        Audit::Verify { form } => verify(app, out, form.json),
        Audit::List { filter, form } => list(app, out, filter, form.json),
        Audit::Export { file, force } => {
            let entries = app.engine.audit.export(file, *force)?;
            out.line(format!("Exported {entries} entries: {}", file.display()))
        }
        Audit::Accept => {
            app.engine.audit.accept()?;
            out.line("The trail is taken for whole as it is now; an entry says so.")
        }
    })
}

fn verify(app: &App, out: &mut Out, as_json: bool) -> Result<(), Error> {
    let report = app.engine.audit.verify()?;
    if as_json {
        out.json(&to_json(&report)?)?;
    } else {
        out.line(format!("{} entries hold together.", report.entries))?;
        if let Some(entry) = report.anchored_at {
            out.line(format!("The end was last anchored at entry {entry}."))?;
        }
    }
    if let Some(entry) = report.broken_at {
        return Err(Error::BrokenTrail(entry));
    }
    match report.anchor {
        AnchorState::Holds | AnchorState::Missing => Ok(()),
        AnchorState::Cut | AnchorState::Unreadable => Err(Error::CutTrail),
    }
}

fn list(app: &App, out: &mut Out, asked: &AuditFilterArgs, as_json: bool) -> Result<(), Error> {
    let mut all: Vec<Value> = Vec::new();
    let mut take = |entries: &[AuditEntry], out: &mut Out| {
        entries.iter().try_for_each(|entry| {
            if as_json {
                all.push(to_json(entry)?);
                return Ok(());
            }
            out.line(shown(entry))
        })
    };
    match filter(asked) {
        Some(filter) => take(&app.engine.audit.find(&filter, asked.newest.unwrap_or(PAGE))?, out)?,
        None => {
            let mut after = asked.after;
            loop {
                let page = app.engine.audit.list(after, PAGE)?;
                let Some(last) = page.last() else { break };
                after = last.number;
                take(&page, out)?;
            }
        }
    }
    if as_json { out.json(&Value::Array(all)) } else { Ok(()) }
}

/// What was asked for by more than a number; none where it was not.
fn filter(asked: &AuditFilterArgs) -> Option<AuditFilter> {
    let filter = AuditFilter {
        action: asked.action.clone(),
        entity: asked.entity.clone(),
        entity_id: asked.id.clone(),
        actor: asked.actor.clone(),
        ..AuditFilter::default()
    };
    (asked.newest.is_some() || filter != AuditFilter::default()).then_some(filter)
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
