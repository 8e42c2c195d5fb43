use super::*;
use crate::read::{ComposeOptions, read_compose, read_create, read_inspect};
use std::collections::BTreeSet;

fn failed(spec: &ContainerSpec, around: &Surroundings) -> BTreeSet<&'static str> {
    judge(spec, around)
        .into_iter()
        .filter(|judgement| matches!(judgement.verdict, Verdict::Failed(_)))
        .map(|judgement| judgement.rule.info.id)
        .collect()
}

fn compose(service: &str) -> ContainerSpec {
    let text = format!("services:\n  web: {{{service}}}\nvolumes: {{d: {{}}}}\n");
    read_compose(&text, &ComposeOptions::default()).unwrap_or_else(|| panic!("{text}")).read.specs.remove(0)
}

fn inspect(host: &str, config: &str, rest: &str) -> ContainerSpec {
    let text = format!("{{\"Name\":\"/web\",\"HostConfig\":{{{host}}},\"Config\":{{{config}}}{rest}}}");
    read_inspect(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}")).specs.remove(0)
}

/// The rule, whether it fires, and how the service is written.
#[track_caller]
fn check(cases: &[(&str, bool, &str)]) {
    for (rule, fires, service) in cases {
        let id = format!("container/{rule}");
        assert!(rules().iter().any(|rule| rule.info.id == id), "no rule {id}");
        let hits = failed(&compose(service), &Surroundings::default());
        assert_eq!(hits.contains(id.as_str()), *fires, "{id} on {{{service}}}: {hits:?}");
    }
}

#[test]
fn ids_are_sorted_and_described() {
    assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
    for rule in rules() {
        assert!(
            rule.info.id.starts_with("container/")
                && !rule.info.why.is_empty()
                && !rule.info.remedy.is_empty()
        );
        assert!(rule.aliases.windows(2).all(|pair| pair[0] < pair[1]), "{}", rule.info.id);
    }
}

