//! Manifests of advisory databases: the envelope as it comes, and the payload signed with a trusted key.
#![no_main]

use advisories::{Manifest, SigningKey, VerifiedManifest};
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_pkcs8(&SigningKey::generate().expect("random numbers")).expect("a key")
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let keys = [KEY.public()];
    // Nobody can sign without the key.
    assert!(VerifiedManifest::verify(input, &keys).is_err());
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(input) {
        let signed = manifest.sign(&KEY);
        if let Ok(verified) = VerifiedManifest::verify(&signed, &keys) {
            assert_eq!(verified.manifest(), &manifest);
            assert!(manifest.shards.iter().all(|entry| entry.sha256.len() == 64));
        }
    }
});
