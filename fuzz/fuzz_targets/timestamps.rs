#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| convolake_fuzz::timestamps(bytes));
