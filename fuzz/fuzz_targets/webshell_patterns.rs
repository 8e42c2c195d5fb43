//! The first stage in every language; the first byte chooses the name of the file.
#![no_main]

use content::{Budget, Detector, FileView};
use libfuzzer_sys::fuzz_target;
use model::LayerPath;
use std::{sync::LazyLock, time::Duration};
use webshells::{Stage, Webshells};

static DETECTOR: LazyLock<Webshells> =
    LazyLock::new(|| Webshells::up_to(Stage::Patterns).expect("built-in patterns compile"));
const NAMES: [&str; 9] =
    ["x.php", "x.jsp", "x.aspx", "x.py", "x.pl", "x.js", "x.cgi", ".htaccess", "uploads/x.gif"];

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let path = LayerPath::new(NAMES[usize::from(*choice) % NAMES.len()]);
    let file = FileView {
        path: &path,
        nested: &[],
        class: content::classify(&path, text),
        size: text.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let mut hits = Vec::new();
    if DETECTOR.wants(&file) {
        let _ = DETECTOR.examine(&file, text, &Budget::new(Duration::from_secs(10)), &mut hits);
    }
});
