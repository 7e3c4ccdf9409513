//! A plain database, whose losses show that a row would notice ours.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use rusqlite::{Connection, OpenFlags, params};

use super::Setting;
use crate::{
    crash::Disk as Platter,
    error::Error,
    profile,
    trace::{self, Record},
};

/// How a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Synchronous {
    /// Not for each commit.
    Normal,
    /// For each commit.
    Full,
}

/// What a program on a plain database is to do.
#[derive(Debug, clap::Args)]
pub struct Plain {
    /// The database's directory.
    #[arg(long)]
    directory: PathBuf,
    /// How it waits.
    #[arg(long)]
    synchronous: Synchronous,
    /// How many rows.
    #[arg(long)]
    rows: usize,
}

const ROWS: usize = 150;
const FILE: &str = "plain.db";

fn open(directory: &Path) -> Result<Connection, Error> {
    Ok(Connection::open_with_flags(
        directory.join(FILE),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?)
}

/// Makes an empty database.
fn create(directory: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(directory)?;
    open(directory)?
        .execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE rows (n INTEGER PRIMARY KEY, text TEXT) STRICT")?;
    Ok(())
}

/// Commits row by row, and says each.
pub fn work(plain: &Plain) -> Result<(), Error> {
    let connection = open(&plain.directory)?;
    let how = match plain.synchronous {
        Synchronous::Normal => "NORMAL",
        Synchronous::Full => "FULL",
    };
    connection.execute_batch(&format!("PRAGMA synchronous={how}"))?;
    for n in 0..plain.rows {
        connection.execute(
            "INSERT INTO rows VALUES (?1, ?2)",
            params![n as i64, "said ".repeat(50)],
        )?;
        io::stdout().write_all(format!("row {n}\n").as_bytes())?;
    }
    Ok(())
}

/// In how many of so many states after a cut of power a row is missing that was said.
pub fn states(setting: &Setting, synchronous: Synchronous, states: usize) -> Result<usize, Error> {
    let (directory, log) = (setting.path("plain")?, setting.path("plain-log")?);
    create(&directory)?;
    let before = Platter::of(&directory)?;
    let how = synchronous.to_possible_value().map(|value| value.get_name().to_owned());
    let words = [
        "plain",
        "--directory",
        &directory.to_string_lossy(),
        "--synchronous",
        &how.unwrap_or_default(),
        "--rows",
        &ROWS.to_string(),
    ];
    let output = setting
        .disk
        .recorded(&directory, &log, &words.map(str::to_owned))?
        .output()?;
    if !output.status.success() {
        return Err(Error::Setup("the plain program did not come to its end"));
    }
    let records = trace::read(&std::fs::read(&log)?);
    let mut lost = 0;
    for state in 0..states {
        lost += usize::from(loses(setting, state, &before, &records)?);
    }
    Ok(lost)
}

fn loses(setting: &Setting, state: usize, before: &Platter, records: &[Record]) -> Result<bool, Error> {
    let (_, mut rng) = setting.rng(state);
    let (mut disk, mut said) = (before.clone(), 0);
    for record in records.iter().take(rng.usize(0..=records.len())) {
        disk.take(record);
        if let Record::Said(text) = record {
            said += text.lines().count() as i64;
        }
    }
    let place = setting.path("plain-cut")?;
    disk.cut(&mut rng, &place)?;
    let there: Result<i64, _> = open(&place)?.query_row("SELECT count(*) FROM rows", [], |row| row.get(0));
    Ok(there.map_or(true, |there| there < said))
}

/// How many of so many damages are read as other text without an error.
pub fn silently_wrong(setting: &Setting, damages: usize) -> Result<usize, Error> {
    let (original, text) = (setting.path("plain")?, "said ".repeat(50));
    create(&original)?;
    let connection = open(&original)?;
    for n in 0..ROWS {
        connection.execute("INSERT INTO rows VALUES (?1, ?2)", params![n as i64, text])?;
    }
    drop(connection);
    let mut wrong = 0;
    for run in 0..damages {
        let (_, mut rng) = setting.rng(run);
        let place = setting.path("plain-damaged")?;
        profile::copy(&original, &place)?;
        super::damage::damage(&place.join(FILE), &mut rng)?;
        wrong += usize::from(texts(&place).is_ok_and(|texts| texts.iter().any(|read| *read != text)));
    }
    Ok(wrong)
}

fn texts(place: &Path) -> Result<Vec<String>, Error> {
    let connection = open(place)?;
    let mut all = connection.prepare("SELECT text FROM rows")?;
    let rows = all.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
