//! A migration is cut short: the process is killed, the power fails, a call to the disk fails. The data file is wholly the
//! old one or wholly the new one, every row of it is there, and the next opening makes it the new one.
//!
//! It is done from every schema that was released: each has a data file with rows in it in `schemas`. To them comes one made
//! by this program, whose schema is the newest; so the migrations end in a step that was made up.

mod content;

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use ccc_store::open::{bring_up_to_date, newest, recognise, shipped_migrations};
use fastrand::Rng;
use refinery::Migration;

use self::content::{Content, content, content_of, is_sound};
use super::{Setting, recorded::Recorded};
use crate::{
    disk::{Disk, Failing},
    error::Error,
    profile,
    score::{Score, counted},
};

/// Where the data files of released schemas are, each named `schema-N.ccc`.
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
/// A table, and an index that holds all turns once more.
const STEP: &str = "CREATE TABLE next_notes (n INTEGER PRIMARY KEY) STRICT;
    CREATE INDEX next_turns ON turns (content_sealed, metadata_sealed);";
const FILE: &str = "data.ccc";
const SESSIONS: usize = 4;
const TURNS: usize = 100;
/// EIO, ENOSPC, EDQUOT, and a write done by half.
const ERRORS: [i32; 4] = [5, 28, 122, 0];
/// From so many runs on, both the old file and the new one must have been met.
const ENOUGH: usize = 50;
/// A program that works this long does not end.
const LONGEST: Duration = Duration::from_secs(30);
const CONTROLS: usize = 40;
/// Fewer than the careless one writes.
const PAGES: usize = 50;

/// What a migrating program is to do.
#[derive(Debug, clap::Args)]
pub struct Migrate {
    /// Where the data file is.
    #[arg(long)]
    directory: PathBuf,
    /// Writes the new file over the old one, page by page.
    #[arg(long)]
    careless: bool,
}

/// Cuts migrations short.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let olds = olds(setting)?;
    let (mut wrong, mut rows, mut stopped) = (Vec::new(), 0, [0, 0]);
    for run in 0..setting.runs {
        let (seed, mut rng) = setting.rng(run);
        let old = &olds[run % olds.len()];
        // How it is cut short goes round more slowly than from what.
        let place = match run / olds.len() % 3 {
            0 => old.killed(setting, &mut rng)?,
            1 => old.without_power(setting, &mut rng)?,
            _ => old.failed(setting, &mut rng)?,
        };
        let (found, state) = old.look(setting, &place)?;
        stopped[usize::from(state == State::New)] += 1;
        rows += old.content.values().map(|(_, rows)| rows.len()).sum::<usize>();
        wrong.extend(
            found
                .into_iter()
                .map(|line| format!("seed {seed}, from {}: {line}", old.schema)),
        );
    }
    let [old, new] = stopped;
    if setting.runs >= ENOUGH && (old == 0 || new == 0) {
        wrong.push(format!("only one side was seen: {old} old, {new} new"));
    }
    Ok(Score {
        name: "A migration is killed, cut off by the power, or refused by the disk".into(),
        runs: setting.runs,
        looked_at: counted([(rows, "rows"), (old, "files still the old one"), (new, "the new one")]),
        wrong,
        control: "a new file written over the old one, page by page".into(),
        noticed: (control(setting, &olds[0])?, CONTROLS),
    })
}

/// An older data file, what is in it, and what migrating it does to the disk.
struct Old {
    schema: u32,
    directory: PathBuf,
    content: Content,
    record: Recorded,
    whole: Duration,
}

#[derive(PartialEq, Eq)]
enum State {
    Old,
    New,
}

/// The data files of all released schemas, and one of the newest.
fn olds(setting: &Setting) -> Result<Vec<Old>, Error> {
    let directory = setting.fresh("made")?;
    let engine = profile::open(&directory, &setting.recovery)?;
    profile::fill(&engine, SESSIONS, TURNS)?;
    engine.close();
    drop(engine);
    let mut files = vec![directory.join(FILE)];
    for entry in fs::read_dir(SCHEMAS)? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == "ccc"));
    files
        .iter()
        .enumerate()
        .map(|(n, path)| Old::new(setting, n, path))
        .collect()
}

impl Old {
    fn new(setting: &Setting, n: usize, file: &Path) -> Result<Self, Error> {
        let directory = setting.path(&format!("old-{n}"))?;
        fs::create_dir_all(&directory)?;
        fs::copy(file, directory.join(FILE))?;
        let content = content(&directory.join(FILE))?;
        let began = Instant::now();
        Ok(Self {
            schema: recognise(file).map_err(ccc_engine::Error::from)?,
            content,
            record: Recorded::of(setting, &directory, |place| words(place, false))?,
            whole: began.elapsed(),
            directory,
        })
    }

    /// A copy of it at a place of its own.
    fn copy(&self, setting: &Setting) -> Result<PathBuf, Error> {
        let place = setting.path("migrated")?;
        profile::copy_tree(&self.directory, &place)?;
        Ok(place)
    }

