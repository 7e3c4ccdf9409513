//! A session of 200 turns read whole: every conversation's history, verified and opened, against the same rows read from
//! the baseline.

use ccc_domain::{SessionId, Turn};
use ccc_engine::memory::SessionFilter;

use crate::{
    error::Error,
    measure::{Pair, time},
    plain::{Plain, PlainTurn},
    report::{Report, Target},
    sealed,
    store::{Place, Shape, agree, plain_in, sealed_in},
    text::SESSION_TURNS,
};

/// Reads `rounds` sessions of a store of `turns` turns, one after another, beginning again at its end.
pub fn measure(place: &Place, turns: u32, rounds: u32) -> Result<Report, Error> {
    let directory = place.filled(turns.max(SESSION_TURNS), Shape::Many)?;
    let engine = sealed::unlocked(&sealed_in(&directory))?()?;
    let plain = Plain::open(&plain_in(&directory))?;
    let sessions = engine.memory.list_sessions(SessionFilter::All)?;
    let mut pair = Pair::default();
    for session in sessions.iter().cycle().take(rounds as usize) {
        let (mut read, mut shown) = (Vec::new(), Vec::new());
        pair.take(
            || {
                let (result, sample) = time(|| read_sealed(&engine, session.id));
                read = result?;
                Ok::<_, Error>(sample)
            },
            || {
                let (result, sample) = time(|| read_plain(&plain, session.id));
                shown = result?;
                Ok(sample)
            },
        )?;
        if read.is_empty() || !agree(&read, &shown) {
            return Err(Error::Differ("a session reads differently"));
        }
    }
    let mut report = Report::new(format!(
        "session: all {SESSION_TURNS} turns of a session of a store of {turns} turns, verified and opened"
    ));
    report.add_pair("session", &pair, Target::None);
    Ok(report)
}

fn read_sealed(engine: &ccc_engine::Engine, session: SessionId) -> Result<Vec<Turn>, Error> {
    let mut turns = Vec::new();
    for conversation in engine.memory.list_conversations(session)? {
        turns.extend(engine.memory.get_conversation_history(conversation.id)?);
    }
    Ok(turns)
}

fn read_plain(plain: &Plain, session: SessionId) -> Result<Vec<PlainTurn>, Error> {
    let mut turns = Vec::new();
    for (conversation, _) in plain.conversations(session)? {
        turns.extend(plain.history(conversation)?);
    }
    Ok(turns)
}
