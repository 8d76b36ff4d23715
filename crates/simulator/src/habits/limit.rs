//! A limit by the minute, told in one of the many ways in which servers tell it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::{Deserialize, Serialize};

use super::refused::Refused;

/// At most `requests` in each fixed window of `per_s` seconds; the first window begins with the first request. Refused
/// requests do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many are let through in a window.
    pub requests: u64,
    /// Length of the window, in seconds.
    #[serde(default = "minute")]
    pub per_s: f64,
    /// The status of a refusal.
    #[serde(default = "too_many")]
    pub status: u16,
    /// What a refusal tells of the end of the window: nothing by default.
    #[serde(default)]
    pub tells: Vec<Reset>,
}

/// A header of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// Its name, such as `X-RateLimit-Reset`.
    pub header: String,
    /// How it tells when the window ends.
    pub unit: ResetUnit,
}

/// How a header tells when a window ends. All round up to a whole second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetUnit {
    /// Seconds that are left.
    SecondsLeft,
    /// Unix seconds.
    EpochSeconds,
    /// Unix milliseconds.
    EpochMilliseconds,
    /// As in `Date`.
    HttpDate,
}

fn minute() -> f64 {
    60.0
}

fn too_many() -> u16 {
    429
}

/// The window that is under way.
#[derive(Debug, Default)]
pub(super) struct Window {
    began: Option<Duration>,
    admitted: u64,
}

impl Limit {
    /// Lets a request that arrived at `now`, by the wall clock `wall_s`, through or refuses it.
    pub(super) fn admit(&self, window: &mut Window, now: Duration, wall_s: f64) -> Result<(), Refused> {
        let per = Duration::try_from_secs_f64(self.per_s).unwrap_or(Duration::ZERO);
        let mut began = *window.began.get_or_insert(now);
        while now.saturating_sub(began) >= per && !per.is_zero() {
            began += per;
            window.admitted = 0;
        }
        window.began = Some(began);
        if window.admitted < self.requests {
            window.admitted += 1;
            return Ok(());
        }
        let left_s = (began + per).saturating_sub(now).as_secs_f64();
        let mut refused = Refused::new("limit", self.status, "Rate limit reached, try again later");
        refused.headers =
            self.tells.iter().map(|reset| (reset.header.clone(), reset.unit.text(left_s, wall_s))).collect();
        Err(refused)
    }
}

impl ResetUnit {
    #[expect(clippy::cast_possible_truncation, reason = "seconds of this century and of a short wait")]
    fn text(self, left_s: f64, wall_s: f64) -> String {
        let ends_s = (wall_s + left_s).ceil() as i64;
        match self {
            Self::SecondsLeft => (left_s.ceil() as i64).to_string(),
            Self::EpochSeconds => ends_s.to_string(),
            Self::EpochMilliseconds => (ends_s * 1000).to_string(),
            Self::HttpDate => {
                let at = Timestamp::from_second(ends_s).unwrap_or(Timestamp::UNIX_EPOCH);
                DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_tells_when() {
        let limit: Limit = serde_json::from_str(
            r#"{"requests":1,"tells":[{"header":"a","unit":"seconds_left"},{"header":"b","unit":"epoch_seconds"},
                {"header":"c","unit":"epoch_milliseconds"},{"header":"d","unit":"http_date"}]}"#,
        )
        .unwrap();
        let mut window = Window::default();
        let mut admit = |ms| limit.admit(&mut window, Duration::from_millis(ms), 1_733_011_200.0);
        assert_eq!(admit(500), Ok(()));
        let refused = admit(1_500).unwrap_err();
        let told: Vec<&str> = refused.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(told, ["59", "1733011259", "1733011259000", "Sun, 01 Dec 2024 00:00:59 GMT"]);
        assert_eq!(admit(60_500), Ok(()));
        assert!(admit(60_501).is_err());
    }
}
