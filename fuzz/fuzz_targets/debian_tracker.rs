#![no_main]
//! The Debian tracker's JSON and lists.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = feeds::FeedLimits { file_bytes_max: 1 << 22, record_bytes_max: 1 << 20, ..Default::default() };
    feeds::debian_tracker::import(&mut &bytes[..], "fuzz", &limits, &mut |_| {});
    feeds::debian_list::import(&mut &bytes[..], "fuzz", &limits, &mut |_| {});
});
