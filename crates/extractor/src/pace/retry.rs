//! Whether a failed attempt is followed by another, and when. Pure.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

/// The longest a source's `Retry-After` is taken at its word.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);
/// The least wait after a 429, whatever it asks for.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// How often and how patiently a request is tried again. Waits grow by doubling, each is drawn from the whole
/// stretch below its bound ("full jitter").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at one page, the first included.
    pub attempts: u32,
    /// The bound of the first wait.
    pub wait_first: Duration,
    /// The bound no wait exceeds, a `Retry-After` apart.
    pub wait_max: Duration,
    /// The most waiting for one page, all attempts together.
    pub wait_total: Duration,
}

impl RetryPolicy {
    /// Six attempts within ten minutes.
    pub const USUAL: Self = Self {
        attempts: 6,
        wait_first: Duration::from_secs(1),
        wait_max: Duration::from_secs(60),
        wait_total: Duration::from_secs(600),
    };
}

/// What a status asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There may be a page: read it.
    Read,
    /// It may pass.
    TryAgain,
    /// The key is at fault.
    Refused,
    /// The request is at fault.
    Rejected,
}

pub(crate) fn judge(status: StatusCode) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Read,
        408 | 429 | 500..=599 => Verdict::TryAgain,
        401..=403 => Verdict::Refused,
        _ => Verdict::Rejected,
    }
}

/// What a `Retry-After` asks for, from `now` on (or from the source's own `Date`, where it sent one): at most
/// [`RETRY_AFTER_MAX`]; a time that has passed is zero. `None` where it is absent or makes no sense.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
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

/// The waits between the attempts at one page.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: RetryPolicy,
    attempts: u32,
    waited: Duration,
}

impl Backoff {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self { policy, attempts: 0, waited: Duration::ZERO }
    }

    /// The attempts that failed so far.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts an attempt as failed; the wait before the next one, or `None` where there shall be none.
    /// `random` lies in 0 to 1. `asked` is what the source asked for, `is_limit` true for a 429.
    pub(crate) fn next(&mut self, random: f64, asked: Option<Duration>, is_limit: bool) -> Option<Duration> {
        self.attempts += 1;
        if self.attempts >= self.policy.attempts {
            return None;
        }
        let doubled = 2u32.saturating_pow(self.attempts - 1);
        let bound = self.policy.wait_first.saturating_mul(doubled).min(self.policy.wait_max);
        let least = if is_limit { PAUSE_MIN } else { Duration::ZERO };
        let wait = bound.mul_f64(random.clamp(0.0, 1.0)).max(asked.unwrap_or_default()).max(least);
        self.waited = self.waited.saturating_add(wait);
        (self.waited <= self.policy.wait_total).then_some(wait)
    }
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

    #[test]
    fn what_is_tried_again() {
        for (status, expected) in [
            (200, Verdict::Read),
            (204, Verdict::Read),
            (206, Verdict::Read),
            (301, Verdict::Rejected),
            (304, Verdict::Rejected),
            (400, Verdict::Rejected),
            (401, Verdict::Refused),
            (402, Verdict::Refused),
            (403, Verdict::Refused),
            (404, Verdict::Rejected),
            (408, Verdict::TryAgain),
            (410, Verdict::Rejected),
            (422, Verdict::Rejected),
            (429, Verdict::TryAgain),
            (500, Verdict::TryAgain),
            (503, Verdict::TryAgain),
            (520, Verdict::TryAgain),
        ] {
            assert_eq!(judge(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
    }

    proptest! {
        #[test]
        fn any_header_gives_a_bounded_wait_or_none(text in "[ -~]{0,40}|[0-9.eE+-]{0,20}") {
            prop_assert!(asked(&text, None).is_none_or(|wait| wait <= RETRY_AFTER_MAX));
        }

        #[test]
        fn waits_are_bounded_and_never_below_what_was_asked(
            failures in proptest::collection::vec((0.0f64..1.0, proptest::option::of(0u64..400), any::<bool>()), 1..20),
        ) {
            let mut backoff = Backoff::new(RetryPolicy::USUAL);
            let (mut total, mut attempts) = (Duration::ZERO, 0);
            for (random, asked, is_limit) in failures {
                let asked = asked.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
                let Some(wait) = backoff.next(random, asked, is_limit) else { break };
                prop_assert!(asked.is_none_or(|asked| wait >= asked));
                prop_assert!(!is_limit || wait >= PAUSE_MIN);
                total += wait;
                attempts += 1;
            }
            prop_assert!(attempts < RetryPolicy::USUAL.attempts);
            prop_assert!(total <= RetryPolicy::USUAL.wait_total);
        }
    }
}
