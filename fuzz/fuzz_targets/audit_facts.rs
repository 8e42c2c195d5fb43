//! Facts of a host: any document is read or refused, and judged without panic.
#![no_main]

use audit::{Settings, Tables};
use std::sync::LazyLock;

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::built_in);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(facts) = facts::HostFacts::read(input) {
        let judged = audit::audit(&facts, &Settings::default(), &TABLES, &[]);
        assert!(judged.findings.len() <= judged.outcomes.len() * 8);
    }
});
