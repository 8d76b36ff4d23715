//! `convolake-marts checks`, the built binary, on lakes that the core binary has made: what others' checks got wrong.

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
mod shop;
mod rows;
mod keys;
mod times;
mod after_run;
mod s3;
