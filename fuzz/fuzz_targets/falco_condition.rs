//! Conditions: what is read is written so that reading it again gives the same.
#![no_main]

use falco::condition::{DEPTH_MAX_IN_RULES, parse_condition};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(condition) = parse_condition(text, DEPTH_MAX_IN_RULES) else { return };
    let written = condition.to_string();
    // What is written has parentheses that the text may have done without.
    let Ok(again) = parse_condition(&written, 4 * DEPTH_MAX_IN_RULES) else { panic!("{written}") };
    assert_eq!(again.to_string(), written);
});
