//! A hardened container is read again by the readers of its form, judged by the rules, and made by an engine.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "scripts are given to the shell as files")]

use harden::container::{Form, Wish, harden_container};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use workload::{ComposeOptions, ContainerSpec, Surroundings, Verdict, judge, read_compose, read_inspect};

/// A container that does about everything wrong.
const WEAK: &str = r#"[{
  "Id": "0123456789ab", "Name": "/web's \u001b[31m$HOME", "Image": "sha256:00",
  "State": {"Running": true, "Status": "running", "Pid": 1},
  "Config": {
    "Image": "registry.example.com/web:1", "User": "", "Env": ["PATH=/bin", "MODE=a b", "DB_PASSWORD=hunter2-hunter2"],
    "Cmd": ["serve", "--name", "it's $HOME `id`"], "Entrypoint": null,
    "Labels": {"team": "a\"b", "com.docker.compose.project": "x"}
  },
  "HostConfig": {
    "Privileged": true, "CapAdd": ["ALL"], "NetworkMode": "host", "PidMode": "host", "IpcMode": "host",
    "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
    "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
    "Binds": ["/var/run/docker.sock:/var/run/docker.sock", "/etc:/host-etc", "/srv/data:/data"],
    "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
    "Memory": 0, "NanoCpus": 0, "PidsLimit": null, "ReadonlyRootfs": false
  },
  "Mounts": [
    {"Type": "bind", "Source": "/var/run/docker.sock", "Destination": "/var/run/docker.sock", "RW": true},
    {"Type": "bind", "Source": "/etc", "Destination": "/host-etc", "RW": true},
    {"Type": "bind", "Source": "/srv/data", "Destination": "/data", "RW": true}
  ]
}]"#;

fn spec(text: &str) -> ContainerSpec {
    read_inspect(text.as_bytes()).unwrap().specs.remove(0)
}

fn wish() -> Wish {
    Wish {
        user: Some("10001:10001".to_owned()),
        capabilities: Some(Vec::new()),
        publish_at: "127.0.0.1".parse().ok(),
        changed_paths: ["/var", "/var/cache", "/var/cache/web", "/var/cache/web/a", "/tmp/x", "/data/y"]
            .map(str::to_owned)
            .to_vec(),
        memory_seen_bytes: Some(100 << 20),
        image_variables: vec!["PATH".to_owned()],
        ..Wish::default()
    }
}

fn failed(spec: &ContainerSpec) -> BTreeSet<&'static str> {
    let judgements = judge(spec, &Surroundings::default());
    judgements
        .iter()
        .filter(|one| matches!(one.verdict, Verdict::Failed(_)))
        .map(|one| one.rule.info.id)
        .collect()
}

#[test]
fn what_the_rules_find_is_gone_from_the_compose_file() {
    let weak = spec(WEAK);
    let before = failed(&weak);
    assert!(before.len() > 12, "{before:?}");
    let text = harden_container(&weak, &wish()).write(Form::Compose);
    let compose = read_compose(&text, &ComposeOptions::default()).unwrap_or_else(|| panic!("{text}"));
    assert!(compose.read.gaps.is_empty(), "{:?}\n{text}", compose.read.gaps);
    let after = failed(&compose.read.specs[0]);
    let left: BTreeSet<&str> = [
        "container/host-path-mounted",
        "container/image-without-digest",
        "container/no-health-check",
        "container/no-storage-quota",
        "container/sensitive-directory-mounted",
    ]
    .into();
    assert!(after.is_subset(&left), "{after:?}\n{text}");
}

#[test]
fn values_of_the_environment_are_nowhere() {
    let hardened = harden_container(&spec(WEAK), &wish());
    assert_eq!(hardened.variables, ["MODE", "DB_PASSWORD"]);
    for form in [Form::Run, Form::Compose, Form::Quadlet, Form::Kubernetes] {
        let text = hardened.write(form);
        assert!(!text.contains("hunter2") && !text.contains('\u{1b}'), "{form:?}");
    }
}

