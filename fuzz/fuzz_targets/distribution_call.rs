//! Method and target of a call of the distribution API; what was read is written in one way and read back.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (method, target) = text.split_once(' ').unwrap_or(("GET", text));
    if let Ok(call) = distribution::read(method, target) {
        let again = distribution::read(call.method(), &call.target());
        assert_eq!(again.as_ref(), Ok(&call));
    }
    let _ = distribution::next_page(text);
    let _ = distribution::blob_range(text);
    let _ = distribution::ContentRange::parse(text);
    let _ = distribution::form(text);
});
