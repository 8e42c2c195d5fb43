//! Facts of a cluster: any document is read or refused, survives writing, and is judged without panic.
#![no_main]

use facts::ClusterFacts;
use kubernetes::{Options, judge, objects_of};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(facts) = ClusterFacts::read(input) else { return };
    let mut again = ClusterFacts::new(facts.name.clone(), facts.server.clone());
    facts.objects().iter().cloned().for_each(|object| again.add(object));
    let again = ClusterFacts::read(&again.to_json()).expect("what was written is read");
    for facts in [facts, again] {
        let objects = objects_of(facts.into_objects());
        let _ = judge(&objects.objects, &Options { is_whole_cluster: true, ..Options::default() });
    }
});