#[test]
fn the_script_means_what_the_container_said_whatever_its_names_hold() {
    let text = harden_container(&spec(WEAK), &wish()).write(Form::Run);
    let directory = tempfile::tempdir().unwrap();
    // A docker that prints its arguments, one a line.
    let script = format!(
        "docker() {{ [ \"$1\" = network ] || printf '%s\\n' \"$@\"; }}\n{}",
        text.replace("exec docker", "docker")
    );
    let file = directory.path().join("run.sh");
    std::fs::write(&file, script).unwrap();
    let output = Command::new("sh").arg(&file).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = printed.lines().collect();
    for expected in [
        "--read-only",
        "10001:10001",
        "no-new-privileges:true",
        "127.0.0.1:8080:80/tcp",
        "on-failure:5",
        "it's $HOME `id`",
        "team=a\"b",
    ] {
        assert!(words.contains(&expected), "{expected}: {words:?}");
    }
    for gone in ["--privileged", "host", "/var/run/docker.sock", "com.docker.compose.project=x"] {
        assert!(
            !words.iter().any(|word| word.contains(gone) && !word.contains("host-etc")),
            "{gone}: {words:?}"
        );
    }
    assert!(words.contains(&"type=bind,source=/etc,target=/host-etc,readonly"));
    assert!(
        words.iter().any(|word| word.starts_with("/var/cache/web:rw,noexec")),
        "what it was seen to write: {words:?}"
    );
    assert!(!words.iter().any(|word| word.starts_with("/data:rw")), "a mount covers it");
}

#[test]
fn a_container_that_is_hardened_stays_as_it_is() {
    let hardened = r#"{"Id": "1", "Name": "/good", "Config": {"Image": "a@sha256:00", "User": "10001"},
      "HostConfig": {"ReadonlyRootfs": true, "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges:true"], "Memory": 67108864,
        "MemorySwap": 67108864, "NanoCpus": 500000000, "PidsLimit": 50, "NetworkMode": "front", "Tmpfs": {"/tmp": "", "/run": ""},
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}, "LogConfig": {"Type": "local", "Config": {}}, "Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}]}}"#;
    let result = harden_container(&spec(hardened), &Wish::default());
    let changed: Vec<_> = result.lines.iter().filter(|line| !line.is_kept).map(|line| &line.item).collect();
    let is_tmpfs = |item: &&harden::container::Item| matches!(item, harden::container::Item::Tmpfs { .. });
    assert!(changed.iter().all(is_tmpfs), "{changed:?}");
}

#[test]
fn hostile_documents_make_text_without_panic() {
    for at in (0..WEAK.len()).step_by(3) {
        let mut bytes = WEAK.as_bytes().to_vec();
        bytes[at] ^= 1 << (at % 7);
        if let Ok(read) = read_inspect(&bytes) {
            for spec in &read.specs {
                let hardened = harden_container(spec, &wish());
                for form in [Form::Run, Form::Compose, Form::Quadlet, Form::Kubernetes] {
                    let _ = hardened.write(form);
                }
            }
        }
    }
}

#[test]
fn an_engine_makes_the_container_that_was_written_out() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    dockerd.import("web:1", &testkit::Tar::new().file("bin/serve", b"#!/bin/sh\n").finish());
    let weak = [
        "create",
        "--name",
        "weak",
        "--privileged",
        "--pid=host",
        "--network=none",
        "--restart=always",
        "--env",
        "TOKEN=abc",
        "--volume",
        "/etc:/host-etc",
        "--label",
        "a=b c",
        "web:1",
        "/bin/serve",
        "x y",
    ];
    dockerd.docker(&weak);
    let inspected = dockerd.docker(&["inspect", "weak"]);
    let mut weak = spec(&inspected);
    weak.name = "hardened".to_owned();
    let hardened = harden_container(&weak, &Wish { user: Some("10001".to_owned()), ..Wish::default() });
    let directory = tempfile::tempdir().unwrap();
    let script = hardened
        .write(Form::Run)
        .replace("exec docker run", "exec docker create")
        .replace("set -- --detach", "set --");
    std::fs::write(directory.path().join("run.sh"), &script).unwrap();
    std::fs::write(directory.path().join("hardened.env"), "TOKEN=abc\n").unwrap();
    let output = Command::new("sh")
        .arg("run.sh")
        .current_dir(directory.path())
        .env("DOCKER_HOST", dockerd.host())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stderr));
    let made = spec(&dockerd.docker(&["inspect", "hardened"]));
    let left = failed(&made);
    for gone in [
        "container/privileged",
        "container/host-pid-namespace",
        "container/restarts-without-bound",
        "container/no-memory-limit",
        "container/no-pids-limit",
        "container/writable-root",
        "container/runs-as-root",
        "container/new-privileges-allowed",
        "container/capabilities-not-dropped",
    ] {
        assert!(!left.contains(gone), "{gone}: {left:?}");
    }
    assert_eq!(made.command.given().unwrap(), &["/bin/serve", "x y"]);
}
