//! A rule of the audit system as the kernel tells it.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = host::read_audit_rule(input);
});
