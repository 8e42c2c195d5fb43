#![no_main]
//! Shell text: every hit and every edit lies in the text, in every dialect.

use libfuzzer_sys::fuzz_target;
use shell::{Dialect, Options, check};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for dialect in [Dialect::Sh, Dialect::Bash] {
        for hit in check(&text, dialect, &Options::default()) {
            assert!(text.get(hit.span.clone()).is_some());
            for edit in hit.fix.iter().flat_map(|fix| &fix.edits) {
                assert!(text.get(edit.bytes.clone()).is_some());
            }
        }
    }
});
