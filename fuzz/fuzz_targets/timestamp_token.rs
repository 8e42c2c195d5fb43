//! Timestamps of RFC 3161.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = signatures::Timestamp::parse(bytes);
});
