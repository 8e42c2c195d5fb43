//! Kubeconfigs: read or refused; a refusal does not tell what stands in the text.
#![no_main]

use cluster::parse_kubeconfig;
use std::path::Path;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match parse_kubeconfig(text, Path::new("/home/user/.kube")) {
        Ok(config) => assert!(config.contexts.len() <= 10_000 && config.users.len() <= 10_000),
        Err(reason) => assert!(reason.len() < 200, "{reason}"),
    }
});
