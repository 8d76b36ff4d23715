//! When a limit comes back, as rate-limit headers tell: `X-RateLimit-Reset`, `RateLimit-Reset`, `X-Rate-Limit-Reset` and
//! their relatives, and `RateLimit` of the IETF's drafts.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};

/// The beginnings of rate-limit headers.
pub(crate) const PREFIXES: [&str; 3] = ["x-ratelimit-", "ratelimit-", "x-rate-limit-"];
/// Numbers below are seconds left; from here on they are seconds since 1970.
const EPOCH_SECONDS_FROM: f64 = 1e9;
/// And from here on milliseconds since 1970.
const EPOCH_MILLISECONDS_FROM: f64 = 1e11;

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remaining {
    None,
    Some,
    /// Nothing says so.
    Unknown,
}

/// The time until a limit comes back, of those of which so much is left; the longest of several. Times that have passed
/// are zero, and what makes no sense is `None`.
pub(super) fn reset_after(headers: &HeaderMap, now: Timestamp, when: &[Remaining]) -> Option<Duration> {
    let sent = headers.get(header::DATE).and_then(|date| http_date(date.to_str().ok()?));
    let at = sent.unwrap_or(now);
    let of_pairs = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        if !name.contains("reset") || !PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            return None;
        }
        let left = headers.get(name.replace("reset", "remaining")).and_then(|left| left.to_str().ok());
        when.contains(&remaining_of(left)).then(|| until(value.to_str().ok()?, at))?
    });
    let of_drafts = headers.get_all("ratelimit").iter().filter_map(|value| {
        let items = value.to_str().ok()?.split(',').collect::<Vec<_>>();
        draft(&items, at, when)
    });
    of_pairs.chain(of_drafts).max()
}

/// `limit=10, remaining=0, reset=12` of the earlier drafts, `"default";r=0;t=12` of the later ones.
fn draft(items: &[&str], at: Timestamp, when: &[Remaining]) -> Option<Duration> {
    let value = |item: &str, names: [&str; 2]| {
        item.split(';').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            names.contains(&name.trim()).then(|| value.trim().to_owned())
        })
    };
    let is_flat = items.iter().any(|item| value(item, ["remaining", "reset"]).is_some());
    let groups: Vec<String> = match is_flat {
        true => vec![items.join(";")],
        false => items.iter().map(|item| (*item).to_owned()).collect(),
    };
    let waits = groups.iter().filter_map(|group| {
        let left = remaining_of(value(group, ["remaining", "r"]).as_deref());
        when.contains(&left).then(|| until(&value(group, ["reset", "t"])?, at))?
    });
    waits.max()
}

fn remaining_of(text: Option<&str>) -> Remaining {
    match text.and_then(|text| text.trim().parse::<f64>().ok()) {
        Some(left) if left <= 0.0 => Remaining::None,
        Some(_) => Remaining::Some,
        None => Remaining::Unknown,
    }
}

/// The time from `at` until a reset: seconds left, an epoch of seconds or milliseconds, a date, or a length as `6m0s`.
fn until(text: &str, at: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = |instant: Timestamp| Duration::try_from(instant.duration_since(at)).unwrap_or(Duration::ZERO);
    if let Ok(number) = text.parse::<f64>() {
        return match number {
            _ if !number.is_finite() || number < 0.0 => None,
            _ if number < EPOCH_SECONDS_FROM => Duration::try_from_secs_f64(number).ok(),
            _ => {
                let seconds = if number < EPOCH_MILLISECONDS_FROM { number } else { number / 1000.0 };
                let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
                Timestamp::from_duration(since).ok().map(wait)
            }
        };
    }
    let date = http_date(text).or_else(|| text.parse().ok());
    date.map(wait).or_else(|| Duration::try_from(text.parse::<SignedDuration>().ok()?).ok())
}

fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text.trim()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "2026-11-29T10:00:00Z";

    fn asked(pairs: &[(&'static str, &str)], when: &[Remaining]) -> Option<u64> {
        let pairs =
            pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        reset_after(&HeaderMap::from_iter(pairs), NOW.parse().unwrap(), when).map(|wait| wait.as_secs())
    }

    #[test]
    fn resets_in_all_their_spellings() {
        for (text, expected) in [
            ("40", Some(40)),
            (" 40 ", Some(40)),
            ("0", Some(0)),
            ("1.5", Some(1)),
            ("1795946440", Some(40)),
            ("1795946440.5", Some(40)),
            ("1795946440000", Some(40)),
            ("1795946000", Some(0)),
            ("Sun, 29 Nov 2026 10:00:40 GMT", Some(40)),
            ("2026-11-29T10:00:40Z", Some(40)),
            ("2026-11-29T11:00:40+01:00", Some(40)),
            ("1m10s", Some(70)),
            ("-5", None),
            ("soon", None),
            ("", None),
            ("inf", None),
        ] {
            for name in ["x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"] {
                assert_eq!(asked(&[(name, text)], &[Remaining::Unknown]), expected, "{name}: {text}");
            }
        }
        let by_its_own_clock =
            [("date", "Sun, 29 Nov 2026 12:00:00 GMT"), ("x-ratelimit-reset", "1795953640")];
        assert_eq!(asked(&by_its_own_clock, &[Remaining::Unknown]), Some(40));
    }

    #[test]
    fn a_limit_is_told_from_its_neighbours() {
        let kong = [
            ("x-ratelimit-remaining-minute", "0"),
            ("x-ratelimit-reset-minute", "30"),
            ("x-ratelimit-remaining-day", "900"),
            ("x-ratelimit-reset-day", "40000"),
        ];
        assert_eq!(asked(&kong, &[Remaining::None]), Some(30));
        assert_eq!(asked(&kong, &[Remaining::Some]), Some(40000));
        assert_eq!(asked(&kong, &[Remaining::Unknown]), None);
        let both = [("x-ratelimit-reset", "30"), ("ratelimit-reset", "31")];
        assert_eq!(asked(&both, &[Remaining::Unknown]), Some(31));
        for (text, none, some) in [
            ("limit=10, remaining=0, reset=12", Some(12), None),
            ("limit=10, remaining=3, reset=12", None, Some(12)),
            (r#""default";r=0;t=12"#, Some(12), None),
            (r#""burst";r=5;t=1, "daily";r=0;t=70"#, Some(70), Some(1)),
            ("10", None, None),
        ] {
            assert_eq!(asked(&[("ratelimit", text)], &[Remaining::None]), none, "{text}");
            assert_eq!(asked(&[("ratelimit", text)], &[Remaining::Some]), some, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_left(text in "[ -~]{0,40}|[0-9.eE+-]{0,20}") {
            asked(&[("x-ratelimit-reset", &text), ("ratelimit", &text)], &[Remaining::Unknown]);
        }
    }
}
