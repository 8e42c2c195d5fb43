//! Bundles of advisory databases.
//!
//! The input is either a bundle, or edits of a genuine one (offset u16, value u8), since no input of the fuzzer can
//! be signed.
#![no_main]

use advisories::{Advisory, Bundle, PublicKey, ShardBuilder, SigningKey, Store, Trust, export};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static GENUINE: LazyLock<(PublicKey, Vec<u8>)> = LazyLock::new(|| {
    let key = SigningKey::from_pkcs8(&SigningKey::generate().expect("random numbers")).expect("a key");
    let place = tempfile::tempdir().expect("a directory");
    let mut shards = BTreeMap::new();
    for name in ["npm", "pypi"] {
        let mut builder = ShardBuilder::new(name, Default::default());
        builder.add(Advisory { id: "CVE-2024-1".into(), ..Advisory::default() });
        shards.insert(name.to_owned(), builder.finish().expect("a shard"));
    }
    let now = "2026-11-22T05:00:00Z".parse().expect("a timestamp");
    Store::new(place.path(), Trust::default()).publish(&shards, &key, &now).expect("a database");
    let mut bytes = Vec::new();
    let trust = Trust { keys: vec![key.public()], last_seen: None };
    export(place.path(), &trust, None, &mut bytes).expect("a bundle");
    (key.public(), bytes)
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (key, genuine) = &*GENUINE;
    let mut bytes = input.to_vec();
    if !input.starts_with(b"SEAWALLB") {
        bytes.clone_from(genuine);
        for edit in input.chunks_exact(3).take(64) {
            let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % bytes.len();
            bytes[at] = edit[2];
        }
        if let [at] = input.chunks_exact(3).remainder() {
            bytes.truncate(bytes.len() * usize::from(*at) / 255);
        }
    }
    let trust = Trust { keys: vec![key.clone()], last_seen: None };
    if let Ok(bundle) = Bundle::open(bytes.as_slice(), &trust) {
        let _ = bundle.check();
    }
});
