//! Sizes in bytes.

/// Bytes, as in `256MB`, `1GiB`, `1000000`.
///
/// # Errors
/// What is taken, in words.
pub fn parse_size(text: &str) -> Result<u64, String> {
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
    fn sizes_have_units_of_a_thousand_and_of_1024() {
        assert_eq!(parse_size("256MB"), Ok(256_000_000));
        assert_eq!(parse_size("1 GiB"), Ok(1 << 30));
        assert_eq!(parse_size("1000000"), Ok(1_000_000));
        for text in ["much", "", "-1MB", "99999999999999999GB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
