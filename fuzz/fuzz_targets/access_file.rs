//! The file of rights.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok((access, _)) = access::Access::parse(text) {
        let _ = access.rights(&access::Principal::Anonymous, "team-a/app");
        let _ = access.admission("team-a/app");
    }
});
