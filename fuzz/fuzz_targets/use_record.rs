//! A record of use is read or refused, and what was read is written and read again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usage::ImageUse;

fuzz_target!(|data: &[u8]| {
    if let Ok(read) = ImageUse::parse(data) {
        assert_eq!(ImageUse::parse(read.to_json().as_bytes()).ok().as_ref(), Some(&read));
        let mut merged = read.clone();
        merged.merge(&read);
    }
});
