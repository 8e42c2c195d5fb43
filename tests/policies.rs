//! Promise: policies have names: built in, for known clients, from docker-socket-proxy's variables as they are.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test runs the program")]

use std::process::{Command, Output};

fn seawall(words: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
    command.arg("guard").args(words).env_clear().envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether a policy lets a call through, by `seawall guard test`.
#[track_caller]
fn lets_through(policy: &str, variables: &[(&str, &str)], method: &str, target: &str) -> bool {
    let place = tempfile::tempdir().unwrap();
    let request = place.path().join("request");
    std::fs::write(&request, format!("{method} {target} HTTP/1.1\r\nHost: d\r\n\r\n")).unwrap();
    let output = seawall(&["test", policy, request.to_str().unwrap()], variables);
    match output.status.code() {
        Some(0) => true,
        Some(1) => false,
        _ => panic!("{}", text(&output.stderr)),
    }
}

#[test]
fn variables_of_docker_socket_proxy_are_a_policy() {
    let off = [("CONTAINERS", "0")];
    assert!(!lets_through("socket-proxy", &off, "GET", "/v1.43/containers/json"));
    let reading = [("CONTAINERS", "1"), ("POST", "0")];
    assert!(lets_through("socket-proxy", &reading, "GET", "/v1.43/containers/json"));
    assert!(!lets_through("socket-proxy", &reading, "POST", "/v1.43/containers/web/start"));
    let starting = [("CONTAINERS", "1"), ("ALLOW_START", "1")];
    assert!(lets_through("socket-proxy", &starting, "POST", "/v1.43/containers/web/start"));
    assert!(!lets_through("socket-proxy", &starting, "POST", "/v1.43/containers/web/kill"));
}

#[test]
fn a_file_of_variables_is_read_as_docker_reads_it() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("proxy.env");
    std::fs::write(&file, "# what Traefik needs\nCONTAINERS=1\n\nPOST=0\n").unwrap();
    let policy = format!("socket-proxy:{}", file.display());
    assert!(lets_through(&policy, &[("CONTAINERS", "0")], "GET", "/v1.43/containers/json"));
    std::fs::write(&file, "CONTAINERS\n").unwrap();
    let output = seawall(&["policy", &policy], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("line 1 is no variable"), "{}", text(&output.stderr));
    std::fs::write(&file, "ALLOW_STRAT=1\n").unwrap();
    let output = seawall(&["policy", &policy], &[]);
    assert!(text(&output.stderr).contains("'ALLOW_START'"), "{}", text(&output.stderr));
}

#[test]
fn a_client_is_a_policy_for_everybody_who_connects() {
    assert!(lets_through("traefik", &[], "GET", "/v1.43/containers/json"));
    assert!(!lets_through("traefik", &[], "POST", "/v1.43/containers/web/start"));
    let output = seawall(&["policy", "nothing"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("watchtower"), "{}", text(&output.stderr));
}

/// What is printed is the policy: it judges the same when it is given back.
#[test]
fn printed_policies_can_be_used() {
    let place = tempfile::tempdir().unwrap();
    for name in ["guarded", "strict", "portainer", "socket-proxy"] {
        let output = seawall(&["policy", name], &[("CONTAINERS", "1")]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let file = place.path().join("policy.yaml");
        std::fs::write(&file, output.stdout).unwrap();
        assert!(lets_through(file.to_str().unwrap(), &[], "GET", "/v1.43/containers/json"), "{name}");
        assert!(!lets_through(file.to_str().unwrap(), &[], "POST", "/v1.43/plugins/x/enable"), "{name}");
    }
}
