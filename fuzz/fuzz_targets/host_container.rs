//! What an engine answers about a container.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(document) = serde_json::from_slice(input) {
        let _ = host::read_container(&document, &mut Vec::new());
    }
});
