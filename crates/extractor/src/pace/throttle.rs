//! What a source says of when it may be asked again.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

/// The longest a source's `Retry-After` is taken at its word.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);
/// The least wait after a 429, whatever it asks for.
const LIMIT_PAUSE_MIN: Duration = Duration::from_secs(1);

/// How long all requests that share a limit pause after an answer; `None` where they do not. A 429 always asks for a pause,
/// a 503 where it names one; other answers are a matter of the one page.
pub(crate) fn pause_after(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            Some(retry_after(headers, now).unwrap_or_default().max(LIMIT_PAUSE_MIN))
        }
        StatusCode::SERVICE_UNAVAILABLE => retry_after(headers, now),
        _ => None,
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

    #[test]
    fn limits_pause_all_requests() {
        let seconds = |seconds: u64| Some(Duration::from_secs(seconds));
        for (status, retry_after_text, expected) in [
            (429, None, seconds(1)),
            (429, Some("0"), seconds(1)),
            (429, Some("7"), seconds(7)),
            (429, Some("soon"), seconds(1)),
            (429, Some("9999"), Some(RETRY_AFTER_MAX)),
            (503, None, None),
            (503, Some("0"), seconds(0)),
            (503, Some("7"), seconds(7)),
            (500, Some("7"), None),
            (408, Some("7"), None),
            (200, Some("7"), None),
        ] {
            let value = retry_after_text.map(|text| (header::RETRY_AFTER, text.parse().unwrap()));
            let headers = HeaderMap::from_iter(value);
            let pause = pause_after(StatusCode::from_u16(status).unwrap(), &headers, Timestamp::UNIX_EPOCH);
            assert_eq!(pause, expected, "{status} {retry_after_text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_gives_a_bounded_wait_or_none(text in "[ -~]{0,40}|[0-9.eE+-]{0,20}") {
            prop_assert!(asked(&text, None).is_none_or(|wait| wait <= RETRY_AFTER_MAX));
        }
    }
}
