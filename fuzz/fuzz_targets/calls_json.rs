//! Bodies of requests to the engine: what is taken is written in one way, reading that again gives the same, and serde
//! reads no other value of it than we do.
#![no_main]

use calls::{BodyKind, Limits, UnknownKeys, parse, route, write};

const ROUTES: [&str; 6] =
    ["containers.create", "containers.update", "containers.exec", "volumes.create", "networks.create", "services.create"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, body)) = bytes.split_first() else { return };
    let route = route(ROUTES[usize::from(*first) % ROUTES.len()]).expect("these routes are in the table");
    let BodyKind::Json { shape, .. } = route.body else { return };
    let unknown_keys = if first & 0x80 == 0 { UnknownKeys::Refuse } else { UnknownKeys::Warn };
    let limits = Limits { unknown_keys, ..Limits::default() };
    let Ok(json) = parse(body, shape, &limits, &mut Vec::new()) else { return };
    let written = write(&json);
    let again = parse(&written, shape, &limits, &mut Vec::new()).expect("what was written is taken");
    assert_eq!(write(&again), written);
    let theirs: serde_json::Value = serde_json::from_slice(&written).expect("what was written is JSON");
    if !String::from_utf8_lossy(&written).contains(['.', 'e', 'E']) {
        assert_eq!(theirs, json.to_value());
    }
});
