//! Every benchmark file of aquasecurity/kube-bench, where a copy is at hand: all are read, and the commands of the plain
//! clusters are answered from facts. Nothing of it is in this repository.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "reads a copy of other people's files")]

mod judges;

use judges::checkout;
use kubernetes::{
    BenchFacts, NodeFile, NodeProcess, Options, evaluate, judge, parse_bench, parse_names, read_objects,
};
use model::OutcomeState;
use std::collections::BTreeMap;

#[test]
fn every_benchmark_is_read_and_a_plain_cluster_is_answered() {
    let Some(copy) = checkout("aquasecurity+kube-bench", "SEAWALL_KUBE_BENCH", "cfg") else { return };
    let cfg = copy.path().join("cfg");
    let config = std::fs::read_to_string(cfg.join("config.yaml")).unwrap();
    let (mut sets, mut checks, mut not_understood) = (0, 0, 0);
    let (mut of_plain, mut names) = (BTreeMap::new(), BTreeMap::new());
    let mut folders: Vec<_> =
        std::fs::read_dir(&cfg).unwrap().flatten().map(|entry| entry.path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    for folder in folders {
        sets += 1;
        let set = folder.file_name().unwrap().to_string_lossy().into_owned();
        for kind in ["master", "etcd", "controlplane", "node", "policies", "managedservices"] {
            let Ok(text) = std::fs::read_to_string(folder.join(format!("{kind}.yaml"))) else { continue };
            let file = parse_bench(&text).unwrap_or_else(|error| panic!("{set}/{kind}: {error}"));
            let names = names.entry(kind).or_insert_with(|| parse_names(&[&config], kind));
            let bench = evaluate(&file, names, &facts(names));
            checks += bench.checks.len();
            not_understood +=
                bench.checks.iter().filter(|check| check.detail.starts_with("the command is none")).count();
            if set == "cis-1.12" {
                for check in bench.checks {
                    of_plain.insert(check.id.clone(), check);
                }
            }
        }
    }
    let count = |state| of_plain.values().filter(|check| check.state == state).count();
    println!("{sets} sets, {checks} checks, {not_understood} commands not understood");
    println!(
        "cis-1.12: {} checks, {} passed, {} failed, {} manual, {} unknown, {} not applicable",
        of_plain.len(),
        count(OutcomeState::Passed),
        count(OutcomeState::Failed),
        count(OutcomeState::Manual),
        count(OutcomeState::Unknown),
        count(OutcomeState::NotApplicable)
    );
    for check in of_plain.values().filter(|check| check.state == OutcomeState::Unknown) {
        println!("unknown {}: {}", check.id, check.detail);
    }
    for (id, state) in [
        ("1.1.1", OutcomeState::Passed),
        ("1.1.2", OutcomeState::Passed),
        ("1.1.13", OutcomeState::Failed),
        ("1.1.20", OutcomeState::Passed),
        ("1.1.21", OutcomeState::Failed),
        ("1.2.1", OutcomeState::Failed),
        ("1.2.6", OutcomeState::Passed),
        ("1.3.2", OutcomeState::Passed),
        ("4.2.1", OutcomeState::Passed),
        ("4.2.4", OutcomeState::Failed),
        ("5.2.2", OutcomeState::Passed),
        ("5.2.3", OutcomeState::Failed),
        ("5.1.1", OutcomeState::NotApplicable),
    ] {
        let check = &of_plain[id];
        assert_eq!(check.state, state, "{id} {}: {}", check.text, check.detail);
    }
    assert!(of_plain.len() > 120);
}

/// A node of kubeadm: everything that is looked at is there with mode 600, but for some.
fn facts(names: &kubernetes::Names) -> BenchFacts {
    let file = |mode, text: Option<&str>| {
        Some(NodeFile { mode, owner: "root".into(), group: "root".into(), text: text.map(str::to_owned) })
    };
    let mut files: BTreeMap<String, Option<NodeFile>> =
        names.paths().into_iter().map(|path| (path, None)).collect();
    for path in [
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/etc/kubernetes/manifests/etcd.yaml",
        "/etc/kubernetes/pki",
        "/etc/kubernetes/pki/a.crt",
    ] {
        files.insert(path.into(), file(0o600, Some("")));
    }
    files.insert("/etc/kubernetes/pki/a.key".into(), file(0o640, None));
    files.insert("/etc/kubernetes/admin.conf".into(), file(0o644, None));
    files.insert("/etc/kubernetes/super-admin.conf".into(), None);
    let kubelet = "authentication: {anonymous: {enabled: false}}\nreadOnlyPort: 10255\n";
    files.insert("/var/lib/kubelet/config.yaml".into(), file(0o600, Some(kubelet)));
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {hostPID: true, containers: [{name: a, image: a}]}\n";
    let objects = read_objects(pod, None, &workload::DocumentLimits::default());
    let process = |line: &str| NodeProcess {
        arguments: line.split_whitespace().map(str::to_owned).collect(),
        environment: Vec::new(),
    };
    BenchFacts {
        processes: vec![
            process("kube-apiserver --authorization-mode=Node,RBAC --anonymous-auth=true"),
            process("kube-controller-manager --profiling=false"),
            process("/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml"),
            // Anybody can write this; it is no API server.
            process("python3 x kube-apiserver --anonymous-auth=false"),
        ],
        files,
        logs: ["k3s", "k3s-agent", "rke2-server"]
            .map(|unit| (unit.to_owned(), "Running kube-apiserver --profiling=false\n".to_owned()))
            .into(),
        cluster: Some(judge(&objects.objects, &Options { is_whole_cluster: true, ..Options::default() })),
    }
}
