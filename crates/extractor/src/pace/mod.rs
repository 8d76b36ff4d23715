//! When a request is made, and made again: rate limit, quota, budget, stop, retries.

mod clock;
mod rate;
mod adapt;
mod governor;
mod governors;
mod quota;
mod stop;
mod gate;
mod verdict;
mod reset;
mod throttle;
mod source_time;
mod retry;

pub use self::clock::{Clock, SystemClock};
pub use self::gate::Budget;
pub(crate) use self::gate::Gate;
pub(crate) use self::governor::Governor;
pub(crate) use self::governors::Governors;
pub(crate) use self::quota::Quotas;
pub use self::quota::{QuotaUse, Spent, quota_period};
pub(crate) use self::reset::PREFIXES as RATE_LIMIT_PREFIXES;
pub(crate) use self::retry::Backoff;
pub use self::retry::RetryPolicy;
pub(crate) use self::source_time::SourceTime;
pub use self::stop::{Stop, StopReason};
pub(crate) use self::throttle::{Throttle, throttle};
pub(crate) use self::verdict::{Verdict, judge};
