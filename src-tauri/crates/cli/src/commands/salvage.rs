//! `salvage`: what is damaged, and a new data file of what is not.

use ccc_engine::salvage::{CheckReport, SalvageReport};

use crate::{
    args::{Global, SalvageArgs},
    commands::{backup::shown, confirm::confirm, to_json, with_app},
    error::Error,
    open,
    out::{Out, one_line},
};

/// `ccc-cli salvage`.
///
/// # Errors
/// [`Error::Invalid`] where nobody can be asked and `--yes` is missing; [`Error::Faults`] for a check that found some; the
/// engine's.
pub fn run(global: &Global, args: &SalvageArgs) -> Result<(), Error> {
    if args.check {
        return check(global, args.form.json);
    }
    let profile = open::existing(global)?;
    let keys = open::keys(&profile, profile.opening()?, global.recovery_key)?;
    let mut out = Out::new();
    if !args.yes && !confirm("The data file is made anew of what can be read; the old one is kept aside. Type yes: ")? {
        return out.line("Nothing was changed.");
    }
    let report = profile.salvage(&keys, &shown)?;
    if args.form.json {
        return out.json(&to_json(&report)?);
    }
    tell(&mut out, &report)
}

fn check(global: &Global, as_json: bool) -> Result<(), Error> {
    with_app(global, |app, out| {
        let report = app.engine.full_check(&shown)?;
        if as_json {
            out.json(&to_json(&report)?)?;
        } else {
            tell_check(out, &report)?;
        }
        if report.faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Faults(report.faults.len()))
        }
    })
}

fn tell_check(out: &mut Out, report: &CheckReport) -> Result<(), Error> {
    out.line(format!(
        "{} conversations read, {} turns opened.",
        report.conversations, report.turns
    ))?;
    for fault in &report.faults {
        let of = fault.conversation_id.map(|id| format!(" in conversation {id}"));
        let of = of.or(fault.session_id.map(|id| format!(" in session {id}")));
        out.line(format!("Damaged: {}{}", fault.what, of.unwrap_or_default()))?;
    }
    Ok(())
}

fn tell(out: &mut Out, report: &SalvageReport) -> Result<(), Error> {
    out.line(format!(
        "{} conversations are whole, {} were not; {} turns are there now.",
        report.whole,
        report.conversations.len(),
        report.turns
    ))?;
    for one in &report.conversations {
        out.line(format!(
            "  “{}” in “{}”: {} turns, {} of them from the backup, {} lost ({})",
            one_line(&one.title),
            one_line(&one.session),
            one.turns,
            one.from_backup,
            one.lost,
            one.conversation_id
        ))?;
    }
    for missing in &report.missing {
        out.line(format!(
            "  “{}” had {} conversations more, of which nothing was found",
            one_line(&missing.session),
            missing.count
        ))?;
    }
    if let Some(backup) = &report.backup {
        out.line(format!("The backup {backup} filled in what was lost."))?;
    }
    match &report.aside {
        Some(aside) => out.line(format!("The damaged file is kept in {aside}")),
        None => Ok(()),
    }
}
