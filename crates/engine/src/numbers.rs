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
