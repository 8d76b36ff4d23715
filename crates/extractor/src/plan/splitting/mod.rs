//! Splitting a stretch of time into windows for cursor chains that run side by side.

mod cutter;
mod gap;
mod sample;

pub use self::cutter::{Cut, Cutter};
pub(crate) use self::cutter::{REQUESTS_A_PAGE, REQUESTS_FREE, as_f64};
