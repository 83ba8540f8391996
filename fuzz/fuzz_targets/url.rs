//! Fuzzes a presigned URL.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::url::check(data));
