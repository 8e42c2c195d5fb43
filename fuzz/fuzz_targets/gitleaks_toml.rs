//! gitleaks rule files, with a text that their rules are tried on.
#![no_main]

use content::{Budget, Detector, FileClass, FileView};
use secrets::{Options, Precision, RuleSet, Secrets};
use std::time::Duration;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let (rules, sample) = text.split_once("\u{0}").unwrap_or((&text, "token = abcdefgh"));
    let Ok((set, _)) = RuleSet::parse_gitleaks("fuzz", rules, &|_| Some(rules.to_owned())) else { return };
    let path = model::LayerPath::new("a/b.conf");
    let file = FileView {
        path: &path,
        nested: &[],
        class: FileClass::Config,
        size: sample.len() as u64,
        mode: 0,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let options = Options { precision: Precision::GitleaksExact, ..Options::default() };
    let secrets = Secrets::new(vec![set], options);
    let _ = secrets.examine(&file, sample.as_bytes(), &Budget::new(Duration::from_secs(2)), &mut Vec::new());
});
