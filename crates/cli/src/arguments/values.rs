//! Values as they are written on the command line.

use std::time::Duration;

use convolake_engine::Span;

/// `90s`, `15m`, `2h`: as in a pipeline's file.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    match Span::try_from(text.to_owned())?.as_duration() {
        Duration::ZERO => Err("no time at all is too little".to_owned()),
        duration => Ok(duration),
    }
}

/// `256MB`, `1GiB`, `1000000`.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 7] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("", 1),
    ];
    let read = UNITS
        .iter()
        .find_map(|(unit, bytes)| text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(*bytes));
    read.ok_or_else(|| "a number and kB, MB, GB, KiB, MiB or GiB, as in 256MB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations() {
        assert_eq!(parse_size("256MB"), Ok(256_000_000));
        assert_eq!(parse_size("1 GiB"), Ok(1 << 30));
        assert!(parse_size("much").is_err());
        for (text, seconds) in [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86_400)] {
            assert_eq!(parse_duration(text).ok(), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["0s", "-5m", "soon", "5"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
