//! The pace of requests as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pipeline::{Quota, RateScope};

/// The pace of requests.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ requests_per_second: 2 }`")]
#[schemars(rename = "RateLimit")]
pub(crate) struct RateLimitWritten {
    /// The most requests in any one second.
    pub(crate) requests_per_second: f64,
    /// What shares the limit.
    #[serde(default)]
    pub(crate) per: RateScope,
    /// The most requests in a day or month of UTC, as in `10000/day` or `300000/month`.
    #[schemars(with = "Option<String>")]
    pub(crate) quota: Option<Quota>,
}
