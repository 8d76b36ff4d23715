//! Which streams share a rate limit, and so a governor.

use std::collections::BTreeMap;
use std::fmt;

use convolake_model::{RateScope, Stream};

use super::Governor;
use crate::lock::Lock;

/// The governors of a run: one per endpoint or host, as the streams' limits say.
#[derive(Debug, Default)]
pub(crate) struct Governors {
    by_scope: Lock<BTreeMap<RateScopeKey, Governor>>,
}

impl Governors {
    /// The governor that `stream` shares with others of its endpoint (whatever their params) or host.
    pub(crate) fn of(&self, stream: &Stream) -> Governor {
        let requests_per_second = stream.rate_limit.requests_per_second;
        let mut by_scope = self.by_scope.lock();
        let governor = by_scope
            .entry(RateScopeKey::of(stream))
            .or_insert_with(|| Governor::new(requests_per_second))
            .clone();
        governor.slow_to(requests_per_second);
        governor
    }
}

/// What shares a limit: an origin, or one endpoint of it where the limit is for that alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RateScopeKey {
    origin: String,
    endpoint: Option<String>,
}

impl RateScopeKey {
    /// The scope of a stream's limit.
    pub(super) fn of(stream: &Stream) -> Self {
        let endpoint = match stream.rate_limit.per {
            RateScope::Stream => Some(format!("{}{}", stream.base_url.path(), stream.path)),
            RateScope::Host => None,
        };
        Self { origin: stream.base_url.origin().ascii_serialization(), endpoint }
    }
}

impl fmt::Display for RateScopeKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.origin, self.endpoint.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use convolake_model::RateLimit;

    use super::*;
    use crate::fakes;

    #[test]
    fn endpoints_share_by_scope() {
        let governors = Governors::default();
        let share = |a: &Stream, b: &Stream| {
            let start = governors.of(a).reserve(Duration::ZERO);
            governors.of(b).reserve(Duration::ZERO) > start
        };
        let (mut list, mut export) = (fakes::stream("numbered"), fakes::stream("windowed"));
        assert!(share(&list, &list.clone()));
        assert!(!share(&list, &export));
        list.rate_limit = RateLimit { requests_per_second: 5.0, per: RateScope::Host, quota: None };
        export.rate_limit = RateLimit { requests_per_second: 2.0, per: RateScope::Host, quota: None };
        export.base_url = list.base_url.clone();
        assert!(share(&list, &export));
        let governor = governors.of(&list);
        let starts = [(); 2].map(|()| governor.reserve(Duration::ZERO));
        let spacing = starts[1] - starts[0];
        assert_eq!(spacing, Duration::from_millis(515), "the stricter limit holds for both");
    }
}
