//! `convolake-marts mart`, the built binary, on lakes that the core binary has made.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that is skipped says so"
)]

#[path = "../query/call.rs"]
#[expect(dead_code, reason = "the tests of `query` need more of it")]
mod call;
#[path = "../query/lake.rs"]
#[expect(dead_code, reason = "the tests of `query` need more of it")]
mod lake;
#[path = "../query/moto.rs"]
mod moto;

mod build;
mod checked;
mod errors;
mod incremental;
mod metrics;
mod months;
mod s3;
