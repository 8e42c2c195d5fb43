#![no_main]
//! Linting: places and edits lie in the file, repairs give text, the same input gives the same findings.

use libfuzzer_sys::fuzz_target;
use lint::{Config, Surroundings};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (config, dockerfile) = text.split_once("\n---\n").unwrap_or(("", &text));
    let config = Config::parse(config).unwrap_or_default();
    let config = Config { wants_all: true, ..config };
    let around = Surroundings { dockerignore: Some(config.ignored.join("\n")), ..Surroundings::default() };
    let linted = lint::lint("Dockerfile", dockerfile, &around, &config);
    for finding in &linted.findings {
        let span = finding.location.source.as_deref().expect("every finding has a place");
        assert!(span.line >= 1 && span.column >= 1 && (span.end_line, span.end_column) >= (span.line, span.column));
        for edit in finding.fix.iter().flat_map(|fix| &fix.edits) {
            assert!(dockerfile.get(edit.bytes.clone()).is_some(), "{finding:?}");
        }
    }
    let fixed = lint::apply_fixes(dockerfile, &linted.findings, lint::Made::All);
    let _ = lint::diff("Dockerfile", dockerfile, &fixed.text);
    assert_eq!(linted, lint::lint("Dockerfile", dockerfile, &around, &config));
});
