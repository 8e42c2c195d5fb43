//! Texts that users give to the audit: checks, exceptions, settings, tables of versions.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(checks) = audit::UserChecks::parse(text) {
        let _ = checks.run_examples();
    }
    let _ = audit::Exceptions::parse(text);
    let _ = audit::Settings::parse(text);
    let _ = audit::Tables::parse(text);
});
