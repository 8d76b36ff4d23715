//! The spellings of instants and days that sources use, all read to microseconds and days since 1970-01-01 UTC.

mod instant;
mod zone;
mod iso;
mod spelled_out;

pub(crate) use instant::{day, instant};
pub(crate) use spelled_out::LastDay;

#[cfg(test)]
mod tests;
