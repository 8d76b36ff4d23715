//! `convolake-marts checks`, the built binary, on lakes that the core binary has made: what others' checks got wrong.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod shop;
mod rows;
mod keys;
mod times;
mod after_run;
