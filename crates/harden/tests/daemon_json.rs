//! A hardened `daemon.json` is shown to the engine that is to read it.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "configuration is given to the engine as a file"
)]

use harden::daemon_json::{Effect, EngineVersion, Hardening, get_key, harden, set_keys};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

fn hardened(present: &str, version: &str, asked: &Hardening) -> harden::daemon_json::Hardened {
    harden(present, &version.parse::<EngineVersion>().unwrap(), asked).unwrap()
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "the rows of the table read better")]
fn check(present: &str, key: &str, expected: Option<serde_json::Value>) {
    let text = hardened(present, "28.5", &Hardening::default()).text;
    assert_eq!(get_key(&text, key).unwrap(), expected, "{key} of {text}");
}

#[test]
fn what_is_weak_is_set_and_what_is_stricter_stays() {
    check("", "icc", Some(json!(false)));
    check(r#"{"icc":true}"#, "icc", Some(json!(false)));
    check("", "log-opts", Some(json!({"max-size": "10m", "max-file": "5"})));
    check(r#"{"log-opts":{"max-size":"1g"}}"#, "log-opts", Some(json!({"max-size": "1g"})));
    check(r#"{"log-driver":"syslog"}"#, "log-driver", Some(json!("syslog")));
    check(r#"{"log-driver":"syslog"}"#, "log-opts", None);
    check(r#"{"log-level":"warn"}"#, "log-level", Some(json!("warn")));
    check(r#"{"log-level":"debug"}"#, "log-level", Some(json!("info")));
    check("", "log-level", None);
    check(r#"{"seccomp-profile":"unconfined"}"#, "seccomp-profile", Some(json!("builtin")));
    check(
        r#"{"seccomp-profile":"/etc/docker/s.json"}"#,
        "seccomp-profile",
        Some(json!("/etc/docker/s.json")),
    );
    check(r#"{"insecure-registries":["r.example.com"]}"#, "insecure-registries", Some(json!([])));
    check(
        r#"{"default-ulimits":{"core":{"Name":"core","Soft":0,"Hard":0}}}"#,
        "default-ulimits",
        Some(json!({
            "core": {"Name": "core", "Soft": 0, "Hard": 0},
            "nofile": {"Name": "nofile", "Soft": 1024, "Hard": 65536},
        })),
    );
    check(r#"{"my-key":[1, 2]}"#, "my-key", Some(json!([1, 2])));
    check("", "userns-remap", None);
}

#[test]
fn order_and_text_of_what_is_not_touched_stay() {
    let present = "{\n    \"storage-driver\": \"overlay2\",\n    \"dns\": [ \"192.0.2.1\",  \"192.0.2.2\" ],\n    \"icc\": true\n}\n";
    let text = hardened(present, "28.5", &Hardening::default()).text;
    assert!(text.starts_with(
        "{\n    \"storage-driver\": \"overlay2\",\n    \"dns\": [ \"192.0.2.1\",  \"192.0.2.2\" ],\n    \"icc\": false,\n"
    ), "{text}");
}

#[test]
fn hardening_twice_changes_nothing_more() {
    let asked =
        Hardening { wants_userns_remap: true, publish_at: "127.0.0.1".parse().ok(), ..Hardening::default() };
    let once = hardened(r#"{"debug":true,"hosts":["fd://"]}"#, "28.5", &asked);
    assert!(once.changes.len() > 8);
    let twice = hardened(&once.text, "28.5", &asked);
    assert_eq!((twice.changes.len(), &twice.text), (0, &once.text));
}

#[test]
fn swarm_arguments_and_old_releases_are_respected() {
    let swarm = Hardening { is_swarm_member: true, ..Hardening::default() };
    let result = hardened("", "28.5", &swarm);
    assert_eq!(get_key(&result.text, "live-restore").unwrap(), None);
    assert!(result.notes.iter().any(|note| note.starts_with("live-restore: left")));
    let started =
        Hardening { command_line: vec!["dockerd".into(), "--icc=true".into()], ..Hardening::default() };
    let result = hardened("", "28.5", &started);
    assert_eq!(get_key(&result.text, "icc").unwrap(), None);
    assert!(result.notes.iter().any(|note| note.contains("--icc=true")), "{:?}", result.notes);
    let asked = Hardening {
        publish_at: "127.0.0.1".parse().ok(),
        min_api_version: Some("1.44".into()),
        ..Hardening::default()
    };
    let result = hardened("", "23.0.1", &asked);
    for key in ["default-network-opts", "min-api-version"] {
        assert_eq!(get_key(&result.text, key).unwrap(), None, "{key}");
    }
    assert_eq!(result.notes.len(), 2, "{:?}", result.notes);
    assert!(
        hardened(r#"{"graph":"/g"}"#, "24.0", &Hardening::default()).notes[0].contains("refuses to start")
    );
}

#[test]
fn tcp_without_certificates_is_told_and_not_cosmetically_changed() {
    let result = hardened(r#"{"hosts":["tcp://0.0.0.0:2375"]}"#, "28.5", &Hardening::default());
    assert_eq!(get_key(&result.text, "hosts").unwrap(), Some(json!(["tcp://0.0.0.0:2375"])));
    assert!(result.notes.iter().any(|note| note.starts_with("hosts: it listens on TCP")));
}

#[test]
fn effects_are_those_of_the_engine() {
    let result = hardened("", "28.5", &Hardening::default());
    let effect = |key: &str| result.changes.iter().find(|change| change.key == key).unwrap().effect;
    assert_eq!((effect("live-restore"), effect("icc")), (Effect::Reload, Effect::Restart));
}

#[test]
fn documents_that_are_none_are_refused_without_panic() {
    for bad in ["[]", "{", "null", r#"{"a":1,"a":2}"#, "{\"a\":}", "\0", &"[".repeat(100_000)] {
        assert!(harden(bad, &"28.5".parse().unwrap(), &Hardening::default()).is_err(), "{:.20}", bad);
    }
    let good = br#"{"icc": true, "log-opts": {"max-size": "1m"}, "dns": ["192.0.2.1"]}"#;
    for at in 0..good.len() * 8 {
        let mut bytes = good.to_vec();
        bytes[at / 8] ^= 1 << (at % 8);
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = harden(&text, &"28.5".parse().unwrap(), &Hardening::default());
        }
        let _ = set_keys(std::str::from_utf8(&good[..at / 8]).unwrap(), &[("a".into(), None)]);
    }
}

fn dockerd() -> Option<(PathBuf, String)> {
    let program = std::env::var_os("SEAWALL_DOCKERD")
        .map(PathBuf::from)
        .or_else(|| testkit::find_program("dockerd"))?;
    let output = Command::new(&program).arg("--help").output().ok()?;
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    // Builds without a version tell none; those that know --validate are 23.0 or newer.
    let version = if help.contains("--allow-direct-routing") { "28.2" } else { "23.0" };
    help.contains("--validate").then(|| (program, version.to_owned()))
}

#[test]
fn the_engine_validates_what_is_written() {
    let Some((program, version)) = dockerd() else {
        testkit::skip("daemon.json is not validated: no dockerd that knows --validate (SEAWALL_DOCKERD)");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("daemon.json");
    let validate = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let output =
            Command::new(&program).arg("--validate").arg("--config-file").arg(&file).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(!validate(r#"{"iccc": false}"#).0, "the judge is awake");
    let everything = Hardening {
        has_selinux: true,
        has_cgroup_v1: true,
        publish_at: "127.0.0.1".parse().ok(),
        log_driver: Some(("syslog".into(), vec![("syslog-address".into(), "udp://192.0.2.1:514".into())])),
        ..Hardening::default()
    };
    let weak = r#"{"debug":true,"experimental":true,"insecure-registries":["r.example.com"],"default-ipc-mode":"shareable",
        "seccomp-profile":"unconfined","iptables":false,"ip-forward-no-drop":true,"allow-direct-routing":true}"#;
    for present in ["", weak, r#"{"log-driver":"local"}"#, r#"{"default-network-opts":{"bridge":{"a":"b"}}}"#]
    {
        for asked in [&Hardening::default(), &everything] {
            let text = hardened(present, &version, asked).text;
            let (is_valid, said) = validate(&text);
            assert!(is_valid, "{said}\n{text}");
        }
    }
}
