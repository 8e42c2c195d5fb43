//! Files and texts judged by the own rules.
#![no_main]

use content::{Budget, Detector, FileView, classify};
use secrets::{Options, RuleSet, Secrets};
use std::sync::LazyLock;
use std::time::Duration;

static SECRETS: LazyLock<Secrets> =
    LazyLock::new(|| Secrets::new(vec![RuleSet::default_rules()], Options::default()));

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let path = model::LayerPath::new("srv/.env");
    let class = classify(&path, input);
    let file = FileView {
        path: &path,
        nested: &[],
        class,
        size: input.len() as u64,
        mode: 0,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let mut hits = Vec::new();
    if SECRETS.wants(&file) {
        let _ = SECRETS.examine(&file, input, &Budget::new(Duration::from_secs(5)), &mut hits);
    }
    hits.extend(SECRETS.examine_texts("environment", "A_TOKEN", &String::from_utf8_lossy(input)));
    for hit in hits {
        let redacted = hit.evidence.iter().filter(|fact| fact.starts_with("secret "));
        let shown: String = redacted.cloned().collect();
        assert!(hit.clear.iter().all(|clear| clear.len() < 12 || !shown.contains(clear.as_str())), "{shown}");
    }
});
