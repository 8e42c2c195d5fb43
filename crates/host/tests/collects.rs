//! Facts from a root and a `/proc` that are made up, and from engines that hang, lie, and hold very many containers.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write files")]

use docker::Engine;
use facts::{Fact, HostFacts};
use host::{Options, Roots, collect};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, Instant},
};
use testkit::server::{Ending, Reply, Server};

const ID: &str = "abababababababababababababababababababababababababababababababab";

/// A root with `/proc` of process 1 and of one container.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let at = |path: &str| root.path().join(path);
    for path in ["etc/docker", "proc/sys/kernel", "proc/1/net", "sys/fs/cgroup/docker", "boot"] {
        fs::create_dir_all(at(path)).unwrap();
    }
    fs::write(at("etc/docker/daemon.json"), r#"{"icc":false,"log-opts":{"splunk-token":"abc"}}"#).unwrap();
    fs::write(at("etc/group"), "root:x:0:\ndocker:x:998:alice\n").unwrap();
    fs::write(at("etc/passwd"), "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n")
        .unwrap();
    fs::write(at("proc/sys/kernel/osrelease"), "6.1.0-40-amd64\n").unwrap();
    fs::write(at("proc/sys/kernel/kptr_restrict"), "2\n").unwrap();
    fs::write(at("boot/vmlinuz-6.1.0-40-amd64"), "").unwrap();
    fs::write(at("sys/fs/cgroup/cgroup.controllers"), "cpu memory pids\n").unwrap();
    for table in ["tcp", "udp"] {
        fs::write(at(&format!("proc/1/net/{table}")), "header\n").unwrap();
    }
    process(root.path(), 1, "0::/init.scope", 0);
    fs::create_dir_all(at(&format!("sys/fs/cgroup/docker/{ID}"))).unwrap();
    fs::write(at(&format!("sys/fs/cgroup/docker/{ID}/memory.max")), "1048576\n").unwrap();
    process(root.path(), 42, &format!("0::/docker/{ID}"), 7);
    process(root.path(), 43, &format!("0::/docker/{ID}"), 7);
    root
}

fn process(root: &Path, pid: u32, cgroup: &str, namespaces: u64) {
    let at = root.join(format!("proc/{pid}"));
    fs::create_dir_all(at.join("ns")).unwrap();
    fs::create_dir_all(at.join("attr")).unwrap();
    fs::write(at.join("cgroup"), format!("{cgroup}\n")).unwrap();
    fs::write(at.join("comm"), "web\n").unwrap();
    let status = "Name:\tweb\nPPid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\n\
                  CapBnd:\t00000000a80425fb\nNoNewPrivs:\t0\nSeccomp:\t2\n";
    fs::write(at.join("status"), status).unwrap();
    fs::write(at.join("attr/current"), "docker-default (enforce)\n").unwrap();
    fs::write(at.join("uid_map"), "0 0 4294967295\n").unwrap();
    fs::write(at.join("mountinfo"), "1 0 0:1 / / rw - overlay overlay rw\n").unwrap();
    for kind in ["net", "pid", "mnt"] {
        symlink(format!("{kind}:[{}]", 4_026_531_000 + namespaces), at.join("ns").join(kind)).unwrap();
    }
}

fn inspect(id: &str, name: &str) -> Value {
    json!({ "Id": id, "Name": format!("/{name}"), "Image": "sha256:1", "Created": "2026-11-01T00:00:00Z",
            "State": { "Status": "running", "Running": true, "Pid": 42 },
            "Config": { "Image": "a", "User": "" }, "HostConfig": { "Memory": 0 }, "NetworkSettings": {}, "Mounts": [] })
}

/// Asks an engine that `answer` plays. Paths come without version and query.
fn ask(root: &Path, answer: impl Fn(&str) -> Reply + Send + Sync + 'static, seconds: u64) -> HostFacts {
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("docker.sock");
    let _server = Server::start_unix(&socket, move |request| {
        let path = request.target.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/v1.45").unwrap_or(path);
        match path {
            "/_ping" => Reply::ok("OK").header("api-version", "1.45"),
            path => answer(path),
        }
    });
    let options = docker::Options {
        host: Some(format!("unix://{}", socket.display())),
        answer_timeout: Duration::from_secs(2),
        ..docker::Options::default()
    };
    let engine = Engine::connect(options).unwrap();
    let options = Options {
        roots: Roots::below(root),
        engine_time_max: Duration::from_secs(seconds),
        ..Options::default()
    };
    collect(&options, Ok(&engine))
}

fn honest(path: &str) -> Reply {
    match path {
        "/containers/json" => Reply::ok(json!([{ "Id": ID, "Names": ["/web"] }]).to_string()),
        path if path == format!("/containers/{ID}/json") => Reply::ok(inspect(ID, "web").to_string()),
        "/images/json" | "/networks" => Reply::ok("[]"),
        _ => Reply::ok("{}"),
    }
}

