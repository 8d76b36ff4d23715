use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;

use crate::LoadError;
use crate::lease::LeaseHolder;
use crate::storage::seal;

const FORMAT_VERSION: u32 = 1;

/// How a lease in a bucket is kept and taken over. All of it is measured on monotonic clocks, each process its own.
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

/// The lease as it stands in the bucket. Every renewal writes another, so that its version changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    version: u32,
    /// Goes up by one with every holder.
    pub(crate) fence: u64,
    pub(crate) holder: LeaseHolder,
    /// How often this holder has written it.
    pub(crate) renewals: u64,
    /// How long others wait for the next renewal before they take it for abandoned.
    pub(crate) abandoned_after_ms: u64,
    /// Given back by its holder.
    pub(crate) released: bool,
}

impl Document {
    /// The first of a holder, after the document that stands there.
    pub(crate) fn taken(before: Option<&Self>, holder: &LeaseHolder, times: LeaseTimes) -> Self {
        Self {
            version: FORMAT_VERSION,
            fence: before.map_or(0, |before| before.fence) + 1,
            holder: holder.clone(),
            renewals: 0,
            abandoned_after_ms: u64::try_from(times.abandoned_after.as_millis()).unwrap_or(u64::MAX),
            released: false,
        }
    }

    pub(crate) fn renewed(&self) -> Self {
        Self { renewals: self.renewals + 1, ..self.clone() }
    }

    pub(crate) fn released(&self) -> Self {
        Self { released: true, ..self.renewed() }
    }

    pub(crate) fn abandoned_after(&self) -> Duration {
        Duration::from_millis(self.abandoned_after_ms).min(LeaseTimes::MOST)
    }

    pub(crate) fn write(&self, object: &str) -> Result<Bytes, LoadError> {
        seal::seal(object, self).map(Bytes::from)
    }

    pub(crate) fn read(object: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        seal::open(object, bytes, FORMAT_VERSION)
    }
}
