//! Tokens, scopes, credentials, key sets and answers of directories.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KEY: LazyLock<access::TokenKey> = LazyLock::new(access::TokenKey::generate);

fuzz_target!(|bytes: &[u8]| {
    let _ = access::bind_result(bytes);
    let _ = access::groups_result(bytes);
    let _ = access::KeySet::parse(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(KEY.verify(text, "registry.example.com", 1_000).is_err());
        let _ = access::scopes([text]);
        let _ = access::Credential::parse(Some(text));
    }
});
