//! Fuzzes the body of `POST /sign`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sign_body::check(data));
