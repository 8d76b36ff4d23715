//! Instants, as people write them.

use jiff::{Timestamp, civil, tz::Offset};

/// Shorter numbers are more likely a year or a month than Unix seconds; these begin in 1973.
const UNIX_DIGITS_MIN: usize = 9;

/// Reads an instant: RFC 3339, a date (its midnight), a time without a zone (UTC as well), or Unix seconds. A text is read
/// as a whole or not at all.
///
/// # Errors
/// A fragment that names the spellings, to stand behind the text.
pub fn parse_instant(text: &str) -> Result<Timestamp, String> {
    let read = match text.parse::<Timestamp>() {
        // What stands in brackets would be left out.
        Ok(instant) => Some(instant).filter(|_| !text.contains('[')),
        Err(_) => without_zone(text).or_else(|| unix_seconds(text)),
    };
    read.ok_or_else(|| {
        "neither a date (2024-12-01) nor RFC 3339 (2024-12-01T10:00:00Z; without the zone it is UTC) nor Unix seconds \
         (1733047200)"
            .to_owned()
    })
}

fn without_zone(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00"));
    let is_date =
        matches!(date.len(), 8 | 10) && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let is_time = time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    if !is_date || !is_time {
        return None;
    }
    let (date, time) = (date.parse::<civil::Date>().ok()?, time.parse::<civil::Time>().ok()?);
    Offset::UTC.to_timestamp(date.to_datetime(time)).ok()
}

fn unix_seconds(text: &str) -> Option<Timestamp> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_meant = is_number && (text == "0" || text.len() >= UNIX_DIGITS_MIN);
    Timestamp::from_second(text.parse().ok().filter(|_| is_meant)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_a_whole() {
        for (text, expected) in [
            ("2026-11-27", "2026-11-27T00:00:00Z"),
            ("20261127", "2026-11-27T00:00:00Z"),
            ("2026-11-27T10:00:00", "2026-11-27T10:00:00Z"),
            ("2026-11-27 10:00:00", "2026-11-27T10:00:00Z"),
            ("2026-11-27T10:00", "2026-11-27T10:00:00Z"),
            ("2026-11-27t10:00:00.25", "2026-11-27T10:00:00.25Z"),
            ("2026-11-27T10:00:00Z", "2026-11-27T10:00:00Z"),
            ("2026-11-27 10:00:00Z", "2026-11-27T10:00:00Z"),
            ("2026-11-27T10:00:00+02:00", "2026-11-27T08:00:00Z"),
            ("2026-11-27T10:00:00-0530", "2026-11-27T15:30:00Z"),
            ("1733047200", "2024-12-01T10:00:00Z"),
            ("0", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(parse_instant(text), Ok(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_understood_in_part_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026",
            "202611",
            "2026-11",
            "2026-13-01",
            "2026-02-30",
            "27.11.2026",
            "2026-11-27T",
            "2026-11-27 ",
            " 2026-11-27",
            "2026-11-27T10:00:00 CET",
            "2026-11-27T25:00:00",
            "2026-11-27T10:00:00+",
            "2026-11-27+02:00",
            "2026-11-27[Europe/Berlin]",
            "2026-11-27T10:00:00[Europe/Berlin]",
            "2026-11-27T10:00:00+02:00[America/New_York]",
            "2026-11-27T10:00:00 10:00:00",
            "2026-11-27/2026-11-28",
            "1733047200.5",
            "-1733047200",
            "1733047200000",
        ] {
            let refused = parse_instant(text).expect_err(text);
            for spelling in ["2024-12-01T10:00:00Z", "a date (2024-12-01)", "Unix seconds"] {
                assert!(refused.contains(spelling), "{text}: {refused}");
            }
        }
    }
}
