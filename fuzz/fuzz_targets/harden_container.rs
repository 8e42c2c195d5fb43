//! Inspected containers, written out hardened.
#![no_main]

use harden::container::{Form, Wish, harden_container};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(read) = workload::read_inspect(input) else { return };
    for spec in read.specs.iter().take(4) {
        let document = serde_json::from_slice(input).unwrap_or_default();
        let hardened = harden_container(spec, &Wish::of(document, None));
        for form in [Form::Run, Form::Compose, Form::Quadlet, Form::Kubernetes] {
            let text = hardened.write(form);
            assert!(!text.contains('\u{1b}'), "an escape of a terminal");
        }
    }
});
