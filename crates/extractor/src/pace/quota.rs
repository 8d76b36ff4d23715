//! Requests counted against the quotas of days and months.

use std::collections::BTreeMap;

use convolake_model::{QuotaPeriod, Stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::governors::RateScopeKey;
use crate::lock::Lock;

/// What is spent of quotas, by what shares them.
pub type Spent = BTreeMap<String, QuotaUse>;

/// Requests made within one period of a quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaUse {
    /// The day (`2026-11-21`) or month (`2026-11`), of UTC.
    pub period: String,
    /// Requests made in it.
    pub requests: u64,
}

/// The quotas of all streams.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    spent: Lock<Spent>,
}

impl Quotas {
    /// Counts one request of `stream`; false, and nothing counted, where its quota is used up.
    pub(crate) fn spend(&self, stream: &Stream, now: Timestamp) -> bool {
        let Some(quota) = stream.rate_limit.quota else { return true };
        let mut spent = self.spent.lock();
        let used = used(&mut spent, stream, now);
        let is_left = used.requests < quota.requests;
        used.requests += u64::from(is_left);
        is_left
    }

    /// Takes over what earlier runs have spent.
    pub(crate) fn remember(&self, earlier: Spent) {
        *self.spent.lock() = earlier;
    }

    /// Adds requests that a run made whose count was lost with it.
    pub(crate) fn add(&self, stream: &Stream, now: Timestamp, requests: u64) {
        if stream.rate_limit.quota.is_some() {
            used(&mut self.spent.lock(), stream, now).requests += requests;
        }
    }

    /// What is spent so far.
    pub(crate) fn spent(&self) -> Spent {
        self.spent.lock().clone()
    }
}

/// The period of a stream's quota that `now` lies in; `None` for a stream without one.
pub fn quota_period(stream: &Stream, now: Timestamp) -> Option<String> {
    let form = match stream.rate_limit.quota?.per {
        QuotaPeriod::Day => "%Y-%m-%d",
        QuotaPeriod::Month => "%Y-%m",
    };
    Some(now.strftime(form).to_string())
}

fn used<'a>(spent: &'a mut Spent, stream: &Stream, now: Timestamp) -> &'a mut QuotaUse {
    let period = quota_period(stream, now).unwrap_or_default();
    let used = spent
        .entry(RateScopeKey::of(stream).to_string())
        .or_insert_with(|| QuotaUse { period: period.clone(), requests: 0 });
    if used.period != period {
        *used = QuotaUse { period, requests: 0 };
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;

    #[test]
    fn a_quota_begins_anew_with_its_period() {
        let mut stream = fakes::stream("numbered");
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (quota, same, next) in [
            ("2/day", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"),
            ("2/month", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"),
        ] {
            stream.rate_limit.quota = Some(quota.to_owned().try_into().unwrap());
            let first = Quotas::default();
            assert!(first.spend(&stream, at("2026-11-21T10:00:00Z")));
            // The next run knows what the first has spent.
            let quotas = Quotas::default();
            quotas.remember(first.spent());
            let spent = [same, same, next, next, next].map(|now| quotas.spend(&stream, at(now)));
            assert_eq!(spent, [true, false, true, true, false], "{quota}");
        }
        stream.rate_limit.quota = None;
        assert!((0..100).all(|_| Quotas::default().spend(&stream, at("2026-11-21T10:00:00Z"))));
    }
}
