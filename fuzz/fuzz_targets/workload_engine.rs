//! What the Engine API says of a container, and what it is asked: never a panic, and a specification survives JSON.
#![no_main]

use workload::{ContainerSpec, Surroundings, read_create, read_inspect, report};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut specs = read_inspect(input).map(|read| read.specs).unwrap_or_default();
    specs.extend(read_create(input));
    for spec in &specs {
        let _ = report(spec, None, &Surroundings::default());
        let text = serde_json::to_string(spec).expect("a specification is JSON");
        let back: ContainerSpec = serde_json::from_str(&text).expect("what was written is read");
        assert_eq!(serde_json::to_string(&back).expect("JSON"), text);
    }
});
