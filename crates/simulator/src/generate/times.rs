use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

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

/// As moment.js writes `MMMM Do YYYY, h:mm:ss a`, in UTC: `December 1st 2024, 10:30:00 am`.
pub(crate) fn moment_text(unix_s: i64) -> String {
    let time = civil(unix_s);
    let month = usize::try_from(time.month() - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"");
    let day = time.day();
    let ordinal = match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    let half = if time.hour() < 12 { "am" } else { "pm" };
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    format!("{month} {day}{ordinal} {}, {hour}:{:02}:{:02} {half}", time.year(), time.minute(), time.second())
}

/// As Python's `datetime.isoformat()` writes a time without zone: six digits of fraction, or none at all when it is 0.
pub(crate) fn iso_without_zone(unix_ms: i64, extra_us: i64) -> String {
    let time = civil(unix_ms.div_euclid(1000));
    let fraction_us = unix_ms.rem_euclid(1000) * 1000 + extra_us;
    let whole = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    if fraction_us == 0 { whole } else { format!("{whole}.{fraction_us:06}") }
}

fn civil(unix_s: i64) -> DateTime {
    Offset::UTC.to_datetime(Timestamp::from_second(unix_s).unwrap_or(Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_ordinals_and_a_clock_of_twelve_hours() {
        let cases = [
            (1_733_049_000, "December 1st 2024, 10:30:00 am"),
            (1_733_011_200, "December 1st 2024, 12:00:00 am"),
            (1_733_054_400, "December 1st 2024, 12:00:00 pm"),
            (1_733_140_799, "December 2nd 2024, 11:59:59 am"),
            (1_733_184_001, "December 3rd 2024, 12:00:01 am"),
            (1_733_958_000, "December 11th 2024, 11:00:00 pm"),
            (1_734_044_400, "December 12th 2024, 11:00:00 pm"),
            (1_734_130_800, "December 13th 2024, 11:00:00 pm"),
            (1_734_786_000, "December 21st 2024, 1:00:00 pm"),
            (1_734_872_400, "December 22nd 2024, 1:00:00 pm"),
            (1_734_958_800, "December 23rd 2024, 1:00:00 pm"),
            (1_735_650_000, "December 31st 2024, 1:00:00 pm"),
        ];
        for (unix_s, expected) in cases {
            assert_eq!(moment_text(unix_s), expected);
        }
        assert_eq!(iso_without_zone(1_744_750_695_384, 884), "2025-04-15T20:58:15.384884");
        assert_eq!(iso_without_zone(1_744_750_695_000, 0), "2025-04-15T20:58:15");
    }
}
