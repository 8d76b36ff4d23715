#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| convolake_fuzz::schema_files(bytes));
