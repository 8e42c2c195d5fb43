#![no_main]
//! Lists of digests, file names and addresses.

use libfuzzer_sys::fuzz_target;
use malware::{HashSetsBuilder, SetFormat, SetLimits};

fuzz_target!(|bytes: &[u8]| {
    let limits = SetLimits { indicators_max: 50, ..SetLimits::default() };
    let mut builder = HashSetsBuilder::new(limits);
    for format in [SetFormat::HashList, SetFormat::AllowList, SetFormat::FileNames, SetFormat::Addresses] {
        builder.add_as("fuzz", format, &mut &bytes[..]);
    }
    let _ = builder.build();
});
