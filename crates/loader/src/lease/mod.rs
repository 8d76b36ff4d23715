//! The right to write for one pipeline, by what its storage offers: a lock of the operating system, or an object that its
//! holder keeps renewing.

mod held;
mod times;
mod document;
mod lock;
mod renewal;
mod take;
mod look;
#[cfg(test)]
mod tests;

pub use self::held::{Lease, LeaseHolder};
pub use self::look::LeaseState;
pub(crate) use self::look::look;
pub(crate) use self::times::LeaseTimes;
