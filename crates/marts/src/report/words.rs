//! Numbers, sizes and lengths of time in words.

/// A whole number with a comma between thousands.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of an axis: 1.5k, 20M.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "axes give their numbers so")]
pub(super) fn short(number: &f64) -> String {
    let scaled = |by: f64, unit: &str| {
        let text = format!("{:.1}", number / by);
        format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    match number.abs() {
        size if size >= 1e9 => scaled(1e9, "G"),
        size if size >= 1e6 => scaled(1e6, "M"),
        size if size >= 1e3 => scaled(1e3, "k"),
        size if size >= 10.0 || *number == 0.0 => format!("{number:.0}"),
        _ => scaled(1.0, ""),
    }
}

/// Bytes: 1.5 MB.
#[expect(clippy::cast_precision_loss, reason = "a size is shown with two digits")]
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = number as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{number} B"),
        _ => format!("{size:.1} {}", UNITS[unit]),
    }
}

/// A length of time in its two largest units.
#[expect(
    clippy::cast_possible_truncation,
    reason = "of a time in seconds, what is beyond is shown as the greatest"
)]
pub(super) fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "unknown".to_owned();
    }
    let whole = seconds.round() as i64;
    match whole.abs() {
        0..10 => format!("{} s", format!("{seconds:.1}").trim_end_matches(".0")),
        10..60 => format!("{whole} s"),
        60..3_600 => two((whole / 60, "min"), (whole % 60, "s")),
        3_600..86_400 => two((whole / 3_600, "h"), (whole % 3_600 / 60, "min")),
        _ => two((whole / 86_400, "d"), (whole % 86_400 / 3_600, "h")),
    }
}

fn two((large, large_unit): (i64, &str), (small, small_unit): (i64, &str)) -> String {
    match small {
        0 => format!("{large} {large_unit}"),
        _ => format!("{large} {large_unit} {small} {small_unit}"),
    }
}

/// A share: 12.3 %.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "axes give their numbers so")]
pub(super) fn percent(share: &f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// An age or length of time of an axis, in one unit.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "axes give their numbers so")]
pub(super) fn short_seconds(seconds: &f64) -> String {
    let (by, unit) = match seconds.abs() {
        size if size < 60.0 => (1.0, "s"),
        size if size < 3_600.0 => (60.0, "min"),
        size if size < 86_400.0 => (3_600.0, "h"),
        _ => (86_400.0, "d"),
    };
    let text = format!("{:.1}", seconds / by);
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A text on one line, cut with a mark.
pub(super) fn cut(text: &str, most: usize) -> String {
    let mut characters = text.chars().map(|one| if one.is_control() { ' ' } else { one });
    let cut: String = characters.by_ref().take(most).collect();
    match characters.next() {
        Some(_) => format!("{cut}…"),
        None => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 0.5, 25.0, 1_500.0, 2e6].map(|number| short(&number)),
            ["0", "0.5", "25", "1.5k", "2M"]
        );
        assert_eq!([999, 1_500, 2_000_000].map(bytes), ["999 B", "1.5 kB", "2.0 MB"]);
        assert_eq!(
            [1.25, 59.0, 61.0, 7_200.0, 90_000.0].map(seconds),
            ["1.2 s", "59 s", "1 min 1 s", "2 h", "1 d 1 h"]
        );
        assert_eq!([1.0, 0.123].map(|share| percent(&share)), ["100 %", "12.3 %"]);
        assert_eq!(seconds(f64::NAN), "unknown");
    }
}
