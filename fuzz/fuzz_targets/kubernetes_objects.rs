//! Manifests and recorded answers: read, and judged by every rule.
#![no_main]

use kubernetes::{Options, judge, read_objects};
use workload::DocumentLimits;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let read = read_objects(text, Some("manifest.yaml"), &DocumentLimits::default());
    for is_whole_cluster in [false, true] {
        let _ = judge(&read.objects, &Options { is_whole_cluster, ..Options::default() });
    }
});
