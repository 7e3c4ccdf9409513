use proptest::prelude::*;

use super::*;

const KEEP: Retention = Retention::within(u64::MAX);

fn at(ms: i64) -> Dated {
    Dated {
        at: Timestamp::from_ms(ms),
        bytes: 10,
        sound: true,
    }
}

/// What stays, oldest first.
fn left(backups: &[Dated], keep: &Retention) -> Vec<Dated> {
    let gone = surplus(backups, keep);
    let mut left: Vec<Dated> = (0..backups.len())
        .filter(|n| !gone.contains(n))
        .map(|n| backups[n])
        .collect();
    left.sort_by_key(|backup| backup.at);
    left
}

#[test]
fn a_year_of_hourly_backups_leaves_a_day_by_the_hour_two_weeks_by_the_day_and_two_months_by_the_week() {
    // 2026-01-01, a Thursday, to the end of the year.
    let first = 1_767_225_600_000;
    let backups: Vec<Dated> = (0..24 * 365).map(|hour| at(first + hour * HOUR_MS)).collect();
    let left = left(&backups, &KEEP);
    let newest = backups[backups.len() - 1].at.ms();
    let within = |ms: i64| left.iter().filter(|backup| newest - backup.at.ms() < ms).count();
    assert_eq!(within(DAY_MS), 24, "the last day by the hour");
    assert_eq!(within(14 * DAY_MS), 24 + 13, "before it, thirteen days by the day");
    assert_eq!(
        left.len(),
        24 + 13 + 5,
        "and five weeks before those; three end inside them"
    );
    assert!(within(8 * WEEK_MS) == left.len(), "nothing is older than eight weeks");
}

#[test]
fn too_large_a_store_loses_its_oldest_first_and_never_the_newest() {
    let backups = [at(0), at(HOUR_MS), at(2 * HOUR_MS), at(3 * HOUR_MS)];
    assert_eq!(surplus(&backups, &Retention::within(25)), [0, 1]);
    assert_eq!(surplus(&backups, &Retention::within(0)), [0, 1, 2]);
}

#[test]
fn beside_a_newest_one_that_is_too_large_not_even_an_empty_one_stays() {
    let empty = Dated { bytes: 0, ..at(0) };
    assert_eq!(surplus(&[empty, at(HOUR_MS)], &Retention::within(5)), [0]);
}

#[test]
fn a_backup_that_is_not_sound_stays_until_a_newer_one_is() {
    let unsound = |ms| Dated { sound: false, ..at(ms) };
    assert_eq!(surplus(&[unsound(0), unsound(HOUR_MS)], &KEEP), Vec::<usize>::new());
    assert_eq!(surplus(&[at(0), unsound(HOUR_MS)], &KEEP), Vec::<usize>::new());
    assert_eq!(surplus(&[unsound(0), at(HOUR_MS)], &KEEP), [0]);
}

#[test]
fn one_is_due_an_hour_after_the_last_when_something_changed() {
    let time = Timestamp::from_ms;
    assert!(is_due(None, true, time(0)));
    assert!(!is_due(None, false, time(0)), "there is nothing to be kept");
    assert!(!is_due(Some(time(0)), true, time(HOUR_MS - 1)));
    assert!(is_due(Some(time(0)), true, time(HOUR_MS)));
    assert!(!is_due(Some(time(0)), false, time(HOUR_MS)));
    assert!(is_due(Some(time(5)), true, time(4)), "the clock went back");
    assert!(drill_is_due(None, time(0)) && drill_is_due(Some(time(0)), time(WEEK_MS)));
    assert!(!drill_is_due(Some(time(0)), time(WEEK_MS - 1)));
}

fn backups() -> impl Strategy<Value = Vec<Dated>> {
    let one = (0..400 * DAY_MS, 0..1_000u64, prop::bool::weighted(0.8));
    prop::collection::vec(
        one.prop_map(|(ms, bytes, sound)| Dated {
            at: Timestamp::from_ms(ms),
            bytes,
            sound,
        }),
        0..200,
    )
}

proptest! {
    #[test]
    fn the_newest_sound_backup_stays_whatever_the_limits(all in backups(), max in 0..5_000u64, n in 0..3usize) {
        let keep = Retention { hourly: n, daily: n, weekly: n, max_bytes: max };
        let newest = all.iter().filter(|b| b.sound).map(|b| b.at).max();
        let left = left(&all, &keep);
        prop_assert_eq!(left.iter().filter(|b| b.sound).map(|b| b.at).max(), newest);
        if newest.is_none() {
            prop_assert_eq!(left.len(), all.len(), "without a sound one, nothing goes");
        }
    }

    #[test]
    fn every_hour_day_and_week_of_the_last_keeps_its_newest(all in backups()) {
        let left = left(&all, &KEEP);
        for (most, period, offset) in [(24, HOUR_MS, 0), (14, DAY_MS, 0), (8, WEEK_MS, 3 * DAY_MS)] {
            let of = |b: &Dated| (b.at.ms() + offset).div_euclid(period);
            let sound = || all.iter().filter(|b| b.sound);
            let periods: BTreeSet<i64> = sound().map(of).collect();
            for wanted in periods.into_iter().rev().take(most) {
                let newest = sound().filter(|b| of(b) == wanted).map(|b| b.at).max();
                prop_assert!(left.iter().any(|b| b.sound && Some(b.at) == newest));
            }
        }
    }

    #[test]
    fn what_stays_is_within_the_size_or_the_newest_alone(all in backups(), max in 0..5_000u64) {
        let left = left(&all, &Retention::within(max));
        let sound: Vec<u64> = left.iter().filter(|b| b.sound).map(|b| b.bytes).collect();
        prop_assert!(sound.len() <= 1 || sound.iter().sum::<u64>() <= max);
    }

    #[test]
    fn pruning_again_changes_nothing(all in backups(), max in 0..50_000u64) {
        let keep = Retention::within(max);
        let once = left(&all, &keep);
        prop_assert_eq!(left(&once, &keep), once);
    }
}
