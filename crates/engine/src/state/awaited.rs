//! Versions that a list has shown and the source has not given when it was asked for them: not at all, or an older one.
//! Two views of a source are not level in time, so they are asked for again on each run within the stream's lookback.

use std::collections::BTreeMap;

use convolake_model::Span;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Awaited versions, by id.
pub(crate) type AwaitedVersions = BTreeMap<String, AwaitedVersion>;

/// A version that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AwaitedVersion {
    /// The hash of the list's record.
    pub(crate) hash: String,
    /// When it was asked for first.
    pub(crate) since: Timestamp,
}

impl AwaitedVersion {
    /// True while it is asked for on each run.
    pub(crate) fn is_due(&self, lookback: Span, now: Timestamp) -> bool {
        let lookback = SignedDuration::from_secs(lookback.as_seconds());
        self.since.checked_add(lookback).is_ok_and(|until| now < until)
    }
}

/// Waits for a version, since now where it was not waited for before.
pub(crate) fn await_version(awaited: &mut AwaitedVersions, id: &str, hash: &str, now: Timestamp) {
    let is_known = awaited.get(id).is_some_and(|known| known.hash == hash);
    if !is_known {
        awaited.insert(id.to_owned(), AwaitedVersion { hash: hash.to_owned(), since: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_for_within_the_lookback_and_another_one_anew() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (first, later) = (at("2025-06-01T00:00:00Z"), at("2025-06-02T00:00:00Z"));
        let mut awaited = AwaitedVersions::new();
        await_version(&mut awaited, "a", "1", first);
        await_version(&mut awaited, "a", "1", later);
        assert_eq!(awaited["a"].since, first);
        for (lookback, now, expected) in [
            (Span::days(2), first, true),
            (Span::days(2), later, true),
            (Span::days(2), at("2025-06-03T00:00:00Z"), false),
            (Span::days(0), first, false),
        ] {
            assert_eq!(awaited["a"].is_due(lookback, now), expected, "{lookback:?}, {now}");
        }
        await_version(&mut awaited, "a", "2", later);
        assert_eq!(awaited["a"], AwaitedVersion { hash: "2".to_owned(), since: later });
    }
}
