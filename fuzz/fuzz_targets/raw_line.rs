//! Any bytes as a line of the raw zone.

#![no_main]

use convolake_loader::RawLine;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(RawLine::parse(bytes)));
