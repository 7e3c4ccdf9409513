//! What a migration does to the disk, and the states that a cut of power leaves of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fastrand::Rng;

use super::{Setting, words};
use crate::{
    crash::Disk as Platter,
    error::Error,
    profile,
    trace::{self, Record},
};

/// What a migration does to the disk, and the disk before it.
pub struct Recorded {
    before: Platter,
    pub records: Vec<Record>,
}

impl Recorded {
    /// Of a migration of a copy of what is in `directory`.
    pub fn of(setting: &Setting, directory: &Path, careless: bool) -> Result<Self, Error> {
        let (place, log) = (setting.path("recorded")?, setting.path("log")?);
        profile::copy_tree(directory, &place)?;
        let before = Platter::of(&place)?;
        let output = setting
            .disk
            .recorded(&place, &log, &words(&place, careless))?
            .output()?;
        let records = trace::read(&fs::read(&log)?);
        if !output.status.success() || !records.iter().any(|record| matches!(record, Record::Sync(_))) {
            return Err(Error::Setup("a recorded migration did not come to its end"));
        }
        Ok(Self { before, records })
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