#[test]
fn each_rule_fires_on_the_bad_state_and_is_silent_on_the_good_one() {
    check(&[
        ("privileged", true, "privileged: true"),
        ("privileged", false, "privileged: false"),
        ("dangerous-capability", true, "cap_add: [ALL]"),
        ("dangerous-capability", true, "cap_add: [cap_sys_admin]"),
        ("dangerous-capability", false, "cap_add: [NET_BIND_SERVICE]"),
        ("added-capability", true, "cap_add: [SYS_NICE]"),
        ("added-capability", false, "cap_add: [CHOWN]"),
        ("capabilities-not-dropped", false, "cap_drop: [all]"),
        ("capabilities-not-dropped", true, "cap_drop: [NET_RAW]"),
        ("net-raw-kept", true, ""),
        ("net-raw-kept", false, "cap_drop: [NET_RAW]"),
        ("net-raw-kept", true, "cap_drop: [ALL], cap_add: [NET_RAW]"),
        ("new-privileges-allowed", true, ""),
        ("new-privileges-allowed", true, "security_opt: ['no-new-privileges:false']"),
        ("new-privileges-allowed", false, "security_opt: [no-new-privileges]"),
        ("runs-as-root", true, "user: '0:0'"),
        ("runs-as-root", true, "user: root"),
        ("runs-as-root", false, "user: '1000'"),
        ("runs-as-root", false, ""),
        ("root-group", true, "user: '1000:0'"),
        ("root-group", true, "user: '1000:1000', group_add: [docker]"),
        ("root-group", false, "user: '1000:1000'"),
        ("seccomp-unconfined", true, "security_opt: ['seccomp:unconfined']"),
        ("seccomp-unconfined", true, "privileged: true"),
        ("seccomp-unconfined", false, ""),
        ("apparmor-unconfined", true, "security_opt: [apparmor=unconfined]"),
        ("apparmor-unconfined", false, "security_opt: [apparmor=web]"),
        ("selinux-disabled", true, "security_opt: ['label:disable']"),
        ("selinux-disabled", true, "security_opt: ['label=type:spc_t']"),
        ("selinux-disabled", false, "security_opt: ['no-new-privileges:false']"),
        ("unmasked-system-paths", true, "security_opt: [systempaths=unconfined]"),
        ("unmasked-system-paths", false, ""),
        ("writable-cgroups", true, "security_opt: [writable-cgroups=true]"),
        ("unsafe-sysctl", true, "sysctls: {vm.swappiness: 1}"),
        ("unsafe-sysctl", false, "sysctls: [net.core.somaxconn=1024]"),
        ("host-network", true, "network_mode: host"),
        ("host-network", false, "network_mode: bridge"),
        ("host-pid-namespace", true, "pid: host"),
        ("host-ipc-namespace", true, "ipc: host"),
        ("host-ipc-namespace", false, "ipc: shareable"),
        ("host-uts-namespace", true, "uts: host"),
        ("host-user-namespace", true, "userns_mode: host"),
        ("host-cgroup-namespace", true, "cgroup: host"),
        ("shared-namespace", true, "network_mode: 'container:db'"),
        ("shared-namespace", true, "pid: 'service:db'"),
        ("shared-namespace", false, "network_mode: none"),
        ("default-bridge", true, "network_mode: bridge"),
        ("default-bridge", false, "networks: [front]"),
        ("cgroup-parent-changed", true, "cgroup_parent: /x"),
        ("engine-socket-mounted", true, "volumes: ['/var/run/docker.sock:/s:ro']"),
        ("engine-socket-mounted", true, "volumes: ['/var/run:/vr']"),
        ("engine-socket-mounted", true, "volumes: ['//run/../run/:/vr']"),
        ("engine-socket-mounted", true, "volumes: ['/run/containerd:/c']"),
        ("engine-socket-mounted", true, "volumes: ['/run/user/1000/docker.sock:/c']"),
        ("engine-socket-mounted", true, "volumes: ['/run/podman/podman.sock:/c']"),
        ("engine-socket-mounted", true, "use_api_socket: true"),
        ("engine-socket-mounted", false, "volumes: ['/run/app:/run/app']"),
        ("engine-socket-mounted", false, "volumes: ['d:/var/run']"),
        ("system-socket-mounted", true, "volumes: ['/run/dbus:/run/dbus']"),
        ("system-socket-mounted", false, "volumes: ['/run/app.sock:/run/app.sock']"),
        ("sensitive-directory-mounted", true, "volumes: ['/:/host:ro']"),
        ("sensitive-directory-mounted", true, "volumes: ['/root:/r:ro']"),
        ("sensitive-directory-mounted", true, "volumes: ['/var/lib/docker:/d:ro']"),
        (
            "sensitive-directory-mounted",
            false,
            "volumes: ['/etc/localtime:/etc/localtime:ro', './etc:/etc', '/srv/a:/a']",
        ),
        ("shared-mount-propagation", true, "volumes: ['/srv:/s:rshared']"),
        ("shared-mount-propagation", false, "volumes: ['/srv:/s:rslave']"),
        ("host-device", true, "devices: ['/dev/sda:/dev/sda']"),
        ("host-device", true, "device_cgroup_rules: ['c *:* rwm']"),
        ("host-device", true, "gpus: all"),
        ("host-device", false, "devices: ['/dev/net/tun']"),
        ("writable-root", true, ""),
        ("writable-root", false, "read_only: true"),
        ("anonymous-volume", true, "volumes: [/data]"),
        ("anonymous-volume", false, "volumes: ['d:/data']"),
        ("tmpfs-with-exec", true, "tmpfs: ['/t:exec']"),
        ("tmpfs-with-exec", false, "tmpfs: [/t]"),
        ("tmpfs-with-exec", false, "tmpfs: ['/t:exec,noexec']"),
        ("privileged-port", true, "ports: ['[::]:81:81']"),
        ("privileged-port", false, "ports: ['8080:80', '80']"),
        ("port-on-all-interfaces", true, "ports: ['[::]:8081:81']"),
        ("port-on-all-interfaces", true, "ports: ['80']"),
        ("port-on-all-interfaces", false, "ports: ['127.0.0.1:80:80', '[::1]:81:81']"),
        ("ssh-port-published", true, "ports: ['2222:22']"),
        ("ssh-port-published", false, "ports: ['22:2222']"),
        ("no-memory-limit", true, "mem_limit: 0"),
        ("no-memory-limit", false, "deploy: {resources: {limits: {memory: 64m}}}"),
        ("no-cpu-limit", true, "cpu_shares: 1024"),
        ("no-cpu-limit", false, "cpu_quota: 5000"),
        ("no-cpu-limit", false, "cpuset: 0-1"),
        ("no-pids-limit", true, "pids_limit: -1"),
        ("no-pids-limit", false, "pids_limit: 100"),
        ("no-file-limit", true, "ulimits: {nofile: -1}"),
        ("no-file-limit", false, "ulimits: {nofile: {soft: 100, hard: 200}}"),
        ("no-storage-quota", false, "storage_opt: {size: 1G}"),
        ("no-storage-quota", true, ""),
        ("oom-killer-avoided", true, "oom_kill_disable: true"),
        ("oom-killer-avoided", true, "oom_score_adj: -500"),
        ("oom-killer-avoided", false, "oom_score_adj: 500"),
        ("restarts-without-bound", true, "restart: always"),
        ("restarts-without-bound", true, "restart: unless-stopped"),
        ("restarts-without-bound", true, "restart: 'on-failure'"),
        ("restarts-without-bound", true, "restart: 'on-failure:6'"),
        ("restarts-without-bound", false, "restart: 'on-failure:5'"),
        ("restarts-without-bound", false, "restart: 'no'"),
        ("no-health-check", true, "healthcheck: {disable: true}"),
        ("no-health-check", false, "healthcheck: {test: [CMD, x]}"),
        ("starts-ssh-server", true, "command: /usr/sbin/sshd -D"),
        ("starts-ssh-server", true, "entrypoint: [sh, -c, 'service x start; exec dropbear -F']"),
        ("starts-ssh-server", false, "command: [nginx, -c, /etc/sshd.conf]"),
        ("logs-without-bound", true, "logging: {driver: json-file}"),
        ("logs-without-bound", false, "logging: {options: {max-size: 10m}}"),
        ("logs-without-bound", false, "logging: {driver: local}"),
        ("logging-off", true, "logging: {driver: none}"),
        ("secret-in-environment", true, "environment: {DB_PASSWORD: hunter2}"),
        (
            "secret-in-environment",
            false,
            "environment: {DB_PASSWORD_FILE: /run/secrets/db, DB_PASSWORD: '${PW}'}",
        ),
        ("image-tag-latest", true, "image: nginx"),
        ("image-tag-latest", true, "image: 'localhost:5000/nginx:latest'"),
        ("image-tag-latest", false, "image: 'localhost:5000/nginx:1.27'"),
        ("image-without-digest", true, "image: 'nginx@sha256:aa'"),
        (
            "image-without-digest",
            false,
            "image: 'nginx@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
        ),
        ("image-without-digest", true, "image: 'nginx:1'"),
    ]);
}

