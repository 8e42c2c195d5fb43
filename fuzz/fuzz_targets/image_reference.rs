//! Names of images and platforms: what is accepted prints to what means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oci::{Platform, Reference};

fuzz_target!(|text: &str| {
    if let Ok(reference) = text.parse::<Reference>() {
        assert_eq!(reference.to_string().parse::<Reference>().as_ref(), Ok(&reference));
        assert_eq!(reference.familiar().parse::<Reference>().as_ref(), Ok(&reference));
    }
    if let Ok(platform) = text.parse::<Platform>() {
        assert_eq!(platform.to_string().parse::<Platform>(), Ok(platform));
    }
    let _ = oci::clean_instruction(text);
});
