//! The times by which a renewed lease is kept and lost.

use std::time::Duration;

/// How a lease that is renewed is kept and taken over. All of it is measured on monotonic clocks, each process its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaseTimes {
    /// The holder renews it so often.
    pub(crate) renewed_every: Duration,
    /// The holder takes it for lost when the last renewal that succeeded began so long ago.
    pub(crate) lost_after: Duration,
    /// Another takes it over when it has seen no renewal for so long.
    pub(crate) abandoned_after: Duration,
}

impl LeaseTimes {
    /// A killed run blocks the next for 20 seconds at the most.
    pub(crate) const USUAL: Self = Self {
        renewed_every: Duration::from_secs(4),
        lost_after: Duration::from_secs(12),
        abandoned_after: Duration::from_secs(20),
    };
    /// The longest patience that the document of another release is believed.
    pub(crate) const MOST: Duration = Duration::from_secs(120);
}
