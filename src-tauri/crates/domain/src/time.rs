//! Instants: unix milliseconds, UTC, handed in by the caller.

use std::{fmt, str::FromStr};

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in unix milliseconds, UTC. Shown and exchanged as RFC 3339 with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Timestamp(#[cfg_attr(feature = "bindings", specta(type = String))] i64);

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Written out: a formatter that reads a pattern took a tenth of finding a context.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The text is not an RFC 3339 instant, or lies outside the years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid instant")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// 0000-01-01, the first instant RFC 3339 can write.
    const FIRST_MS: i64 = -62_167_219_200_000;

    /// From unix milliseconds, held inside the years 0 to 9999 that RFC 3339 can write.
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(Self::FIRST_MS, jiff::Timestamp::MAX.as_second() * 1_000))
    }

    /// Unix milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to here; 0 when the clock went back.
    pub fn since_ms(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// The day in words, `8 May 2023`, in UTC so that the same store prints the same bytes everywhere.
    pub fn day(self) -> String {
        let date = TimeZone::UTC.to_datetime(self.instant());
        let month = usize::try_from(date.month() - 1).ok().and_then(|at| MONTHS.get(at));
        format!("{} {} {:04}", date.day(), month.unwrap_or(&""), date.year())
    }

    /// Days since 1970-01-01, in UTC: equal for two instants of one [`Self::day`] and no others.
    pub const fn day_number(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }

    fn instant(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.instant())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        text.parse::<jiff::Timestamp>()
            .map(|t| Self::from_ms(t.as_millisecond()))
            .map_err(|_| InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_the_millisecond() {
        let at = Timestamp::from_ms(1_683_554_400_123);
        assert_eq!(at.to_string(), "2023-05-08T14:00:00.123Z");
        assert_eq!(at.to_string().parse(), Ok(at));
        assert_eq!(at.day(), "8 May 2023");
    }

    #[test]
    fn a_day_is_written_as_the_calendar_has_it_and_numbered_alike() {
        // Every 111 days and 7 hours through all years that can be written.
        let step = 111 * DAY_MS + 7 * 3_600_000 + 1;
        let mut before = Timestamp::from_ms(i64::MIN);
        while before < Timestamp::from_ms(i64::MAX) {
            let at = Timestamp::from_ms(before.ms() + step);
            let expected = at.instant().to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string();
            assert_eq!(at.day(), expected);
            let (first, last) = (at.day_number() * DAY_MS, at.day_number() * DAY_MS + DAY_MS - 1);
            for of_the_day in [first, last].map(Timestamp::from_ms) {
                assert_eq!((of_the_day.day(), of_the_day.day_number()), (at.day(), at.day_number()));
            }
            before = at;
        }
    }

    #[test]
    fn odd_clocks_do_no_harm() {
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            let at = Timestamp::from_ms(ms);
            assert_eq!(
                at.to_string().parse(),
                Ok(at),
                "{ms} is held inside what can be written"
            );
        }
        assert_eq!(
            Timestamp::from_ms(5).since_ms(Timestamp::from_ms(9)),
            0,
            "a clock that went back is no negative time"
        );
    }
}
