//! Lengths of time, as written in YAML.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A length of time as written in YAML: `90s`, `15m`, `12h`, `2d`, `1w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    seconds: u32,
}

const UNITS: [(&str, u32); 5] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Span {
    /// A span of whole days.
    pub const fn days(days: u32) -> Self {
        Self { seconds: days * 86_400 }
    }

    /// A span of whole seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self { seconds }
    }

    /// The length in seconds.
    pub const fn as_seconds(self) -> i64 {
        self.seconds as i64
    }

    /// The length as the standard library has it.
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }
}

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("bad length of time `{text}`: a number and s, m, h, d or w, as in `2d`");
        UNITS
            .iter()
            .find_map(|(unit, seconds)| text.strip_suffix(unit).map(|number| (number, seconds)))
            .and_then(|(number, seconds)| number.trim().parse::<u32>().ok()?.checked_mul(*seconds))
            .map(|seconds| Self { seconds })
            .ok_or_else(bad)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, seconds) =
            UNITS.into_iter().find(|(_, seconds)| self.seconds.is_multiple_of(*seconds)).unwrap_or(("s", 1));
        write!(out, "{}{unit}", self.seconds / seconds)
    }
}

crate::json_schema::string_schema!(Span, "A length of time: a number and s, m, h, d or w, as in `2d`.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_shown() {
        for text in ["90s", "15m", "12h", "2d", "1w"] {
            assert_eq!(Span::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        assert_eq!(Span::try_from("36h".to_owned()).unwrap().as_seconds(), 129_600);
        for text in ["", "d", "2", "2 days", "-1d", "99999999w"] {
            assert!(Span::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
