#![no_main]
//! OpenVEX and CSAF VEX documents, and what they apply to.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = feeds::vex::read(bytes) {
        let purl = "pkg:npm/%40scope/thing@1.0.0".parse().expect("is a package URL");
        let _ = document.applies_to(&["CVE-2024-0001"], &purl);
        let _ = document.applies_to_image(&["CVE-2024-0001"], &purl, std::slice::from_ref(&purl));
    }
});
