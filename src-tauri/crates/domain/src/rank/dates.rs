//! Dates named in a directive: a turn of that time weighs more.

use crate::Timestamp;

const DAY_MS: i64 = 86_400_000;
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// How much more a turn of just that time weighs.
const BOOST: f64 = 0.2;

/// A month or a year is still spoken of when it is over.
const TOLD_AFTER_MS: i64 = 31 * DAY_MS;

/// A span of whole days in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    first: Timestamp,
    /// Exclusive.
    end: Timestamp,
    /// A month or a year: what lies inside or soon after counts in full, nothing else at all.
    exact: bool,
}

impl DateRange {
    fn days(first_day: i64, days: i64, exact: bool) -> Self {
        Self {
            first: Timestamp::from_ms(first_day.saturating_mul(DAY_MS)),
            end: Timestamp::from_ms(first_day.saturating_add(days).saturating_mul(DAY_MS)),
            exact,
        }
    }

    /// The most that [`Self::factor`] gives.
    pub const MOST: f64 = 1.0 + BOOST;

    /// What a turn of this instant is worth: 1.2 on the day (from the day before to two days after, because people speak
    /// of a thing when it is over), less up to five weeks away, 1 elsewhere.
    pub fn factor(&self, at: Timestamp) -> f64 {
        if self.exact {
            let end = self.end.ms().saturating_add(TOLD_AFTER_MS);
            let inside = at >= self.first && at.ms() < end;
            return 1.0 + if inside { BOOST } else { 0.0 };
        }
        let after = at.ms().saturating_sub(self.end.ms()).div_euclid(DAY_MS) + 1;
        let before = self
            .first
            .ms()
            .saturating_sub(at.ms())
            .saturating_add(DAY_MS - 1)
            .div_euclid(DAY_MS);
        let near = match (before.max(0), after.max(0)) {
            (0..=1, 0..=2) => 1.0,
            (0, 3..=10) => 0.6,
            (0..=35, 0..=35) => 0.25,
            _ => 0.0,
        };
        1.0 + BOOST * near
    }
}

/// The dates that `folded_words` name, in their order: `2023-05-08`, `8 may 2023`, `may 8th`, `may 2023`, `2023`,
/// `yesterday`, `last week`, `three days ago`, `on monday`. Dates without a year and words like "yesterday" are taken
/// as before `now`. A month's name alone is a word like any other ("may").
pub fn dates(folded_words: &[&str], now: Timestamp) -> Vec<DateRange> {
    let today = now.ms().div_euclid(DAY_MS);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < folded_words.len() {
        let rest = folded_words.get(at..).unwrap_or_default();
        match absolute(rest, today).or_else(|| relative(rest, today)) {
            Some((range, taken)) => {
                found.push(range);
                at += taken;
            }
            None => at += 1,
        }
    }
    found
}

fn absolute(words: &[&str], today: i64) -> Option<(DateRange, usize)> {
    let word = |n: usize| words.get(n).copied();
    let day = |n: usize| word(n).and_then(ordinal);
    let month = |n: usize| word(n).and_then(month_number);
    let year = |n: usize| word(n).and_then(year_number);
    let numeral = |n: usize| {
        word(n)
            .and_then(|w| w.parse::<u8>().ok())
            .filter(|m| (1..=12).contains(m))
    };
    if let (Some(y), Some(m), Some(d)) = (year(0), numeral(1), day(2)) {
        return Some((DateRange::days(civil(y, m, d)?, 1, false), 3));
    }
    if let (Some(d), Some(m)) = (day(0), month(1)) {
        return with_year(d, m, year(2), today).map(|range| (range, 2 + usize::from(year(2).is_some())));
    }
    if let (Some(m), Some(d)) = (month(0), day(1)) {
        return with_year(d, m, year(2), today).map(|range| (range, 2 + usize::from(year(2).is_some())));
    }
    if let (Some(m), Some(y)) = (month(0), year(1)) {
        let first = civil(y, m, 1)?;
        let next = if m == 12 {
            civil(y + 1, 1, 1)?
        } else {
            civil(y, m + 1, 1)?
        };
        return Some((DateRange::days(first, next - first, true), 2));
    }
    let y = year(0)?;
    let first = civil(y, 1, 1)?;
    Some((DateRange::days(first, civil(y + 1, 1, 1)? - first, true), 1))
}

/// A day without a year is the last one there was.
fn with_year(day: u8, month: u8, year: Option<i16>, today: i64) -> Option<DateRange> {
    let at = match year {
        Some(year) => civil(year, month, day)?,
        None => {
            let this = year_of(today)?;
            match civil(this, month, day) {
                Some(at) if at <= today => at,
                _ => civil(this - 1, month, day)?,
            }
        }
    };
    Some(DateRange::days(at, 1, false))
}

