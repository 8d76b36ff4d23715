//! Numbers of things in memory as reports carry them.

/// A length as a 64-bit number; saturating, which no platform needs.
pub(crate) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The quotient of two counts, for estimates and shares.
#[expect(clippy::cast_precision_loss, reason = "an estimate needs no more digits than a double has")]
pub(crate) fn ratio(of: u64, by: u64) -> f64 {
    of as f64 / by as f64
}

/// A number with a comma between thousands, as texts for people have it.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(",")
}
