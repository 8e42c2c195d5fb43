//! Heads of requests to the engine: what is taken is written in one way, and reading that again gives the same call.
#![no_main]

use calls::{Head, Limits, read};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (method, target, content_type, upgrade) = (next(), next(), next(), next());
    let some = |text| if text == "" { None } else { Some(text) };
    let head = Head { method, target, content_type: some(content_type), has_body: content_type != "", upgrade: some(upgrade) };
    let limits = Limits::default();
    let Ok(call) = read(&head, &limits) else { return };
    let written = call.target();
    assert!(written.starts_with('/') && written.bytes().all(|byte| byte.is_ascii_graphic()), "{written}");
    assert!(!written.contains("//") || written.split('?').next() != Some(written.as_str()), "{written}");
    let again = read(&Head { target: &written, ..head }, &limits).expect("what was written is a call");
    assert_eq!(again.route().id, call.route().id);
    assert_eq!(again.target(), written);
    assert!(again.warnings().is_empty(), "what was left out stays out");
});
