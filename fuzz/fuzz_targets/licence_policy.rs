#![no_main]
//! Licence policies and licence fields: what is normalised is an SPDX expression.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (policy, field) = text.split_once("\n---\n").unwrap_or(("deny = ['strong-copyleft']", &text));
    let licence = checks::normalise_licence(field);
    if !licence.expression.is_empty() {
        assert!(!checks::categories_of(&licence.expression).is_empty(), "{}", licence.expression);
    }
    if let Ok(policy) = checks::LicencePolicy::parse(policy) {
        let _ = policy.verdict(&licence.expression);
        let _ = policy.verdict(field);
    }
});
