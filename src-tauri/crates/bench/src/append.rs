//! Turns stored one by one, each durable before the next, in both stores alternately.

use std::fs;

use crate::{
    error::Error,
    measure::{Pair, time},
    report::{Report, Target},
    source::plan,
    store::{Place, Shape, Stores, agree},
};

/// CCC's median may be at most the baseline's.
const TARGET: f64 = 1.0;

/// Measures `rounds` rounds of `turns` turns, each with fresh stores.
pub fn measure(place: &Place, turns: u32, rounds: u32) -> Result<Report, Error> {
    let mut report = Report::new(format!(
        "append: {rounds} rounds of {turns} turns, each turn a durable commit"
    ));
    let (mut all, mut ratios) = (Pair::default(), Vec::new());
    for round in 1..=rounds {
        let directory = place.path().join(format!("append-{round}"));
        if directory.try_exists()? {
            fs::remove_dir_all(&directory)?;
        }
        let stores = Stores::create(&directory)?;
        let pair = measure_round(&stores, turns)?;
        drop(stores);
        fs::remove_dir_all(&directory)?;
        ratios.push(ratio(&pair));
        report.add_pair(&format!("round {round}"), &pair, Target::None);
        all.extend(pair);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    report.add_pair("all", &all, Target::AtMost(TARGET));
    let middle = ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);
    report.add_figure(
        "the middle round's ratio of the medians",
        middle,
        Target::AtMost(TARGET),
    );
    Ok(report)
}

fn ratio(pair: &Pair) -> f64 {
    let of = crate::measure::Spread::of_wall;
    of(&pair.sealed).p50 / of(&pair.plain).p50
}

fn measure_round(stores: &Stores, turns: u32) -> Result<Pair, Error> {
    let (memory, planned) = (&stores.engine.memory, plan(turns, Shape::Many));
    let sessions = stores.add_sessions(&planned)?;
    let mut pair = Pair::default();
    for planned in &planned {
        let (conversation, turns) = stores.source.start(planned, &sessions)?;
        stores.start_plain(&conversation)?;
        for turn in turns {
            let given = turn.clone();
            pair.take(
                || {
                    let (stored, sample) = time(|| memory.store_conversation_turn(given));
                    stored.map(|_| sample).map_err(Error::from)
                },
                || {
                    let (stored, sample) = time(|| stores.plain.append(&turn));
                    stored.map(|()| sample)
                },
            )?;
        }
        let history = memory.get_conversation_history(conversation.id)?;
        if !agree(&history, &stores.plain.history(conversation.id)?) {
            return Err(Error::Differ("a conversation reads back differently"));
        }
    }
    check(stores, turns)?;
    Ok(pair)
}

/// Both hold every turn, and the baseline's index was really filled.
fn check(stores: &Stores, turns: u32) -> Result<(), Error> {
    let turns = u64::from(turns);
    let (plain, found) = stores.plain.count("the")?;
    if plain != turns || stores.engine.memory.turn_count()? != turns || found < turns / 2 {
        return Err(Error::Differ("a turn or its words are missing"));
    }
    Ok(())
}
