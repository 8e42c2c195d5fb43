#![no_main]
//! EPSS scores, the catalogue of known exploited vulnerabilities, lists of Java archives.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = feeds::FeedLimits { file_bytes_max: 1 << 22, record_bytes_max: 1 << 20, ..Default::default() };
    feeds::epss::import(&mut &bytes[..], "fuzz", &limits, &mut |_, _| {});
    feeds::kev::import(&mut &bytes[..], "fuzz", &limits, &mut |_, _| {});
    feeds::java_archives::import(&mut &bytes[..], "fuzz", &limits, &mut |_| {});
});
