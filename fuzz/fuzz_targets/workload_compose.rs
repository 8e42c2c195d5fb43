//! Compose files: YAML with anchors, variables, `extends`, `include`, files laid over each other, every rule on every
//! service, and the edits that repair: each leaves a text that is read again.
#![no_main]

use std::collections::BTreeMap;
use workload::{
    ComposeOptions, Overlay, Surroundings, fix_compose, fix_pods, read_compose, read_env_file, report,
};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let own = text.to_owned();
    let again = move |_: &str| Some(own.clone());
    let options = ComposeOptions {
        load: Some(&again),
        variables: read_env_file(text, &BTreeMap::new()),
        overlays: vec![Overlay { name: "over.yaml".to_owned(), text: text.to_owned() }],
        ..ComposeOptions::default()
    };
    if let Some(compose) = read_compose(text, &options) {
        for spec in &compose.read.specs {
            let _ = report(spec, Some("compose.yaml"), &Surroundings::default());
        }
    }
    let alone = ComposeOptions::default();
    let Some(compose) = read_compose(text, &alone) else { return };
    let reports = compose.read.specs.iter().map(|spec| report(spec, Some("c"), &Surroundings::default()));
    let mut findings: Vec<_> = reports.flat_map(|judged| judged.findings).collect();
    fix_compose(text, "c", &compose.read.specs, &BTreeMap::new(), &mut findings);
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let mut edited = text.to_owned();
        for edit in fix.edits.iter().rev() {
            edited.replace_range(edit.bytes.clone(), &edit.text);
        }
        assert!(read_compose(&edited, &alone).is_some(), "an edit broke the file");
    }
    fix_pods(text, "c", &BTreeMap::new(), &mut findings);
});
