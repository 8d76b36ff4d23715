//! `convolake-marts report`, the built binary: the page as text, and as Chromium shows it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that is skipped says so"
)]

mod lake;
mod page;
mod looked_at;
