//! `convolake-marts query`, the built binary, on lakes that the core binary has made.

mod call;
mod lake;
mod output;
mod errors;
mod files;
mod sql;
mod s3;
