#![no_main]
//! updateinfo.xml and OVAL definitions.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = feeds::FeedLimits { file_bytes_max: 1 << 22, record_bytes_max: 1 << 20, ..Default::default() };
    feeds::updateinfo::import(&mut &bytes[..], "fuzz", &limits, &mut |_| {});
    feeds::oval::import(&mut &bytes[..], "fuzz", &limits, &mut |_| {});
});
