//! When a request is made, and made again: clock, rate limit, quota, budget, retries.

mod clock;
mod governor;
mod quota;
mod retry;
mod stop;

pub use self::clock::{Clock, SystemClock};
pub use self::governor::Governor;
pub(crate) use self::governor::Governors;
pub(crate) use self::quota::Quotas;
pub use self::quota::{QuotaUse, Spent, quota_period};
pub use self::retry::RetryPolicy;
pub(crate) use self::retry::{Backoff, Verdict, judge, retry_after};
pub(crate) use self::stop::Gate;
pub use self::stop::{Budget, Stop, StopReason};