fn relative(words: &[&str], today: i64) -> Option<(DateRange, usize)> {
    let word = |n: usize| words.get(n).copied().unwrap_or_default();
    // 1970-01-01 was a Thursday.
    let weekday = (today + 3).rem_euclid(7);
    match (word(0), word(1), word(2)) {
        ("yesterday", ..) => Some((DateRange::days(today - 1, 1, false), 1)),
        ("last", "week", _) => Some((DateRange::days(today - weekday - 7, 7, false), 2)),
        ("last", "month", _) => Some((DateRange::days(today - 45, 30, false), 2)),
        ("last" | "on", day, _) if WEEKDAYS.contains(&day) => {
            let wanted = i64::try_from(WEEKDAYS.iter().position(|d| *d == day)?).ok()?;
            let back = (weekday - wanted - 1).rem_euclid(7) + 1;
            Some((DateRange::days(today - back, 1, false), 2))
        }
        (n, unit, "ago") => {
            let n = count(n)?;
            let days = match unit.strip_suffix('s').unwrap_or(unit) {
                "day" => 1,
                "week" => 7,
                "month" => 30,
                "year" => 365,
                _ => return None,
            };
            let width = i64::min(days, 7);
            Some((DateRange::days(today - n * days - width / 2, width, false), 3))
        }
        _ => None,
    }
}

fn count(word: &str) -> Option<i64> {
    const WORDS: [&str; 10] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    if word == "a" || word == "an" {
        return Some(1);
    }
    let spelled = WORDS
        .iter()
        .position(|w| *w == word)
        .and_then(|n| i64::try_from(n + 1).ok());
    spelled.or_else(|| word.parse().ok().filter(|n| (1..=999).contains(n)))
}

fn ordinal(word: &str) -> Option<u8> {
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|end| word.strip_suffix(end))
        .unwrap_or(word);
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

fn month_number(word: &str) -> Option<u8> {
    let found = MONTHS
        .iter()
        .position(|m| *m == word || (word.len() == 3 && m.starts_with(word)))?;
    u8::try_from(found + 1).ok()
}

fn year_number(word: &str) -> Option<i16> {
    word.parse()
        .ok()
        .filter(|year| word.len() == 4 && (1900..2200).contains(year))
}

/// Days since 1970-01-01.
fn civil(year: i16, month: u8, day: u8) -> Option<i64> {
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(i64::from(date.since(epoch).ok()?.get_days()))
}

fn year_of(day: i64) -> Option<i16> {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch
        .checked_add(jiff::Span::new().try_days(day).ok()?)
        .ok()
        .map(|date| date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sunday.
    const NOW: &str = "2026-11-22T17:00:00Z";

    fn named(text: &str) -> Vec<(String, String)> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let found = dates(&words, NOW.parse().unwrap());
        let last = |range: &DateRange| Timestamp::from_ms(range.end.ms() - 1).day();
        found.iter().map(|range| (range.first.day(), last(range))).collect()
    }

    #[test]
    fn dates_are_read_in_the_forms_people_write() {
        let one = |day: &str| vec![(day.to_owned(), day.to_owned())];
        assert_eq!(named("what on 8 may 2023 happened"), one("8 May 2023"));
        assert_eq!(named("may 8th 2023"), one("8 May 2023"));
        assert_eq!(named("2023 05 08"), one("8 May 2023"));
        assert_eq!(
            named("on december 24"),
            one("24 December 2025"),
            "the last one there was"
        );
        assert_eq!(
            named("in may 2023"),
            [("1 May 2023".to_owned(), "31 May 2023".to_owned())]
        );
        assert_eq!(
            named("during 2024"),
            [("1 January 2024".to_owned(), "31 December 2024".to_owned())]
        );
        assert_eq!(named("yesterday"), one("21 November 2026"));
        assert_eq!(named("on monday"), one("16 November 2026"));
        assert_eq!(named("two days ago"), one("20 November 2026"));
        assert_eq!(
            named("last week"),
            [("9 November 2026".to_owned(), "15 November 2026".to_owned())]
        );
        assert_eq!(
            named("it may be 80 or 31 february"),
            [],
            "neither a month's word nor a day that is none"
        );
    }

    #[test]
    fn the_nearer_a_turn_is_to_the_date_the_more_it_weighs() {
        let words = ["8", "may", "2023"];
        let range = dates(&words, NOW.parse().unwrap())[0];
        let factor = |at: &str| range.factor(at.parse().unwrap());
        assert!((factor("2023-05-08T12:00:00Z") - 1.2).abs() < 1e-9);
        assert!((factor("2023-05-07T00:00:00Z") - 1.2).abs() < 1e-9, "the day before");
        assert!((factor("2023-05-10T23:00:00Z") - 1.2).abs() < 1e-9, "two days after");
        assert!((factor("2023-05-15T00:00:00Z") - 1.12).abs() < 1e-9);
        assert!((factor("2023-06-10T00:00:00Z") - 1.05).abs() < 1e-9);
        assert!((factor("2024-05-08T00:00:00Z") - 1.0).abs() < 1e-9);
    }
}
