//! Findings become changes with classes, differences and side effects; what has no change says so.

use facts::{Accounts, Container, Fact, FileFact, FileRole, Group, HostFacts, HostFile, ParentDirectory};
use harden::daemon_json::Hardening;
use harden::plan::{Action, Class, Plan, Situation, plan};
use model::{Finding, Fingerprint, Location, Severity};
use serde_json::json;
use std::collections::BTreeMap;
use workload::{ContainerSpec, Restart, Stated};

fn finding(rule: &str, object: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        title: "t".to_owned(),
        severity: Severity::High,
        location: Location { object: Some(object.to_owned()), ..Location::default() },
        evidence: Vec::new(),
        remedy: Some("do it by hand".to_owned()),
        references: Vec::new(),
        fingerprint: Fingerprint::of(&[rule, object]),
        aliases: Vec::new(),
        fix: None,
        vulnerability: None,
    }
}

fn facts() -> HostFacts {
    let file = |role, path: &str, mode, gid| HostFile {
        role,
        path: path.to_owned(),
        state: Fact::Known(Some(FileFact {
            mode,
            gid,
            parents: vec![ParentDirectory { path: "/etc/docker".to_owned(), mode: 0o777, uid: 0, gid: 0 }],
            ..FileFact::default()
        })),
    };
    let mut facts = HostFacts { is_engine_local: true, ..HostFacts::default() };
    facts.files = Fact::Known(vec![
        file(FileRole::DaemonJson, "/etc/docker/daemon.json", 0o666, 0),
        file(FileRole::TlsKey, "/etc/docker/key.pem", 0o640, 0),
        file(FileRole::EngineSocket, "/run/docker.sock", 0o666, 7),
        file(FileRole::EngineBinary, "/usr/sbin/dockerd", 0o755, 0),
    ]);
    facts.accounts = Accounts {
        groups: Fact::Known(vec![Group { name: "docker".to_owned(), gid: 108, members: Vec::new() }]),
        ..Accounts::default()
    };
    facts.engine.configuration.path = "/etc/docker/daemon.json".to_owned();
    facts.engine.info =
        Fact::Known(facts::EngineInfo { version: "28.5.2".to_owned(), ..facts::EngineInfo::default() });
    let spec = ContainerSpec {
        name: "web".to_owned(),
        restart: Stated::Given(Restart::Always),
        ..ContainerSpec::default()
    };
    facts.engine.containers = Fact::Known(vec![Container {
        id: "0123".to_owned(),
        name: "web".to_owned(),
        spec: Fact::Known(spec),
        ..Container::default()
    }]);
    facts
}

fn planned(findings: &[Finding], daemon_json: &str, memory: &[(&str, u64)], hardening: Hardening) -> Plan {
    let memory_seen_bytes: BTreeMap<String, u64> =
        memory.iter().map(|(id, bytes)| ((*id).to_owned(), *bytes)).collect();
    plan(
        findings,
        &Situation { facts: &facts(), daemon_json, hardening, memory_seen_bytes, inspected: BTreeMap::new() },
    )
}

fn quick(findings: &[Finding]) -> Plan {
    planned(findings, "{\"icc\": true}", &[("0123", 200 << 20)], Hardening::default())
}

#[track_caller]
fn check(rule: &str, object: &str, id: &str, class: Class) -> Action {
    let plan = quick(&[finding(rule, object)]);
    assert_eq!(plan.changes.len(), 1, "{:?}", plan.unplanned);
    let change = &plan.changes[0];
    assert_eq!(
        (change.id.as_str(), change.class, change.rules.as_slice()),
        (id, class, &[rule.to_owned()][..])
    );
    assert!(!change.diff.is_empty() && plan.unplanned.is_empty());
    change.action.clone()
}

