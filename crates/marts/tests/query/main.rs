//! `convolake-marts query`, the built binary, on lakes that the core binary has made.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that is skipped says so"
)]

mod call;
mod lake;
mod moto;
mod output;
mod errors;
mod files;
mod sql;
mod answers;
mod refused;
mod s3;
