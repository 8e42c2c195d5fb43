//! Benchmark files of kube-bench: read, and answered from facts that have something for every shape of command.
#![no_main]

use kubernetes::{BenchFacts, NodeFile, NodeProcess, evaluate, parse_bench, parse_names};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(file) = parse_bench(text) else { return };
    let names = parse_names(&[text], "master");
    let root = NodeFile { mode: 0o644, owner: "root".into(), group: "root".into(), text: Some(text.to_owned()) };
    let mut facts = BenchFacts {
        processes: vec![NodeProcess { arguments: vec!["kubelet".into(), "--a=b".into()], environment: vec!["A=b".into()] }],
        ..BenchFacts::default()
    };
    for path in ["/etc", "/etc/a", "/etc/a.key"] {
        facts.files.insert(path.into(), Some(root.clone()));
    }
    facts.logs.insert("k3s".into(), text.to_owned());
    let _ = evaluate(&file, &names, &facts);
});
