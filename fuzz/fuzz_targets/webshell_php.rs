//! PHP through both stages.
#![no_main]

use content::{Budget, Detector, FileClass, FileView};
use libfuzzer_sys::fuzz_target;
use model::LayerPath;
use std::{sync::LazyLock, time::Duration};
use webshells::Webshells;

static DETECTOR: LazyLock<Webshells> = LazyLock::new(|| Webshells::new().expect("built-in patterns compile"));

fuzz_target!(|data: &[u8]| {
    // Words that make any PHP a candidate.
    let text = [b"<?php eval($_GET[1]); ".as_slice(), data].concat();
    let path = LayerPath::new("srv/x.php");
    let file = FileView {
        path: &path,
        nested: &[],
        class: FileClass::Web,
        size: text.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let mut hits = Vec::new();
    let _ = DETECTOR.examine(&file, &text, &Budget::new(Duration::from_secs(10)), &mut hits);
    assert!(hits.iter().all(|hit| hit.evidence.iter().all(|fact| !fact.contains('\n'))));
});
