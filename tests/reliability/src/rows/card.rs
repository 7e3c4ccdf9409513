//! The scorecard: rows run one after another, told as they end, and written into a page.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use clap::ValueEnum;

use super::{Row, Setting, tell};
use crate::{
    error::Error,
    kept::{Kept, Part},
    score::{HEADING, Score},
};

/// In how many parts a long row is run.
const PARTS: usize = 10;

/// How much is run.
pub enum Form {
    Short,
    /// In parts, of which none is begun after so many minutes.
    Long(Option<u64>),
}

/// Runs rows one after another; whether all hold. Where the time of a long form is over first, nothing is written.
pub fn run(rows: &[Row], form: &Form, runs: Option<usize>, seed: u64, write: Option<&Path>) -> Result<bool, Error> {
    let rows = if rows.is_empty() { Row::value_variants() } else { rows };
    let (mut table, mut all, mut whole) = (format!("{}\n\n{HEADING}\n", circumstances()?), true, true);
    tell(&table);
    let start = Instant::now();
    for row in rows {
        let (short, many) = row.runs();
        let began = Instant::now();
        let score = match form {
            Form::Short => Some(row.run(&Setting::new(runs.unwrap_or(short), seed)?)?),
            Form::Long(minutes) => {
                let until = minutes.map(|minutes| start + Duration::from_secs(minutes * 60));
                in_parts(*row, runs.unwrap_or(many), seed, until)?
            }
        };
        let Some(score) = score else {
            whole = false;
            continue;
        };
        tell(&format!("{score}  ({} s)", began.elapsed().as_secs()));
        tell(&score.complaints());
        all &= score.holds();
        table.push_str(&format!("{score}\n"));
    }
    match write {
        Some(path) if whole => put(path, &table)?,
        _ => {}
    }
    Ok(all && whole)
}

/// A row's runs in parts, each of which is kept and not run again; none where the time is over before the last.
fn in_parts(row: Row, runs: usize, seed: u64, until: Option<Instant>) -> Result<Option<Score>, Error> {
    let name = row.to_possible_value().map(|value| value.get_name().to_owned());
    let (name, kept, each) = (name.unwrap_or_default(), Kept::here()?, runs.div_ceil(PARTS).max(1));
    let mut whole: Option<Score> = None;
    for from in (0..runs).step_by(each) {
        let part = Part {
            row: name.clone(),
            seed: seed.wrapping_add(from as u64),
            runs: each.min(runs - from),
        };
        let score = match kept.find(&part) {
            Some(score) => score,
            None if until.is_some_and(|until| Instant::now() > until) => {
                tell(&format!("{name}: {from} of {runs} runs are done; run again to go on"));
                return Ok(None);
            }
            None => {
                let score = row.run(&Setting::new(part.runs, part.seed)?)?;
                kept.put(&part, &score)?;
                score
            }
        };
        whole = Some(match whole {
            Some(before) => before.join(score),
            None => score,
        });
    }
    Ok(whole)
}

/// When, of which commit, and on what.
fn circumstances() -> Result<String, Error> {
    let said = |program: &str, arguments: &[&str]| -> Result<String, Error> {
        let output = Command::new(program).args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load: Vec<&str> = load.split(' ').take(3).collect();
    Ok(format!(
        "{}, commit {}, {cores} cores, Linux {}, load before {}.",
        said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])?,
        said("git", &["rev-parse", "--short", "HEAD"])?,
        said("uname", &["-r"])?,
        load.join(" ")
    ))
}

const MARKS: [&str; 2] = ["<!-- scorecard -->", "<!-- end of the scorecard -->"];

/// Puts the table between the marks of a page.
fn put(path: &Path, table: &str) -> Result<(), Error> {
    let page = fs::read_to_string(path)?;
    let parts = page
        .split_once(MARKS[0])
        .and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = parts.ok_or(Error::Setup("the page has no marks for the scorecard"))?;
    fs::write(path, format!("{before}{}\n\n{table}\n{}{after}", MARKS[0], MARKS[1]))?;
    Ok(())
}
