//! Credential files: the first line is the path, the rest the file.
#![no_main]

use content::{Budget, Detector, FileView, classify};
use credentials::Credentials;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Credentials> = LazyLock::new(Credentials::new);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let path = model::LayerPath::from_bytes(&input[..end]);
    let bytes = &input[end + 1..];
    let file = FileView {
        path: &path,
        nested: &[],
        class: classify(&path, bytes),
        size: bytes.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    };
    if DETECTOR.wants(&file) {
        let mut hits = Vec::new();
        let _ = DETECTOR.examine(&file, bytes, &Budget::new(std::time::Duration::from_secs(5)), &mut hits);
        assert!(hits.iter().all(|hit| !hit.title.contains('\n')));
    }
});
