//! The audit trail is tampered with behind the program's back: entries are changed, removed, moved, added, the end is cut
//! off. Verifying must notice each of them; a cut end is told by the anchor beside the data.
//!
//! Whoever takes the anchor away together with the end is not noticed by it: a missing anchor proves nothing.

use std::path::Path;

use fastrand::Rng;
use rusqlite::{Connection, OpenFlags};

use super::Setting;
use crate::{
    error::Error,
    profile,
    score::{Score, counted},
};

/// Of an entry; each is covered by its mac.
const COLUMNS: [&str; 7] = ["at", "actor", "action", "entity", "entity_id", "detail_sealed", "mac"];

/// Tampers with trails.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let original = setting.fresh("audited")?;
    let engine = profile::open(&original, &setting.recovery)?;
    profile::fill(&engine, 3, 10)?;
    engine.close();
    drop(engine);
    let (mut wrong, mut by_anchor, mut passed, mut entries) = (Vec::new(), 0, 0, 0);
    for run in 0..setting.runs {
        let (seed, mut rng) = setting.rng(run);
        let directory = setting.path("tampered")?;
        profile::copy(&original, &directory)?;
        let file = open(&directory)?;
        entries += usize::try_from(last(&file)?).unwrap_or_default();
        let what = tamper(&file, &mut rng)?;
        passed += usize::from(is_numbered(&file)?);
        drop(file);
        match verified(setting, &directory) {
            Ok(Verdict::Holds) => wrong.push(format!("seed {seed}: {what} is not noticed")),
            Ok(Verdict::Cut) => by_anchor += 1,
            // A profile that does not open for it has told.
            Ok(Verdict::Broken) | Err(_) => {}
        }
    }
    if !matches!(verified(setting, &original), Ok(Verdict::Holds)) {
        wrong.push("a trail that nobody touched does not verify".to_owned());
    }
    Ok(Score {
        name: "The audit trail is tampered with: entries changed, removed, swapped, added, its end cut off".into(),
        runs: setting.runs,
        looked_at: counted([
            (entries, "entries"),
            (by_anchor, "of the trails told by the anchor alone"),
        ]),
        wrong,
        control: "numbers without mac and anchor pass".into(),
        noticed: (passed, setting.runs),
    })
}

fn open(directory: &Path) -> Result<Connection, Error> {
    Ok(Connection::open_with_flags(
        directory.join("data.ccc"),
        OpenFlags::SQLITE_OPEN_READ_WRITE,
    )?)
}

enum Verdict {
    Holds,
    Broken,
    Cut,
}

fn verified(setting: &Setting, directory: &Path) -> Result<Verdict, ccc_engine::Error> {
    let report = profile::open(directory, &setting.recovery)?.audit.verify()?;
    Ok(match (report.holds(), report.broken_at) {
        (true, _) => Verdict::Holds,
        (false, Some(_)) => Verdict::Broken,
        (false, None) => Verdict::Cut,
    })
}

fn last(file: &Connection) -> Result<i64, Error> {
    Ok(file.query_row("SELECT max(audit_id) FROM audit", [], |row| row.get(0))?)
}

/// Whether the entries are numbered from 1 without a gap: all that can be seen without mac and anchor.
fn is_numbered(file: &Connection) -> Result<bool, Error> {
    let numbers = "SELECT count(*) = max(audit_id) AND min(audit_id) = 1 FROM audit";
    Ok(file.query_row(numbers, [], |row| row.get(0))?)
}

/// Does one thing to the trail; what.
fn tamper(file: &Connection, rng: &mut Rng) -> Result<String, Error> {
    let end = last(file)?;
    let (one, other) = (rng.i64(1..=end), rng.i64(1..end));
    let other = if other == one { end } else { other };
    match rng.u8(0..7) {
        0 | 1 => {
            let column = COLUMNS[rng.usize(0..COLUMNS.len())];
            let value = changed(column);
            file.execute_batch(&format!("UPDATE audit SET {column} = {value} WHERE audit_id = {one}"))?;
            Ok(format!("a changed {column} of entry {one} of {end}"))
        }
        2 => {
            file.execute_batch(&format!("DELETE FROM audit WHERE audit_id = {one}"))?;
            Ok(format!("the removal of entry {one} of {end}"))
        }
        3 => {
            file.execute_batch(&format!("DELETE FROM audit WHERE audit_id = {one}; {}", moved(one, -1)))?;
            Ok(format!("the removal of entry {one} of {end}, the gap closed"))
        }
        4 => {
            file.execute_batch(&format!(
                "UPDATE audit SET audit_id = 0 WHERE audit_id = {one};
                 UPDATE audit SET audit_id = {one} WHERE audit_id = {other};
                 UPDATE audit SET audit_id = {other} WHERE audit_id = 0"
            ))?;
            Ok(format!("the swap of entries {one} and {other} of {end}"))
        }
        5 => {
            // Before one of them, or after the last.
            let at = rng.i64(1..=end + 1);
            file.execute_batch(&format!("{}; {}", moved(at - 1, 1), copied(other, at)))?;
            Ok(format!("a copy of an entry as entry {at} of {end}"))
        }
        _ => {
            let cut = rng.i64(1..=10.min(end));
            file.execute_batch(&format!("DELETE FROM audit WHERE audit_id > {end} - {cut}"))?;
            Ok(format!("the cutting off of the last {cut} entries of {end}"))
        }
    }
}

/// Another value of a column.
fn changed(column: &str) -> &'static str {
    match column {
        "at" => "at + 1",
        "actor" => "actor || 'x'",
        "action" => "action || 'x'",
        "entity" => "entity || 'x'",
        "entity_id" => "CASE WHEN entity_id IS NULL THEN randomblob(16) END",
        "detail_sealed" => "CASE WHEN detail_sealed IS NULL THEN randomblob(40) END",
        _ => "randomblob(32)",
    }
}

/// Gives all entries after `after` numbers that are `by` larger; the numbers are unique at every moment.
fn moved(after: i64, by: i64) -> String {
    format!(
        "UPDATE audit SET audit_id = -audit_id WHERE audit_id > {after};
         UPDATE audit SET audit_id = {by} - audit_id WHERE audit_id < 0"
    )
}

/// Copies an entry to number `at`, whose own number may have moved.
fn copied(of: i64, at: i64) -> String {
    let of = if of >= at { of + 1 } else { of };
    format!(
        "INSERT INTO audit SELECT {at}, at, actor, action, entity, entity_id, detail_sealed, mac FROM audit
         WHERE audit_id = {of}"
    )
}
