//! What the index costs: bytes on disk and in memory, and the time to have it.

use std::{fs, path::Path};

use ccc_engine::Engine;
use rusqlite::{Connection, OpenFlags};

use crate::{
    error::Error,
    machine,
    measure::time,
    report::{Report, Target},
    store::Load,
};

/// Bytes of the index on disk for each turn.
const BYTES_A_TURN: f64 = 150.0;
/// CCC's rate of storing many turns, as a multiple of the baseline's.
const LOAD_RATE: f64 = 1.0;

/// Loads the index as after unlocking, and weighs it.
pub fn measure(engine: &Engine, profile: &Path, turns: u32, report: &mut Report) -> Result<(), Error> {
    let memory = &engine.memory;
    memory.forget_cached();
    let before = machine::resident();
    let seconds = load(engine)?;
    memory.save_index()?;
    report.add_figure(
        "seconds to load all of the index after unlocking",
        seconds,
        Target::None,
    );
    let mib = |bytes: f64| bytes / f64::from(1 << 20);
    if let Some(((all, own), (all_before, own_before))) = machine::resident().zip(before) {
        let grown = |now: u64, before: u64| mib(now.saturating_sub(before) as f64);
        report.add_figure("MiB resident more by it", grown(all, all_before), Target::None);
        report.add_figure("MiB of that the process's own", grown(own, own_before), Target::None);
        report.add_figure("MiB resident in all", mib(all as f64), Target::None);
    }
    report.add_figure(
        "MiB by its own account",
        mib(memory.index_memory() as f64),
        Target::None,
    );
    let bytes: i64 = data_file(profile)?.query_row(
        "SELECT coalesce(sum(length(partition_sealed)), 0) FROM index_partitions",
        [],
        |row| row.get(0),
    )?;
    let each = bytes as f64 / f64::from(turns);
    report.add_figure("bytes of sealed index a turn", each, Target::AtMost(BYTES_A_TURN));
    Ok(())
}

/// Makes the whole index anew from the turns, having deleted what is stored of it, and stores it again.
pub fn rebuild(engine: &Engine, profile: &Path, turns: u32, report: &mut Report) -> Result<(), Error> {
    data_file(profile)?.execute("DELETE FROM index_partitions", [])?;
    engine.memory.forget_cached();
    let seconds = load(engine)?;
    report.add_figure("seconds to make all of it anew from the turns", seconds, Target::None);
    report.add_figure("turns a second of that", f64::from(turns) / seconds, Target::None);
    let (saved, sample) = time(|| engine.memory.save_index());
    saved?;
    report.add_figure("seconds to store it", sample.wall as f64 / 1e9, Target::None);
    Ok(())
}

/// The rates at which the stores were filled.
pub fn add_load(directory: &Path, report: &mut Report) -> Result<(), Error> {
    let Some(load) = Load::read(directory)? else {
        return Ok(());
    };
    report.add_figure(
        "turns a second stored and indexed by many threads",
        load.sealed,
        Target::None,
    );
    report.add_figure(
        "turns a second stored by plain, a commit a conversation",
        load.plain,
        Target::None,
    );
    let rate = load.sealed / load.plain;
    report.add_figure(
        "rate of storing, as a multiple of plain's",
        rate,
        Target::AtLeast(LOAD_RATE),
    );
    Ok(())
}

/// Loads everything; how many seconds it took. The progress must have been told to its end.
fn load(engine: &Engine) -> Result<f64, Error> {
    let mut told = (0, 0);
    let (loaded, sample) = time(|| {
        engine.memory.load_whole_index(|done, all| {
            told = (done, all);
            true
        })
    });
    loaded?;
    if told.0 != told.1 || told.1 == 0 {
        return Err(Error::Differ("loading the index did not come to its end"));
    }
    Ok(sample.wall as f64 / 1e9)
}

fn data_file(profile: &Path) -> Result<Connection, Error> {
    let path = profile.join("data.ccc");
    fs::metadata(&path)?;
    Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}
