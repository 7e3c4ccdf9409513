//! When a backup is due, and which ones are kept: pure rules over dates and sizes.

use std::collections::BTreeSet;

use crate::Timestamp;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;

/// How many backups stay: the newest of each of so many hours, days and weeks in which one was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Hours.
    pub hourly: usize,
    /// Days, in UTC.
    pub daily: usize,
    /// Weeks, from Monday on, in UTC.
    pub weekly: usize,
    /// How large all of them may be together, in bytes. The newest stays even if it alone is larger.
    pub max_bytes: u64,
}

impl Retention {
    /// A day by the hour, two weeks by the day, two months by the week.
    pub const fn within(max_bytes: u64) -> Self {
        Self {
            hourly: 24,
            daily: 14,
            weekly: 8,
            max_bytes,
        }
    }
}

/// What the rules ask about a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// When it was made.
    pub at: Timestamp,
    /// How large it is.
    pub bytes: u64,
    /// Whether it was verified, and nothing spoke against it since.
    pub sound: bool,
}

/// Which of `backups` may go, by their place in the slice, oldest first.
///
/// The newest sound one always stays. One that is not sound goes once a newer sound one is there.
pub fn surplus(backups: &[Dated], keep: &Retention) -> Vec<usize> {
    let mut newest_first: Vec<(usize, &Dated)> = backups.iter().enumerate().collect();
    newest_first.sort_by_key(|(place, backup)| std::cmp::Reverse((backup.at, *place)));
    let sound: Vec<_> = newest_first
        .iter()
        .filter(|(_, backup)| backup.sound)
        .copied()
        .collect();
    let Some((_, newest)) = sound.first() else {
        return Vec::new();
    };
    let mut kept = BTreeSet::new();
    for (most, period) in [(keep.hourly, HOUR_MS), (keep.daily, DAY_MS), (keep.weekly, WEEK_MS)] {
        kept.extend(newest_of_each(&sound, most.max(1), period));
    }
    let (mut bytes, mut full, mut over) = (0_u64, false, Vec::new());
    for (nth, (place, backup)) in sound.iter().filter(|(place, _)| kept.contains(place)).enumerate() {
        bytes = bytes.saturating_add(backup.bytes);
        full |= nth > 0 && bytes > keep.max_bytes;
        if full {
            over.push(*place);
        }
    }
    kept.retain(|place| !over.contains(place));
    let stays = |place: usize, backup: &Dated| kept.contains(&place) || (!backup.sound && backup.at >= newest.at);
    let goes = newest_first
        .into_iter()
        .rev()
        .filter(|(place, backup)| !stays(*place, backup));
    goes.map(|(place, _)| place).collect()
}

/// The places of the newest backup in each of the last `most` periods that have one.
fn newest_of_each(newest_first: &[(usize, &Dated)], most: usize, period_ms: i64) -> Vec<usize> {
    let (mut places, mut last) = (Vec::new(), None);
    for (place, backup) in newest_first {
        // The first day of all was a Thursday: three days on, weeks begin with Monday.
        let offset = if period_ms == WEEK_MS { 3 * DAY_MS } else { 0 };
        let period = Some((backup.at.ms() + offset).div_euclid(period_ms));
        if period != last && places.len() < most {
            places.push(*place);
        }
        last = period;
    }
    places
}

/// Whether a backup is to be made by itself: something was changed since the last one, and that is an hour ago or lies in
/// the future, as after the clock was put right.
pub fn is_due(last: Option<Timestamp>, changed: bool, now: Timestamp) -> bool {
    changed && last.is_none_or(|last| passed(last, now, HOUR_MS))
}

/// Whether restoring is to be tried out: the last time is a week ago or lies in the future.
pub fn drill_is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| passed(last, now, WEEK_MS))
}

fn passed(last: Timestamp, now: Timestamp, ms: i64) -> bool {
    !(0..ms).contains(&now.ms().saturating_sub(last.ms()))
}

#[cfg(test)]
mod tests;
