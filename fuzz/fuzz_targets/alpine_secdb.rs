#![no_main]
//! Alpine security databases.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = feeds::FeedLimits { file_bytes_max: 1 << 22, record_bytes_max: 1 << 20, ..Default::default() };
    feeds::alpine_secdb::import(&mut &bytes[..], "fuzz", &limits, &mut |_| {});
});