#[test]
fn what_runs_is_read_from_proc_for_every_process_of_a_container() {
    let root = root();
    let facts = ask(root.path(), honest, 30);
    let container = &facts.engine.containers.known().unwrap()[0];
    let processes = container.processes.known().unwrap();
    assert_eq!(processes.iter().map(|p| p.pid).collect::<Vec<_>>(), [42, 43]);
    assert_eq!(processes[0].capabilities_effective, 0xa804_25fb);
    assert_eq!(processes[0].seccomp_mode, Fact::Known(2));
    assert_eq!(processes[0].has_no_new_privileges, Fact::Known(false));
    assert_eq!(processes[0].label, Fact::Known(Some("docker-default (enforce)".to_owned())));
    assert_eq!(processes[0].is_root_read_only, Fact::Known(false));
    assert_ne!(
        processes[0].namespaces.known().unwrap().0["net"],
        facts.init_namespaces.known().unwrap().0["net"]
    );
    assert_eq!(container.cgroup.known().unwrap().memory_bytes, Some(1_048_576));
    assert_eq!(facts.kernel.sysctls["kernel.kptr_restrict"], Fact::Known(Some("2".to_owned())));
    assert_eq!(facts.kernel.installed, Fact::Known(vec!["6.1.0-40-amd64".to_owned()]));
    assert_eq!(HostFacts::read(&facts.to_json()).unwrap(), facts);
}

#[test]
fn credentials_of_the_configuration_are_not_in_the_facts() {
    let root = root();
    let facts = ask(root.path(), honest, 30);
    let content = facts.engine.configuration.content.known().unwrap().as_ref().unwrap();
    assert_eq!(content["icc"], false);
    assert!(!String::from_utf8(facts.to_json()).unwrap().contains("abc\""));
}

#[test]
fn a_process_that_vanishes_mid_read_is_a_gap_and_without_the_first_nothing_is_known() {
    let root = root();
    fs::remove_file(root.path().join("proc/43/status")).unwrap();
    let facts = ask(root.path(), honest, 30);
    assert!(facts.gaps.iter().any(|gap| gap.what.contains("process 43")), "{:?}", facts.gaps);
    assert_eq!(facts.engine.containers.known().unwrap()[0].processes.known().unwrap().len(), 1);
    fs::remove_dir_all(root.path().join("proc/42")).unwrap();
    let facts = ask(root.path(), honest, 30);
    assert!(matches!(facts.engine.containers.known().unwrap()[0].processes, Fact::Missing(_)));
}

#[test]
fn a_proc_that_is_gone_leaves_facts_missing() {
    let root = root();
    fs::remove_dir_all(root.path().join("proc")).unwrap();
    let facts = ask(root.path(), honest, 30);
    assert!(matches!(facts.processes, Fact::Missing(_)));
    assert!(matches!(facts.kernel.release, Fact::Missing(_)));
    assert!(facts.kernel.sysctls.values().all(|value| matches!(value, Fact::Missing(_))));
    assert!(matches!(facts.engine.containers.known().unwrap()[0].processes, Fact::Missing(_)));
}

#[test]
fn an_engine_that_hangs_costs_bounded_time_and_is_told() {
    let root = root();
    let start = Instant::now();
    let facts = ask(root.path(), |_| Reply::ok("{}".repeat(100)).ending(Ending::StallAfter(1)), 60);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert!(
        matches!(facts.engine.info, Fact::Missing(_)) && matches!(facts.engine.containers, Fact::Missing(_))
    );
}

#[test]
fn an_engine_that_lies_is_not_believed() {
    let root = root();
    let facts = ask(
        root.path(),
        |path| match path {
            "/info" => Reply::ok("[]"),
            "/containers/json" => Reply::ok(
                json!([{ "Id": ID, "Names": ["/web"] }, { "Id": "../images", "Names": null }]).to_string(),
            ),
            path if path.starts_with("/containers/") => Reply::ok(inspect("other", "web").to_string()),
            "/networks" => Reply::ok("{\"a\":"),
            _ => Reply::ok("null"),
        },
        30,
    );
    assert!(
        matches!(facts.engine.info, Fact::Missing(_)) && matches!(facts.engine.networks, Fact::Missing(_))
    );
    assert_eq!(facts.engine.containers.known().unwrap().len(), 0);
    assert!(facts.gaps.iter().any(|gap| gap.detail.contains("another container")), "{:?}", facts.gaps);
    assert!(facts.gaps.iter().any(|gap| gap.detail.contains("is no image name or id")), "{:?}", facts.gaps);
}

#[test]
fn ten_thousand_containers_end_in_bounded_time_and_what_was_left_is_told() {
    let root = root();
    let start = Instant::now();
    let facts = ask(
        root.path(),
        |path| match path {
            "/containers/json" => {
                let list: Vec<Value> = (0..10_000)
                    .map(|n| json!({ "Id": format!("{n:064x}"), "Names": [format!("/c{n}")] }))
                    .collect();
                Reply::ok(Value::Array(list).to_string())
            }
            path if path.starts_with("/containers/") => {
                let id = path.trim_start_matches("/containers/").trim_end_matches("/json");
                let mut document = inspect(id, id);
                document["State"] = json!({ "Status": "exited", "Pid": 0 });
                Reply::ok(document.to_string())
            }
            path => honest(path),
        },
        5,
    );
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let seen = facts.engine.containers.known().unwrap().len();
    let told = facts
        .gaps
        .iter()
        .any(|gap| gap.what == "containers" && gap.detail.contains(&format!("{} of 10000", 10_000 - seen)));
    assert!(seen == 10_000 || told, "{seen} {:?}", facts.gaps);
}

#[test]
fn a_container_that_went_away_is_no_gap() {
    let root = root();
    let facts = ask(
        root.path(),
        |path| match path {
            path if path.starts_with("/containers/") && path != "/containers/json" => {
                Reply::new(404, r#"{"message":"gone"}"#)
            }
            path => honest(path),
        },
        30,
    );
    assert!(facts.engine.containers.known().unwrap().is_empty());
    assert!(!facts.gaps.iter().any(|gap| gap.what.contains("web")), "{:?}", facts.gaps);
}
