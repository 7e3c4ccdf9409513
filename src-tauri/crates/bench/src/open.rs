//! Opening a large store whose keys are in hand, up to what a person sees first: the list of sessions, and the history
//! of one conversation. The page cache is warm for both.

use std::path::Path;

use crate::{
    error::Error,
    measure::{Pair, Sample, Spread, time},
    plain::{Plain, PlainTurn},
    report::{Report, Target},
    sealed,
    store::{Place, Shape, agree, plain_in, sealed_in},
};
use ccc_domain::Turn;
use ccc_engine::memory::SessionFilter;

/// How much longer CCC may take, in milliseconds.
const TARGET_MS: f64 = 50.0;

/// Opens each store of `turns` turns `rounds` times, alternately.
pub fn measure(place: &Place, turns: u32, rounds: u32) -> Result<Report, Error> {
    let directory = place.filled(turns, Shape::Many)?;
    let mut pair = Pair::default();
    for _ in 0..rounds {
        let (mut seen, mut shown) = (Vec::new(), Vec::new());
        pair.take(
            || open_sealed(&directory, &mut seen),
            || open_plain(&directory, &mut shown),
        )?;
        if seen.is_empty() || !agree(&seen, &shown) {
            return Err(Error::Differ("the first conversation reads differently"));
        }
    }
    let mut report = Report::new(format!(
        "open: {turns} turns, keys in hand, up to the first list of sessions and one history"
    ));
    report.add_pair("open", &pair, Target::None);
    let more = (Spread::of_wall(&pair.sealed).p50 - Spread::of_wall(&pair.plain).p50) / 1_000.0;
    report.add_figure(
        "milliseconds more than plain, at the median",
        more,
        Target::AtMost(TARGET_MS),
    );
    Ok(report)
}

fn open_sealed(directory: &Path, history: &mut Vec<Turn>) -> Result<Sample, Error> {
    let open = sealed::unlocked(&sealed_in(directory))?;
    let (opened, sample) = time(|| {
        let engine = open()?;
        let memory = &engine.memory;
        let sessions = memory.list_sessions(SessionFilter::All)?;
        // The oldest: which was active last differs between the two by the instants of their filling.
        let first = sessions
            .iter()
            .min_by_key(|s| s.id)
            .ok_or(Error::Differ("no session"))?;
        let conversations = memory.list_conversations(first.id)?;
        let first = conversations.first().ok_or(Error::Differ("no conversation"))?;
        *history = memory.get_conversation_history(first.id)?;
        Ok::<_, Error>((engine, sessions))
    });
    opened.map(|_| sample)
}

fn open_plain(directory: &Path, history: &mut Vec<PlainTurn>) -> Result<Sample, Error> {
    let (opened, sample) = time(|| {
        let plain = Plain::open(&plain_in(directory))?;
        let sessions = plain.sessions()?;
        let (first, ..) = sessions.iter().min_by_key(|s| s.0).ok_or(Error::Differ("no session"))?;
        let conversations = plain.conversations(*first)?;
        let (first, _) = conversations.first().ok_or(Error::Differ("no conversation"))?;
        *history = plain.history(*first)?;
        Ok::<_, Error>((plain, sessions))
    });
    opened.map(|_| sample)
}
