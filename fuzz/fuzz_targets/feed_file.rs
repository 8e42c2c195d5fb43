#![no_main]
//! Any file of a user: archives, compression and detection.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = feeds::FeedLimits { file_bytes_max: 1 << 22, record_bytes_max: 1 << 20, ..Default::default() };
    for name in ["x.yml", "x"] {
        let _ = feeds::import_bytes(name, bytes, &limits, &mut |_| {});
    }
});
