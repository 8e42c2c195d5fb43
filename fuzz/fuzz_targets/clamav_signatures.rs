#![no_main]
//! ClamAV's digest signatures and allow lists.

use libfuzzer_sys::fuzz_target;
use malware::{Digests, HashSets, SetFormat};

fuzz_target!(|bytes: &[u8]| {
    let mut builder = HashSets::builder();
    for format in [SetFormat::ClamAvHashes, SetFormat::ClamAvAllowed, SetFormat::ClamAvOther] {
        builder.add_as("fuzz", format, &mut &bytes[..]);
    }
    let sets = builder.build();
    let digests = Digests::of(bytes, sets.wanted_algorithms());
    let _ = sets.lookup(bytes.len() as u64, &digests);
});