#[test]
fn each_kind_of_finding_has_its_change() {
    let action = check("audit/inter-container-traffic", "engine", "daemon-json/icc", Class::Restart);
    assert!(
        matches!(action, Action::DaemonKeys { keys, .. } if keys == [("icc".to_owned(), Some(json!(false)))])
    );
    check("audit/live-restore-off", "engine", "daemon-json/live-restore", Class::Reload);
    let action = check(
        "audit/file-mode",
        "file /etc/docker/daemon.json",
        "file-mode/etc/docker/daemon.json",
        Class::None,
    );
    assert!(matches!(action, Action::FileMode { before: 0o666, after: 0o644, .. }));
    let action =
        check("audit/file-mode", "file /etc/docker/key.pem", "file-mode/etc/docker/key.pem", Class::None);
    assert!(matches!(action, Action::FileMode { after: 0o400, .. }));
    let action =
        check("audit/file-owner", "file /run/docker.sock", "file-owner/run/docker.sock", Class::None);
    assert!(
        matches!(action, Action::FileOwner { before: (0, 7), after: (0, 108), .. }),
        "the socket's group is docker"
    );
    let action = check(
        "audit/file-in-writable-directory",
        "file /etc/docker/key.pem",
        "file-mode/etc/docker",
        Class::None,
    );
    assert!(matches!(action, Action::FileMode { before: 0o777, after: 0o755, .. }));
    let action = check("audit/file-not-watched", "host", "audit-rules", Class::None);
    assert!(
        matches!(action, Action::WriteFile { text, .. } if text.contains("-w /usr/sbin/dockerd -p wax -k docker"))
    );
    let action = check("container/no-memory-limit", "container web", "container/web/memory", Class::None);
    assert!(matches!(action, Action::UpdateContainer { update, .. } if update["Memory"] == json!(400 << 20)));
    check("container/no-pids-limit", "container web", "container/web/pids", Class::None);
    let action =
        check("container/restarts-without-bound", "container web", "container/web/restart", Class::None);
    assert!(
        matches!(action, Action::UpdateContainer { before, .. } if before["RestartPolicy"]["Name"] == "always")
    );
    let action = check("container/privileged", "container web", "container/web/recreate", Class::Recreate);
    assert!(matches!(action, Action::Write { texts } if texts.len() == 4));
}

#[test]
fn findings_without_a_change_say_why_and_are_never_silenced() {
    let plan = quick(&[
        finding("container/no-health-check", "container web"),
        finding("audit/known-vulnerable", "runc"),
        finding("CVE-2024-21626", "runc"),
    ]);
    assert!(plan.changes.is_empty());
    assert_eq!(plan.unplanned.len(), 3);
    assert!(plan.unplanned.iter().all(|left| left.why.contains("do it by hand")));
}

#[test]
fn no_memory_limit_is_guessed_for_what_was_not_measured() {
    let plan =
        planned(&[finding("container/no-memory-limit", "container web")], "", &[], Hardening::default());
    assert!(plan.changes.is_empty() && plan.unplanned[0].why.contains("not measured"));
}

#[test]
fn the_proxy_of_ports_stays_while_nothing_else_forwards_them() {
    let proxy = finding("audit/userland-proxy", "engine");
    let filter = finding("audit/engine-without-packet-filter", "engine");
    assert_eq!(quick(std::slice::from_ref(&proxy)).changes[0].id, "daemon-json/userland-proxy");
    let plan = quick(&[proxy, filter]);
    assert!(plan.changes.iter().all(|change| change.id != "daemon-json/userland-proxy"), "{plan:?}");
    assert!(
        plan.unplanned.iter().any(|left| left.why.contains("published ports need it")),
        "{:?}",
        plan.unplanned
    );
}

#[test]
fn a_key_that_is_an_argument_of_the_daemon_is_left_and_told() {
    let hardening =
        Hardening { command_line: vec!["dockerd".into(), "--icc=true".into()], ..Hardening::default() };
    let plan = planned(&[finding("audit/inter-container-traffic", "engine")], "", &[], hardening);
    assert!(plan.changes.is_empty() && plan.unplanned[0].why.contains("--icc=true"), "{:?}", plan.unplanned);
}

#[test]
fn a_plan_is_the_same_whatever_the_order_of_findings() {
    let mut findings = vec![
        finding("container/privileged", "container web"),
        finding("audit/live-restore-off", "engine"),
        finding("audit/file-mode", "file /etc/docker/key.pem"),
        finding("audit/inter-container-traffic", "engine"),
    ];
    let first = quick(&findings);
    findings.reverse();
    assert_eq!(first, quick(&findings));
    let classes: Vec<Class> = first.changes.iter().map(|change| change.class).collect();
    assert_eq!(classes, [Class::None, Class::Reload, Class::Restart, Class::Recreate]);
}
