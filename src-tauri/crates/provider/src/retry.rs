//! How long to wait before asking again.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How often a request is repeated at most.
pub const MAX_RETRIES: u32 = 3;

/// The longest wait a server is granted. If it asks for more, the person decides.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The wait before repetition `attempt` (from 1): what the server asked for, else a random share of a doubling time.
///
/// `share` is the random part, from 0 to 1 ("full jitter": clients that failed together do not return together).
/// None means the server asked for more than [`MAX_RETRY_AFTER`].
pub fn wait(attempt: u32, asked: Option<Duration>, base: Duration, cap: Duration, share: f64) -> Option<Duration> {
    match asked {
        Some(asked) => (asked <= MAX_RETRY_AFTER).then_some(asked),
        None => {
            let doubled = base.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
            Some(doubled.min(cap).mul_f64(share.clamp(0.0, 1.0)))
        }
    }
}

/// The wait a server asks for, in seconds or as a date.
///
/// A date is measured against the answer's own `Date`, so that neither clock need be right; without one it is ignored.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now: SystemTime = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const BASE: Duration = Duration::from_millis(500);
    const CAP: Duration = Duration::from_secs(8);

    fn headers(retry_after: &'static str, date: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after));
        headers.extend(date.map(|date| (DATE, HeaderValue::from_static(date))));
        headers
    }

    #[test]
    fn the_wait_doubles_up_to_its_cap_and_is_shared_out_at_random() {
        let whole: Vec<_> = (1..=6)
            .filter_map(|n| wait(n, None, BASE, CAP, 1.0))
            .map(|d| d.as_millis())
            .collect();
        assert_eq!(whole, [500, 1_000, 2_000, 4_000, 8_000, 8_000]);
        assert_eq!(
            wait(3, None, BASE, CAP, 0.0),
            Some(Duration::ZERO),
            "full jitter reaches down to nothing"
        );
        assert_eq!(wait(u32::MAX, None, BASE, CAP, 0.5), Some(CAP / 2));
    }

    #[test]
    fn the_server_may_ask_for_up_to_a_minute() {
        let minute = Duration::from_secs(60);
        assert_eq!(wait(1, Some(minute), BASE, CAP, 0.0), Some(minute));
        assert_eq!(
            wait(1, Some(minute + BASE), BASE, CAP, 0.0),
            None,
            "more is for the person to decide"
        );
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let date = "Fri, 31 Dec 1999 23:59:59 GMT";
        let later = "Sat, 01 Jan 2000 00:00:09 GMT";
        assert_eq!(retry_after(&headers("7", None)), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers("0.5", None)), Some(Duration::from_millis(500)));
        assert_eq!(retry_after(&headers(later, Some(date))), Some(Duration::from_secs(10)));
        assert_eq!(
            retry_after(&headers(date, Some(later))),
            Some(Duration::ZERO),
            "a past date asks for no wait"
        );
        for (value, date) in [
            (later, None),
            ("soon", Some(date)),
            ("-1", None),
            ("NaN", None),
            ("1e300", None),
        ] {
            assert_eq!(retry_after(&headers(value, date)), None, "{value} asks for nothing");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
