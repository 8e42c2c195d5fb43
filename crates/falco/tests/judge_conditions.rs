//! The conditions that libsinsp's own tests accept and refuse, as a judge: read from a checkout named by
//! `SEAWALL_FALCO_SOURCES` (with `libs/` and `falco/` below), never stored here.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "a test reads the judge's files")]

use falco::condition::{DEPTH_MAX, parse_condition};

/// Cases on which this parser differs on purpose.
const KNOWN: &[&str] = &[];

#[test]
fn accepts_and_refuses_what_libsinsp_does() {
    let Ok(root) = std::env::var("SEAWALL_FALCO_SOURCES") else {
        println!("skipped: SEAWALL_FALCO_SOURCES is not set");
        return;
    };
    let path = format!("{root}/libs/userspace/libsinsp/test/filter_parser.ut.cpp");
    let source = std::fs::read_to_string(&path).unwrap();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (call, is_accepted) in [("test_accept(", true), ("test_reject(", false)] {
        for (at, _) in source.match_indices(call) {
            let Some(text) = c_string(source[at + call.len()..].trim_start()) else { continue };
            checked += 1;
            if parse_condition(&text, DEPTH_MAX).is_ok() != is_accepted && !KNOWN.contains(&text.as_str()) {
                wrong.push(format!("{call}{text:?})"));
            }
        }
    }
    println!("{checked} cases");
    assert!(checked > 250, "the judge has other words: {checked}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A string literal of C, several in a row joined.
fn c_string(text: &str) -> Option<String> {
    let mut joined = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let mut characters = rest.char_indices();
        let end = loop {
            let (index, character) = characters.next()?;
            match character {
                '"' => break index,
                '\\' => match characters.next()?.1 {
                    'n' => joined.push('\n'),
                    't' => joined.push('\t'),
                    'r' => joined.push('\r'),
                    'x' => return None,
                    other => joined.push(other),
                },
                other => joined.push(other),
            }
        };
        rest = rest[end + 1..].trim_start();
        match rest.strip_prefix('"') {
            Some(next) => rest = next,
            None => return rest.starts_with([')', ',']).then_some(joined),
        }
    }
}