/// What docker-bench-security 1.6.1 answers wrongly, as measured on a container.
#[test]
fn what_docker_bench_gets_wrong_is_right_here() {
    let around = Surroundings::default();
    let case = |host: &str, config: &str, rest: &str, rule: &str, fires: bool| {
        let spec = inspect(host, config, rest);
        let hits = failed(&spec, &around);
        assert_eq!(hits.contains(rule), fires, "{rule} on {host} {config} {rest}: {hits:?}");
    };
    let mounts = |list: &str| format!(",\"Mounts\":[{list}]");
    for user in ["0:0", "root:root", "00", ""] {
        case("", &format!("\"User\":\"{user}\""), "", "container/runs-as-root", true);
    }
    case("\"SecurityOpt\":[\"no-new-privileges:false\"]", "", "", "container/new-privileges-allowed", true);
    case(
        "\"RestartPolicy\":{\"Name\":\"always\",\"MaximumRetryCount\":0}",
        "",
        "",
        "container/restarts-without-bound",
        true,
    );
    let ports = "\"PortBindings\":{\"81/tcp\":[{\"HostIp\":\"::\",\"HostPort\":\"81\"}]}";
    case(ports, "", "", "container/privileged-port", true);
    case(ports, "", "", "container/port-on-all-interfaces", true);
    case("\"Privileged\":true", "", "", "container/seccomp-unconfined", true);
    case("\"CapAdd\":[\"ALL\"]", "", "", "container/dangerous-capability", true);
    case("\"CpuQuota\":50000", "", "", "container/no-cpu-limit", false);
    case("\"DeviceCgroupRules\":[\"c 189:* rwm\"]", "", "", "container/host-device", true);
    case(
        "\"DeviceRequests\":[{\"Count\":-1,\"Capabilities\":[[\"gpu\"]]}]",
        "",
        "",
        "container/host-device",
        true,
    );
    case("\"NetworkMode\":\"container:abc\"", "", "", "container/shared-namespace", true);
    let run = mounts(r#"{"Type":"bind","Source":"/run","Destination":"/vr","RW":true}"#);
    case("", "", &run, "container/engine-socket-mounted", true);
    let root = mounts(r#"{"Type":"bind","Source":"/root","Destination":"/r","RW":false}"#);
    case("", "", &root, "container/sensitive-directory-mounted", true);
    let selinux = ",\"AppArmorProfile\":\"\",\"ProcessLabel\":\"system_u:system_r:container_t:s0:c1,c2\"";
    case("", "", selinux, "container/no-mandatory-access-control", false);
    case(
        "\"SecurityOpt\":[\"no-new-privileges\"]",
        "",
        ",\"AppArmorProfile\":\"\",\"ProcessLabel\":\"\"",
        "container/no-mandatory-access-control",
        true,
    );
}

/// A read-only mount beside a writable one is graded by itself.
#[test]
fn mounts_are_graded_one_by_one() {
    let spec = compose("volumes: ['/etc:/h:ro', 'd:/data']");
    let judged = report(&spec, Some("compose.yaml"), &Surroundings::default());
    let hits: Vec<_> =
        judged.findings.iter().filter(|f| f.rule == "container/sensitive-directory-mounted").collect();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].severity, Severity::Medium);
    assert_eq!(
        hits[0].location.source.as_ref().map(|span| (span.line, span.file.as_str())),
        Some((2, "compose.yaml"))
    );
}

