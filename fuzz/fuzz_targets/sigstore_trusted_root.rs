//! Sigstore's trusted_root.json.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = signatures::TrustedRoot::parse(bytes);
});
