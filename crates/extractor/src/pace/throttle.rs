//! What a source says of its limit, and when it may be asked again.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

use super::reset::{Remaining, reset_after};

/// The longest a source's `Retry-After` is taken at its word.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);
/// The longest that a limit's reset is taken at its word; one that lies further ahead is handled as a `Retry-After`.
const RESET_MAX: Duration = Duration::from_secs(15 * 60);
/// The least wait after a 429, whatever it asks for.
const LIMIT_PAUSE_MIN: Duration = Duration::from_secs(1);

/// What an answer asks of all requests that share its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Throttle {
    /// Nothing: what went wrong is a matter of the one page.
    None,
    /// The answer is good, and the last for now: requests pause for so long.
    LastForNow(Duration),
    /// The attempt failed; requests pause for at least so long.
    Pause(Duration),
    /// The limit is used up, and nothing says for how long.
    Unworded,
    /// The limit is used up, and comes back after so long. Waiting for that is no failed attempt.
    UsedUp(Duration),
}

/// What an answer asks for.
///
/// A 429 always asks for a pause, and so do 420 and 509, which stand for it elsewhere; a 503 and a 529 do where they name one. A
/// limit that an answer says to have none left of asks for one whatever the status, where it says when it comes back. With a 403,
/// that or a `Retry-After` is what the answer is about: no key gets better by waiting.
pub(crate) fn throttle(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Throttle {
    let retry_after = retry_after(headers, now);
    let reset = |when: &[Remaining]| {
        let wait = reset_after(headers, now, when).filter(|wait| !wait.is_zero())?;
        Some(if wait > RESET_MAX { RETRY_AFTER_MAX } else { wait })
    };
    match status.as_u16() {
        420 | 429 | 509 => {
            let named = retry_after.filter(|wait| !wait.is_zero());
            let named = named
                .or_else(|| reset(&[Remaining::None]))
                .or_else(|| reset(&[Remaining::Unknown, Remaining::Some]));
            match (named, retry_after) {
                (Some(wait), _) => Throttle::UsedUp(wait.max(LIMIT_PAUSE_MIN)),
                (None, Some(_)) => Throttle::Pause(LIMIT_PAUSE_MIN),
                (None, None) => Throttle::Unworded,
            }
        }
        503 | 529 => match (reset(&[Remaining::None]), retry_after) {
            (None, Some(wait)) => Throttle::Pause(wait),
            (Some(wait), retry_after) => Throttle::UsedUp(retry_after.unwrap_or(wait)),
            (None, None) => reset(&[Remaining::Unknown]).map_or(Throttle::None, Throttle::Pause),
        },
        403 => match retry_after.filter(|wait| !wait.is_zero()).or_else(|| reset(&[Remaining::None])) {
            Some(wait) => Throttle::UsedUp(wait.max(LIMIT_PAUSE_MIN)),
            None => Throttle::None,
        },
        _ if status.is_success() => {
            // What lies further ahead is left to the answer that says so.
            let wait = reset_after(headers, now, &[Remaining::None]);
            wait.filter(|wait| !wait.is_zero() && *wait <= RESET_MAX)
                .map_or(Throttle::None, Throttle::LastForNow)
        }
        _ => Throttle::None,
    }
}

/// What a `Retry-After` asks for, from `now` on (or from the source's own `Date`, where it sent one): at most
/// [`RETRY_AFTER_MAX`]; a time that has passed is zero. `None` where it is absent or makes no sense.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a far future.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(RETRY_AFTER_MAX));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let sent = headers.get(header::DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let wait = at.duration_since(sent.unwrap_or_else(|| now.into())).unwrap_or(Duration::ZERO);
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(retry_after_text: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry_after_text.parse().unwrap());
        if let Some(date) = date {
            headers.insert(header::DATE, date.parse().unwrap());
        }
        retry_after(&headers, "1994-11-06T08:49:37Z".parse().unwrap())
    }

    #[test]
    fn retry_after_in_all_its_forms() {
        let seconds = |seconds: u64| Some(Duration::from_secs(seconds));
        for (text, expected) in [
            ("0", seconds(0)),
            ("7", seconds(7)),
            (" 7 ", seconds(7)),
            ("1.5", Some(Duration::from_millis(1500))),
            ("315360000", Some(RETRY_AFTER_MAX)),
            ("99999999999999999999999999", Some(RETRY_AFTER_MAX)),
            ("1e300", None),
            ("-5", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:47 GMT", seconds(10)),
            ("Sunday, 06-Nov-94 08:49:47 GMT", seconds(10)),
            ("Sun Nov  6 08:49:47 1994", seconds(10)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
            ("Tue, 06 Nov 2094 08:49:37 GMT", None),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(RETRY_AFTER_MAX)),
        ] {
            assert_eq!(asked(text, None), expected, "{text:?}");
        }
        let by_its_own_clock = asked("Sun, 06 Nov 1994 10:00:05 GMT", Some("Sun, 06 Nov 1994 10:00:00 GMT"));
        assert_eq!(by_its_own_clock, seconds(5));
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp::UNIX_EPOCH), None);
    }

    fn judged(status: u16, pairs: &[(&'static str, &str)]) -> Throttle {
        let pairs =
            pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        let now = "1994-11-06T08:49:37Z".parse().unwrap();
        throttle(StatusCode::from_u16(status).unwrap(), &HeaderMap::from_iter(pairs), now)
    }

    #[test]
    fn what_each_answer_asks_of_all_requests() {
        let used_up = |seconds| Throttle::UsedUp(Duration::from_secs(seconds));
        let pause = |seconds| Throttle::Pause(Duration::from_secs(seconds));
        let (after, none_left) = ("retry-after", ("x-ratelimit-remaining", "0"));
        let (reset, far) = (("x-ratelimit-reset", "40"), ("x-ratelimit-reset", "9999"));
        for (status, pairs, expected) in [
            (429, &[][..], Throttle::Unworded),
            (429, &[(after, "soon")], Throttle::Unworded),
            (429, &[(after, "0")], pause(1)),
            (429, &[(after, "7")], used_up(7)),
            (429, &[(after, "0.2")], used_up(1)),
            (429, &[(after, "9999")], used_up(300)),
            (429, &[(after, "7"), reset], used_up(7)),
            (429, &[(after, "0"), reset], used_up(40)),
            (429, &[reset], used_up(40)),
            (429, &[far], used_up(300)),
            (429, &[none_left, reset], used_up(40)),
            (429, &[("x-ratelimit-remaining", "5"), reset], used_up(40)),
            (429, &[("ratelimit", "limit=10, remaining=0, reset=12")], used_up(12)),
            (503, &[], Throttle::None),
            (503, &[(after, "0")], pause(0)),
            (503, &[(after, "7")], pause(7)),
            (503, &[reset], pause(40)),
            (503, &[none_left, reset], used_up(40)),
            (503, &[("x-ratelimit-remaining", "5"), reset], Throttle::None),
            (420, &[], Throttle::Unworded),
            (420, &[(after, "7")], used_up(7)),
            (509, &[], Throttle::Unworded),
            (529, &[], Throttle::None),
            (529, &[(after, "7")], pause(7)),
            (403, &[none_left, reset], used_up(40)),
            (403, &[(after, "7")], used_up(7)),
            (403, &[(after, "7"), none_left, reset], used_up(7)),
            (403, &[(after, "0")], Throttle::None),
            (403, &[reset], Throttle::None),
            (403, &[], Throttle::None),
            (500, &[(after, "7"), reset], Throttle::None),
            (408, &[(after, "7")], Throttle::None),
            (200, &[(after, "7"), reset], Throttle::None),
            (200, &[none_left, reset], Throttle::LastForNow(Duration::from_secs(40))),
            (200, &[none_left, far], Throttle::None),
            (200, &[none_left], Throttle::None),
        ] {
            assert_eq!(judged(status, pairs), expected, "{status} {pairs:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_gives_a_bounded_wait_or_none(text in "[ -~]{0,40}|[0-9.eE+-]{0,20}") {
            prop_assert!(asked(&text, None).is_none_or(|wait| wait <= RETRY_AFTER_MAX));
        }
    }
}