#[test]
fn surroundings_count() {
    let around = Surroundings {
        no_new_privileges: true,
        is_user_remapped: true,
        are_logs_bounded: true,
        ..Surroundings::default()
    };
    let spec = inspect("", "\"User\":\"\"", "");
    let hits = failed(&spec, &around);
    assert!(
        !hits.contains("container/new-privileges-allowed") && !hits.contains("container/logs-without-bound")
    );
    let judged = report(&spec, None, &around);
    let root = judged.findings.iter().find(|f| f.rule == "container/runs-as-root").unwrap();
    assert_eq!(root.severity, Severity::Low);
}

#[test]
fn what_cannot_be_told_is_unknown_with_a_gap_and_never_passed() {
    let spec = compose("privileged: '${P}', volumes: ['${D}:/d'], image: 'a:${T}', read_only: '${R}'");
    let judged = report(&spec, None, &Surroundings::default());
    for rule in ["privileged", "engine-socket-mounted", "image-tag-latest", "writable-root"] {
        let id = format!("container/{rule}");
        let outcome = judged.outcomes.iter().find(|outcome| outcome.rule == id).unwrap();
        assert_eq!(outcome.state, model::OutcomeState::Unknown, "{id}");
        assert!(judged.gaps.iter().any(|gap| gap.what.starts_with(&id)), "{id}");
    }
}

#[test]
fn evidence_never_holds_the_credential() {
    let spec = compose("environment: {DB_PASSWORD: hunter2}");
    let judged = report(&spec, Some("c"), &Surroundings::default());
    assert!(!serde_json::to_string(&judged.findings).unwrap().contains("hunter2"));
}

/// A container with everything in order: only what its author can do nothing about may be said.
#[test]
fn a_hardened_service_is_silent() {
    let spec = compose(
        "image: 'web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', user: '1000:1000', read_only: true, cap_drop: [ALL], security_opt: ['no-new-privileges:true'], \
         mem_limit: 64m, cpus: 0.5, pids_limit: 100, ulimits: {nofile: 1024}, restart: 'on-failure:5', tmpfs: [/tmp], \
         volumes: ['d:/data', '/etc/localtime:/etc/localtime:ro'], ports: ['127.0.0.1:8080:8080'], networks: [front], \
         healthcheck: {test: [CMD, /check]}, logging: {driver: local}, environment: {DB_PASSWORD_FILE: /run/secrets/db}",
    );
    assert_eq!(failed(&spec, &Surroundings::default()), BTreeSet::new());
}

#[test]
fn a_request_with_folded_keys_is_judged_by_what_the_engine_would_do() {
    let spec =
        read_create(br#"{"Image":"a:1","HostConfig":{"Privileged":false},"hostconfig":{"pRiViLeGeD":true}}"#)
            .unwrap();
    assert!(failed(&spec, &Surroundings::default()).contains("container/privileged"));
}
