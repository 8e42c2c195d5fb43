//! One container, as the engine inspects it.

use crate::info::{map, text};
use facts::{Container, ContainerState, Exec, Fact, PublishedPort};
use model::{Gap, GapReason};
use serde_json::Value;
use workload::ContainerSpec;

/// Ports of one container.
const PORTS_MAX: usize = 10_000;
/// Processes of `docker exec` in one container.
const EXECS_MAX: usize = 200;

/// Reads the document of `/containers/{id}/json`. What `/proc` says of its processes is not in it.
#[must_use]
pub fn read_container(document: &Value, gaps: &mut Vec<Gap>) -> Container {
    let state = document.get("State").unwrap_or(&Value::Null);
    let health =
        state.get("Health").map(|health| text(health, "Status")).filter(|s| !s.is_empty() && s != "none");
    let mut container = Container {
        id: text(document, "Id"),
        name: text(document, "Name").trim_start_matches('/').to_owned(),
        image: document.pointer("/Config/Image").and_then(Value::as_str).unwrap_or_default().to_owned(),
        image_id: text(document, "Image"),
        spec: spec(document, gaps),
        state: state_of(&text(state, "Status")),
        pid: state.get("Pid").and_then(Value::as_u64).and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0),
        created: text(document, "Created"),
        finished: text(state, "FinishedAt"),
        health,
        ports: ports(document),
        networks: document
            .pointer("/NetworkSettings/Networks")
            .and_then(Value::as_object)
            .map(|networks| networks.keys().take(PORTS_MAX).cloned().collect())
            .unwrap_or_default(),
        labels: map(document.pointer("/Config/Labels")),
        processes: unread("its processes"),
        cgroup: unread("its control groups"),
        listening: unread("its sockets"),
        execs: unread("what docker exec started in it"),
    };
    if !container.is_running() {
        container.processes = not_running("it has no process");
        container.cgroup = not_running("it has no control group");
        container.listening = not_running("nothing listens");
        container.execs = not_running("docker exec starts nothing in it");
    }
    container
}

/// Ids of what `docker exec` started, by the document of a container.
pub(crate) fn exec_ids(document: &Value) -> Vec<String> {
    let ids = document.get("ExecIDs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    ids.iter().take(EXECS_MAX).filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// Reads the document of `/exec/{id}/json` (moby, api/swagger.yaml, ExecInspect).
pub(crate) fn read_exec(document: &Value) -> Exec {
    let process = document.get("ProcessConfig").unwrap_or(&Value::Null);
    let is = |value: &Value, key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
    Exec {
        program: text(process, "entrypoint"),
        user: text(process, "user"),
        is_privileged: is(process, "privileged"),
        is_running: is(document, "Running"),
    }
}

fn not_running<T>(what: &str) -> Fact<T> {
    Fact::missing(GapReason::Unsupported, format!("the container does not run: {what}"))
}

fn unread<T>(what: &str) -> Fact<T> {
    Fact::missing(GapReason::Unreadable, format!("{what} were not read"))
}

fn spec(document: &Value, gaps: &mut Vec<Gap>) -> Fact<ContainerSpec> {
    let bytes = serde_json::to_vec(document).expect("a value serialises without error");
    match workload::read_inspect(&bytes) {
        Ok(read) => {
            gaps.extend(read.gaps);
            match read.specs.into_iter().next() {
                Some(spec) => Fact::Known(spec),
                None => Fact::missing(GapReason::Malformed, "the engine's answer describes no container"),
            }
        }
        Err(error) => Fact::missing(GapReason::Malformed, error.to_string()),
    }
}

fn state_of(status: &str) -> ContainerState {
    match status {
        "running" => ContainerState::Running,
        "paused" => ContainerState::Paused,
        "restarting" => ContainerState::Restarting,
        "removing" => ContainerState::Removing,
        "exited" => ContainerState::Exited,
        "dead" => ContainerState::Dead,
        _ => ContainerState::Created,
    }
}

// A running container has its ports in NetworkSettings, another in what was asked for.
fn ports(document: &Value) -> Vec<PublishedPort> {
    let of = |pointer: &str| document.pointer(pointer).and_then(Value::as_object);
    let seen =
        of("/NetworkSettings/Ports").filter(|ports| ports.values().any(|bindings| !bindings.is_null()));
    let mut list = Vec::new();
    for (inside, bindings) in seen.or_else(|| of("/HostConfig/PortBindings")).into_iter().flatten() {
        for binding in bindings.as_array().into_iter().flatten() {
            if list.len() == PORTS_MAX {
                return list;
            }
            list.push(PublishedPort {
                inside: inside.clone(),
                host_address: text(binding, "HostIp"),
                // A range is asked for as `8000-8010`, and one of it is taken.
                host_port: text(binding, "HostPort")
                    .split('-')
                    .next()
                    .and_then(|port| port.parse().ok())
                    .unwrap_or(0),
            });
        }
    }
    list
}
