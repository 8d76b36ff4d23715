//! `convolake-marts report`, the built binary: the page as text, and as Chromium shows it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that is skipped says so"
)]

#[path = "../query/lake.rs"]
#[expect(dead_code, reason = "the tests of `query` need more of it")]
mod lake;
#[path = "../query/moto.rs"]
mod moto;
mod reported;
mod page;
mod looked_at;
mod s3;
