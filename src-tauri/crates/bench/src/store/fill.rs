//! Filling both stores with the same text, and how long that took each.
//!
//! CCC's store takes turns one by one, from many threads at once, which share its commits; the baseline takes a
//! conversation in a transaction. They take turns, a batch at a time, and the text is made beforehand.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use ccc_engine::MemoryService;
use serde_json::{Value, json};

use super::{Shape, Stores};
use crate::{
    error::Error,
    measure::time,
    source::{Said, plan},
};

/// How many threads fill CCC's store, so that they share its commits.
const FILLERS: usize = 48;
/// Conversations of a batch, about 25 turns each.
const BATCH: usize = 400;
const FILE: &str = "load.json";

/// How many turns a second each side took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// CCC.
    pub sealed: f64,
    /// The baseline.
    pub plain: f64,
}

impl Load {
    /// What was noted when the stores were filled; none where nothing was.
    pub fn read(directory: &Path) -> Result<Option<Self>, Error> {
        let path = directory.join(FILE);
        if !path.try_exists()? {
            return Ok(None);
        }
        let noted: Value = serde_json::from_slice(&fs::read(path)?).unwrap_or_default();
        let rate = |side: &str| noted.get(side).and_then(Value::as_f64);
        Ok(rate("sealed")
            .zip(rate("plain"))
            .map(|(sealed, plain)| Self { sealed, plain }))
    }

    fn write(self, directory: &Path) -> Result<(), Error> {
        let noted = json!({ "sealed": self.sealed, "plain": self.plain });
        Ok(fs::write(directory.join(FILE), noted.to_string())?)
    }
}

/// Fills both stores, the index of CCC's among it, and notes the rates.
pub fn fill(directory: &Path, turns: u32, shape: Shape) -> Result<(), Error> {
    let stores = Stores::create(directory)?;
    let planned = plan(turns, shape);
    let sessions = stores.add_sessions(&planned)?;
    let memory = &stores.engine.memory;
    let (mut sealed, mut plain) = (0, 0);
    for batch in planned.chunks(BATCH) {
        let said: Vec<Said> = batch
            .iter()
            .map(|planned| stores.source.start(planned, &sessions))
            .collect::<Result<_, _>>()?;
        let (stored, sample) = time(|| store_sealed(memory, &said));
        stored?;
        sealed += sample.wall;
        let (stored, sample) = time(|| store_plain(&stores, &said));
        stored?;
        plain += sample.wall;
    }
    let (saved, sample) = time(|| memory.save_index());
    saved?;
    sealed += sample.wall;
    let rate = |ns: u64| f64::from(turns) * 1e9 / ns as f64;
    let load = Load {
        sealed: rate(sealed),
        plain: rate(plain),
    };
    load.write(directory)
}

/// Each thread takes the next conversation that none has taken.
fn store_sealed(memory: &MemoryService, said: &[Said]) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let fill = || -> Result<(), Error> {
        while let Some((_, turns)) = said.get(next.fetch_add(1, Ordering::Relaxed)) {
            for turn in turns {
                memory.store_conversation_turn(turn.clone())?;
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let fillers: Vec<_> = (0..FILLERS).map(|_| scope.spawn(fill)).collect();
        fillers.into_iter().try_for_each(|filler| {
            let failed = Error::Internal("a filling thread panicked");
            filler.join().unwrap_or(Err(failed))
        })
    })
}

fn store_plain(stores: &Stores, said: &[Said]) -> Result<(), Error> {
    for (conversation, turns) in said {
        stores.plain.begin()?;
        stores.start_plain(conversation)?;
        turns.iter().try_for_each(|turn| stores.plain.add_turn(turn))?;
        stores.plain.commit()?;
    }
    Ok(())
}
