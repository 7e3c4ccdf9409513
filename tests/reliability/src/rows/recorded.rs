//! What a program does to the disk until it ends, and the states that a cut of power leaves of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fastrand::Rng;

use super::Setting;
use crate::{
    crash::Disk as Platter,
    error::Error,
    profile,
    trace::{self, Record},
};

/// What a program did to the disk, and the disk before it.
pub struct Recorded {
    before: Platter,
    pub records: Vec<Record>,
}

impl Recorded {
    /// Of a program that works on a copy of what is in `directory`, whose words are made for that copy's place.
    pub fn of(setting: &Setting, directory: &Path, words: impl FnOnce(&Path) -> Vec<String>) -> Result<Self, Error> {
        let (place, log) = (setting.path("recorded")?, setting.path("log")?);
        profile::copy_tree(directory, &place)?;
        let before = Platter::of(&place)?;
        let output = setting.disk.recorded(&place, &log, &words(&place))?.output()?;
        let records = trace::read(&fs::read(&log)?);
        if !output.status.success() || !records.iter().any(|record| matches!(record, Record::Sync(_))) {
            return Err(Error::Setup("a recorded program did not come to its end"));
        }
        Ok(Self { before, records })
    }

    /// The same of a program that waits for the disk nowhere.
    pub fn without_syncs(mut self) -> Self {
        self.records.retain(|record| !matches!(record, Record::Sync(_)));
        self
    }

    /// The moment at which the last thing was said.
    pub fn last_word(&self) -> usize {
        let said = |record: &Record| matches!(record, Record::Said(_));
        self.records.iter().rposition(said).unwrap_or_default()
    }

    /// The lines that were said until this moment.
    pub fn said(&self, moment: usize) -> Vec<String> {
        let until = self.records.iter().take(moment + 1);
        let said = until.filter_map(|record| match record {
            Record::Said(text) => Some(text.as_str()),
            _ => None,
        });
        said.collect::<String>().lines().map(str::to_owned).collect()
    }

    /// Any moment; every other time one at a step that decides, of which there are few among thousands of writes.
    pub fn moment(&self, rng: &mut Rng) -> usize {
        let any = rng.usize(0..self.records.len());
        let deciding = |at: &usize| !matches!(self.records.get(*at), Some(Record::Write(..)));
        let steps: Vec<usize> = (0..self.records.len()).filter(deciding).collect();
        match steps.get(rng.usize(0..steps.len().max(1))) {
            Some(step) if rng.bool() => *step,
            _ => any,
        }
    }

    /// A state that a cut of power leaves at this moment.
    pub fn cut(&self, setting: &Setting, moment: usize, rng: &mut Rng) -> Result<PathBuf, Error> {
        let (mut disk, place) = (self.before.clone(), setting.path("cut")?);
        for record in self.records.iter().take(moment + 1) {
            disk.take(record);
        }
        disk.cut(rng, &place)?;
        Ok(place)
    }
}
