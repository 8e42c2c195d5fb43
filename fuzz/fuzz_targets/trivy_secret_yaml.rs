//! Trivy's secret configurations.
#![no_main]

use secrets::RuleSet;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = RuleSet::parse_trivy("fuzz", &String::from_utf8_lossy(input));
});
