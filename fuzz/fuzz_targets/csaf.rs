#![no_main]
//! CSAF documents of vendors.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = feeds::FeedLimits { file_bytes_max: 1 << 22, record_bytes_max: 1 << 20, ..Default::default() };
    feeds::csaf::import(&mut &bytes[..], "fuzz", &limits, &mut |_| {});
});
