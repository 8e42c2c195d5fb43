//! `WWW-Authenticate` headers of registries.
#![no_main]

libfuzzer_sys::fuzz_target!(|header: &str| {
    let challenges = registry::parse_challenges(header);
    assert!(challenges.len() <= 65);
    for challenge in &challenges {
        assert!(!challenge.scheme.is_empty());
        let _ = challenge.parameter("realm");
    }
});
