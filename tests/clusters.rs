//! Promise: a cluster is judged the same over its API and from facts that were recorded, and a benchmark of kube-bench is
//! answered from facts, not by running it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support;

use model::{OutcomeState, Report};
use std::path::Path;
use support::{report_of, rules, seawall};
use testkit::server::{Reply, Request, Server};

const NAMESPACED: &str = r#"{"metadata":{"name":"a","namespace":"shop"}"#;

/// A cluster with one bad pod, whose network policies this user may not see.
fn api(request: &Request) -> Reply {
    let list = |items: &str| Reply::ok(format!(r#"{{"kind":"XList","metadata":{{}},"items":[{items}]}}"#));
    match request.target.split('?').next().unwrap() {
        "/version" => Reply::ok(r#"{"gitVersion":"v1.33.3"}"#),
        "/apis" => Reply::new(404, ""),
        "/api/v1/namespaces" => list(r#"{"metadata":{"name":"shop"}}"#),
        "/api/v1/pods" => list(&format!(
            r#"{NAMESPACED},"spec":{{"hostPID":true,"containers":[{{"name":"c","image":"i","env":[{{"name":"DB_PASSWORD","value":"hunter2"}}]}}]}}}}"#
        )),
        path if path.ends_with("/networkpolicies") => {
            Reply::new(403, r#"{"kind":"Status","message":"forbidden"}"#)
        }
        _ => list(""),
    }
}

struct Sample {
    folder: tempfile::TempDir,
    kubeconfig: String,
    _server: Server,
}

fn sample() -> Sample {
    let server = Server::start(api);
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    let text = format!(
        "current-context: test\ncontexts: [{{name: test, context: {{cluster: c}}}}]\nclusters: [{{name: c, cluster: {{server: 'http://{}'}}}}]\n",
        server.address
    );
    std::fs::write(&kubeconfig, text).unwrap();
    Sample { kubeconfig: kubeconfig.display().to_string(), folder, _server: server }
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[test]
fn a_cluster_and_its_recorded_facts_are_judged_alike_and_no_credential_is_kept() {
    let sample = sample();
    let facts = path(sample.folder.path(), "facts.json");
    let arguments = [
        "audit",
        "kubernetes",
        "--kubeconfig",
        &sample.kubeconfig,
        "--facts-out",
        &facts,
        "--format",
        "json",
    ];
    let live = report_of(seawall(&arguments).output().unwrap());
    for rule in ["kubernetes/violates-baseline", "container/secret-in-environment"] {
        assert!(rules(&live).contains(&rule), "{rule}: {:?}", rules(&live));
    }
    // What was not told is not known, and said so.
    let network =
        live.outcomes.iter().find(|outcome| outcome.rule == "kubernetes/pod-network-not-restricted");
    assert_eq!(network.unwrap().state, OutcomeState::Unknown);
    assert!(
        live.gaps.iter().any(|gap| gap.what.contains("networkpolicies") && gap.detail.contains("list on"))
    );
    assert!(!std::fs::read_to_string(&facts).unwrap().contains("hunter2"));
    let recorded = report_of(seawall(&["audit", "--facts-in", &facts, "--format", "json"]).output().unwrap());
    assert_eq!(live, recorded);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let sample = sample();
    let facts = path(sample.folder.path(), "facts.json");
    let refused = |arguments: &[&str], words: &str| {
        let output = seawall(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
    };
    refused(&["audit", "kubernetes", "--kubeconfig", "/nowhere/at/all"], "cannot read");
    refused(
        &["audit", "kubernetes", "--kubeconfig", &sample.kubeconfig, "--context", "other"],
        "there are: test",
    );
    refused(&["audit", "--context", "test"], "seawall audit kubernetes");
    refused(&["audit", "kubernetes", "kubernetes:a.yaml"], "alone");
    refused(&["audit", "kubernetes:a.yaml", "--facts-out", &facts], "files are no facts");
    refused(&["audit", "--kube-bench", &path(sample.folder.path(), "none")], "no benchmark of kube-bench");
}

#[test]
fn a_benchmark_is_answered_from_facts_of_a_node() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("host/proc/7/cmdline", b"kubelet\0--config=/etc/k/kubelet.yaml\0--anonymous-auth=false\0");
    write("host/proc/7/cgroup", b"0::/\n");
    write("host/proc/7/status", b"Name:\tkubelet\n");
    write("host/etc/k/kubelet.yaml", b"readOnlyPort: 10255\n");
    write("cfg/config.yaml", b"node:\n  components: [kubelet]\n  kubelet:\n    bins: [kubelet]\n    confs: [/etc/k/kubelet.yaml]\n");
    write(
        "cfg/cis/node.yaml",
        br#"controls:
version: cis
id: 4
text: Node
type: node
groups:
- id: 4.1
  text: Kubelet
  checks:
  - {id: 4.1.1, text: a, scored: true, audit: '/bin/ps -fC $kubeletbin', tests: {test_items: [{flag: --anonymous-auth, set: true, compare: {op: eq, value: "false"}}]}}
  - {id: 4.1.2, text: b, scored: true, audit: '/bin/ps -fC $kubeletbin', audit_config: '/bin/cat $kubeletconf', tests: {test_items: [{flag: --read-only-port, path: '{.readOnlyPort}', set: true, compare: {op: eq, value: "0"}}]}}
  - {id: 4.1.3, text: c, scored: true, audit: 'touch ran; rm -rf /', tests: {test_items: [{flag: a}]}}
"#,
    );
    let (root, benchmark) = (path(folder.path(), "host"), path(folder.path(), "cfg/cis"));
    let arguments = ["audit", "--no-engine", "--root", &root, "--kube-bench", &benchmark, "--format", "json"];
    let report: Report = report_of(seawall(&arguments).current_dir(folder.path()).output().unwrap());
    let state =
        |rule: &str| report.outcomes.iter().find(|outcome| outcome.rule == rule).map(|outcome| outcome.state);
    assert_eq!(state("kube-bench/4.1.1"), Some(OutcomeState::Passed));
    assert_eq!(state("kube-bench/4.1.2"), Some(OutcomeState::Failed));
    assert_eq!(state("kube-bench/4.1.3"), Some(OutcomeState::Unknown));
    assert!(!folder.path().join("ran").exists());
}
