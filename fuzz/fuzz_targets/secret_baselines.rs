//! Reports and baselines of other tools.
#![no_main]

use secrets::KnownSecrets;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let mut known = KnownSecrets::default();
    let _ = known.add_gitleaks_report(&text);
    let _ = known.add_detect_secrets(&text);
    let _ = known.add_gitleaks_ignore(&text);
});
