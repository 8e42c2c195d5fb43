//! Compose files: YAML with anchors, variables, `extends`, and every rule on every service.
#![no_main]

use workload::{ComposeOptions, Surroundings, read_compose, report};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let own = text.to_owned();
    let again = move |_: &str| Some(own.clone());
    let options = ComposeOptions { load: Some(&again), ..ComposeOptions::default() };
    if let Some(compose) = read_compose(text, &options) {
        for spec in &compose.read.specs {
            let _ = report(spec, Some("compose.yaml"), &Surroundings::default());
        }
    }
});
