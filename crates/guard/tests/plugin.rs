//! Promise: the engine that asks as of a plugin gets the same answers, and none for what it does not show.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support;

use guard::{Listener, PolicySource};
use std::{os::unix::net::UnixListener, path::Path, sync::Arc};
use support::{Running, raw};

fn ask(socket: &Path, path: &str, body: &str) -> String {
    let request =
        format!("POST {path} HTTP/1.1\r\nHost: plugin\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let answer = raw(socket, request.as_bytes());
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}

fn request(method: &str, target: &str, body: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    serde_json::json!({
        "User": "", "RequestMethod": method, "RequestUri": target, "RequestBody": STANDARD.encode(body),
        "RequestHeaders": { "Content-Type": "application/json" },
    })
    .to_string()
}

#[test]
fn plugin_judges_by_the_policy_and_refuses_what_it_does_not_see() {
    let place = tempfile::tempdir().unwrap();
    let running = Running::with(&place.path().join("nobody"), PolicySource::Profile("guarded".to_owned()));
    let socket = place.path().join("plugin.sock");
    let listener = Listener::Unix(UnixListener::bind(&socket).unwrap());
    let guard = Arc::clone(&running.guard);
    std::thread::spawn(move || guard.serve_plugin(&listener));
    assert_eq!(ask(&socket, "/Plugin.Activate", ""), "{\"Implements\":[\"authz\"]}");
    let judged = |method, target, body| ask(&socket, "/AuthZPlugin.AuthZReq", &request(method, target, body));
    assert_eq!(judged("GET", "/v1.41/containers/json", ""), "{\"Allow\":true}");
    let privileged =
        judged("POST", "/v1.41/containers/create", "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}");
    assert!(
        privileged.contains("\"Allow\":false") && privileged.contains("container/privileged"),
        "{privileged}"
    );
    // CVE-2024-41110 and CVE-2026-34040: the engine may leave the body out.
    let without = judged("POST", "/v1.41/containers/create", "");
    assert!(without.contains("\"Allow\":false"), "{without}");
    assert_eq!(ask(&socket, "/AuthZPlugin.AuthZRes", "{}"), "{\"Allow\":true}");
}
