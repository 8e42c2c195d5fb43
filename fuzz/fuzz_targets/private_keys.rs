//! Private keys in a file of any name and, as DER, in one named so.
#![no_main]

use content::{Budget, Detector, FileView, classify};
use credentials::Credentials;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Credentials> = LazyLock::new(Credentials::new);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for path in ["srv/any", "srv/any.key", "root/.ssh/authorized_keys"] {
        let path = model::LayerPath::new(path);
        let file = FileView {
            path: &path,
            nested: &[],
            class: classify(&path, bytes),
            size: bytes.len() as u64,
            mode: 0o600,
            uid: 0,
            package: None,
            is_verified: false,
        };
        let mut hits = Vec::new();
        let _ = DETECTOR.examine(&file, bytes, &Budget::new(std::time::Duration::from_secs(5)), &mut hits);
    }
});
