#![no_main]
//! An expression that matches has its need met: the first line is an expression, the rest is what is searched.

use libfuzzer_sys::fuzz_target;
use prefilter::{Gate, Need};

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (Ok(expression), bytes) = (std::str::from_utf8(&data[..end]), data.get(end + 1..).unwrap_or_default()) else {
        return;
    };
    let need = Need::of_regex(expression);
    let gate = Gate::new(&[need.clone(), Need::Below(9)]);
    let mut builder = regex::bytes::RegexBuilder::new(expression);
    builder.unicode(false).dot_matches_new_line(true).size_limit(1 << 20).dfa_size_limit(1 << 18);
    if let Ok(regex) = builder.build()
        && regex.is_match(bytes)
    {
        assert!(gate.met(bytes).contains(&0), "{expression:?} needs {need:?}");
    }
});