    fn killed(&self, setting: &Setting, rng: &mut Rng) -> Result<PathBuf, Error> {
        let place = self.copy(setting)?;
        let mut child = Disk::program(&words(&place, false))?.spawn()?;
        // Some come after the end.
        std::thread::sleep(self.whole.mul_f64(1.2 * rng.f64()));
        child.kill()?;
        child.wait()?;
        Ok(place)
    }

    fn without_power(&self, setting: &Setting, rng: &mut Rng) -> Result<PathBuf, Error> {
        self.record.cut(setting, self.record.moment(rng), rng)
    }

    fn failed(&self, setting: &Setting, rng: &mut Rng) -> Result<PathBuf, Error> {
        let (place, log, lift) = (self.copy(setting)?, setting.path("log")?, setting.path("lift")?);
        let failing = Failing {
            at: self.record.moment(rng) as u64 + 1,
            errno: ERRORS[rng.usize(0..ERRORS.len())],
            forever: rng.bool(),
        };
        let mut command = setting
            .disk
            .failing(&place, &log, failing, &lift, &words(&place, false))?;
        let (mut child, began) = (command.spawn()?, Instant::now());
        while child.try_wait()?.is_none() {
            if began.elapsed() > LONGEST {
                child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut said = String::new();
        if let Some(mut stderr) = child.stderr.take() {
            stderr.read_to_string(&mut said)?;
        }
        if said.contains("panicked") {
            return Err(Error::Setup("a migration panicked where a call failed"));
        }
        Ok(place)
    }

    /// What is wrong with what is there, and whether it is the old file or the new one.
    fn look(&self, setting: &Setting, place: &Path) -> Result<(Vec<String>, State), Error> {
        let (file, mut wrong) = (place.join(FILE), Vec::new());
        let to = newest(&migrations()?);
        let found = recognise(&file).unwrap_or_default();
        if found != self.schema && found != to {
            wrong.push(format!("its schema is {found}"));
        }
        let same = |file: &Path| content_of(file, &self.content).is_ok_and(|content| content == self.content);
        // Of a copy: whoever opens a file changes it.
        let copy = setting.path("looked-at")?;
        profile::copy_tree(place, &copy)?;
        if !is_sound(&copy.join(FILE)) || !same(&copy.join(FILE)) {
            wrong.push("it is damaged, or its rows are others".to_owned());
        }
        match bring_up_to_date(&file, &migrations()?) {
            Err(error) => wrong.push(format!("the next opening says {}", error.code())),
            Ok(()) if recognise(&file).ok() != Some(to) => {
                wrong.push("the next opening does not migrate it".to_owned())
            }
            Ok(()) if !same(&file) || !is_sound(&file) => {
                wrong.push("its rows are others after the next opening".to_owned());
            }
            Ok(()) if !same(&place.join(format!("{FILE}.schema-{}", self.schema))) => {
                wrong.push("the old file does not stand beside it".to_owned());
            }
            Ok(()) => {}
        }
        wrong.extend(unfinished(place)?.into_iter().map(|name| format!("{name} lies on")));
        let state = if found == to { State::New } else { State::Old };
        Ok((wrong, state))
    }
}

/// The unfinished files in a directory.
fn unfinished(place: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(place)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| {
        [".new", ".migrating", ".snapshot"]
            .iter()
            .any(|part| name.contains(part))
    });
    Ok(names)
}

/// How many cuts of a careless migration's power are noticed.
fn control(setting: &Setting, old: &Old) -> Result<usize, Error> {
    let careless = Recorded::of(setting, &old.directory, |place| words(place, true))?;
    let mut noticed = 0;
    for run in 0..CONTROLS {
        let (_, mut rng) = setting.rng(run);
        // While the last pages are written.
        let moment = careless.records.len() - 1 - rng.usize(0..PAGES);
        let place = careless.cut(setting, moment, &mut rng)?;
        noticed += usize::from(!old.look(setting, &place)?.0.is_empty());
    }
    Ok(noticed)
}

fn words(directory: &Path, careless: bool) -> Vec<String> {
    let mut words = ["migrate", "--directory", &directory.to_string_lossy()]
        .map(str::to_owned)
        .to_vec();
    words.extend(careless.then(|| "--careless".to_owned()));
    words
}

/// Those that are shipped, and one more.
fn migrations() -> Result<Vec<Migration>, Error> {
    let mut all = shipped_migrations();
    let name = format!("V{:04}__next", newest(&all) + 1);
    let step = Migration::unapplied(&name, STEP).map_err(|_| Error::Setup("no migration can be made up"))?;
    all.push(step);
    Ok(all)
}

/// Migrates the data file in a directory.
pub fn migrate(migrate: &Migrate) -> Result<(), Error> {
    let (file, migrations) = (migrate.directory.join(FILE), migrations()?);
    if !migrate.careless {
        return Ok(bring_up_to_date(&file, &migrations).map_err(ccc_engine::Error::from)?);
    }
    let beside = migrate.directory.join("careless");
    fs::create_dir_all(&beside)?;
    let copy = beside.join(FILE);
    fs::copy(&file, &copy)?;
    bring_up_to_date(&copy, &migrations).map_err(ccc_engine::Error::from)?;
    let mut over = fs::File::options().write(true).open(&file)?;
    for page in fs::read(&copy)?.chunks(4096) {
        over.write_all(page)?;
    }
    Ok(())
}
