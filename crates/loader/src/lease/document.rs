//! The lease as an object.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::lease::held::LeaseHolder;
use crate::lease::times::LeaseTimes;
use crate::storage::seal;

const FORMAT_VERSION: u32 = 1;

/// The lease as it stands in the store. Every renewal writes another, so that its version changes.
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

    /// What stands there; `None` for what nobody who renews a lease has written, as the words beside a lock that were copied from a disk.
    ///
    /// # Errors
    /// [`LoadError::Newer`].
    pub(crate) fn read(object: &str, bytes: &[u8]) -> Result<Option<Self>, LoadError> {
        match seal::open(object, bytes, FORMAT_VERSION) {
            Err(LoadError::Damaged { .. }) => Ok(None),
            read => read.map(Some),
        }
    }
}
