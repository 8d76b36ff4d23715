//! Counts, sizes, spans of time and instants.

use indicatif::HumanCount;

/// 12345 as 12,345. A text, since `HumanCount` itself passes over a width.
pub(crate) fn number(value: u64) -> String {
    HumanCount(value).to_string()
}

/// So many of something: 1 page, 2 pages.
pub(crate) fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{} {one}s", number(count)),
    }
}

/// A size in the decimal unit that shows it best, to one digit (`DecimalBytes` of indicatif shows two).
pub(crate) fn bytes(value: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let size = value as f64;
    match value {
        0..1_000 => format!("{value} B"),
        1_000..1_000_000 => format!("{:.1} kB", size / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size / 1e6),
        _ => format!("{:.1} GB", size / 1e9),
    }
}

/// A span of time in the unit that shows it best: 12 s, 3 min, 5 h, 2 d.
pub(crate) fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    match seconds {
        0.0..10.0 => format!("{seconds:.1} s"),
        10.0..120.0 => format!("{seconds:.0} s"),
        120.0..7_200.0 => format!("{:.0} min", seconds / 60.0),
        7_200.0..172_800.0 => format!("{:.0} h", seconds / 3_600.0),
        _ => format!("{:.0} d", seconds / 86_400.0),
    }
}

/// An instant to the second, in UTC.
pub(crate) fn instant(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [999, 1_500, 2_000_000, 3_200_000_000].map(bytes),
            ["999 B", "1.5 kB", "2.0 MB", "3.2 GB"]
        );
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 1_000].map(|n| counted(n, "page")), ["0 pages", "1 page", "1,000 pages"]);
    }

    #[test]
    fn spans_are_short() {
        let spans = [-1.0, 1.26, 59.6, 3_600.0, 86_400.0, 864_000.0].map(span);
        assert_eq!(spans, ["0.0 s", "1.3 s", "60 s", "60 min", "24 h", "10 d"]);
    }
}
