//! `convolake-marts mart`, the built binary, on lakes that the core binary has made.

#[path = "../query/call.rs"]
#[expect(dead_code, reason = "the tests of `query` need more of it")]
mod call;
#[path = "../query/lake.rs"]
#[expect(dead_code, reason = "the tests of `query` need more of it")]
mod lake;
#[path = "../../../../tests/end_to_end/s3/store.rs"]
#[expect(dead_code, reason = "the tests of the core need more of it")]
mod store;

mod build;
mod errors;
mod incremental;
mod metrics;
mod months;
mod s3;
