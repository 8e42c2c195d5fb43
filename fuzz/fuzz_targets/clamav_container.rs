#![no_main]
//! ClamAV's containers.

use libfuzzer_sys::fuzz_target;
use malware::{HashSetsBuilder, SetFormat, SetLimits};

fuzz_target!(|bytes: &[u8]| {
    let limits = SetLimits { container_bytes_max: 1 << 24, ..SetLimits::default() };
    let mut builder = HashSetsBuilder::new(limits);
    builder.add_as("fuzz.cvd", SetFormat::ClamAvContainer, &mut &bytes[..]);
    // The header is seldom what is interesting.
    let mut whole = b"ClamAV-VDB:01 Jan 2026 00-00 +0000:1:1:90:00:sig:builder:1".to_vec();
    whole.resize(512, b' ');
    whole.extend_from_slice(bytes);
    builder.add_as("fuzz.cld", SetFormat::ClamAvContainer, &mut &whole[..]);
    let _ = builder.build();
});
