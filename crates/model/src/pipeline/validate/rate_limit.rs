//! `rate_limit:`: the pace of requests.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::written::RateLimitWritten;
use crate::pipeline::{RateLimit, RateScope};

/// For a pipeline that sets none.
pub(super) const DEFAULT: RateLimit =
    RateLimit { requests_per_second: 2.0, per: RateScope::Stream, quota: None };

/// The pace of requests.
pub(super) fn rate_limit(
    config: &ConfigText<'_>,
    at: &[&str],
    written: &RateLimitWritten,
) -> Result<RateLimit, ConfigError> {
    let rate = written.requests_per_second;
    if !(rate.is_finite() && rate > 0.0 && rate <= 10_000.0) {
        let at = [at, &["requests_per_second"]].concat();
        return Err(config.error(&at, "`requests_per_second` is a number above 0 and at most 10000"));
    }
    Ok(RateLimit { requests_per_second: rate, per: written.per, quota: written.quota })
}
