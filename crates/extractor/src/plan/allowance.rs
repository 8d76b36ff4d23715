//! How many requests a pull may make for the records it brings.

/// Requests that may be made whatever comes of them.
const REQUESTS_FREE: f64 = 10.0;
/// Requests that may be made for each full page of records.
pub(crate) const REQUESTS_PER_PAGE: f64 = 1.25;

/// The limit of all requests of a pull whose records would fill so many pages. It is a promise, and no estimate: splitting
/// into windows and asking for pages ahead both stay below it, come what may.
pub(crate) fn requests_allowed(full_pages: f64) -> f64 {
    REQUESTS_FREE + REQUESTS_PER_PAGE * full_pages
}

/// A length as a count.
pub(crate) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A count as estimates are computed with it.
#[expect(clippy::cast_precision_loss, reason = "estimates need no more digits than a double has")]
pub(crate) fn as_f64(number: u64) -> f64 {
    number as f64
}
