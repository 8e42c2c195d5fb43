//! What was known when the alert came: also of processes that ended since.

use serde_json::{Value, json};
use state::{State, Thread};

use super::redacted;

const PROCESSES_MAX: usize = 1000;
const DESCRIPTORS_MAX: usize = 1000;

/// The processes that an alert is about, as the state knows them: those of the container or, on the host, the process with
/// its parents.
#[must_use]
pub fn known_processes(state: &State, thread: &Thread) -> Value {
    let leader = state.leader(thread);
    let mut listed: Vec<&Thread> = match &thread.container {
        Some(container) => {
            let is_there = |other: &&Thread| other.is_leader() && other.container.as_ref() == Some(container);
            state.threads().filter(is_there).take(PROCESSES_MAX).collect()
        }
        None => std::iter::once(leader).collect(),
    };
    if !listed.iter().any(|other| other.process == leader.process) {
        listed.push(leader);
    }
    listed.sort_unstable_by_key(|thread| thread.process);
    let parents: Vec<Value> = state.ancestors(thread).map(|parent| process(state, parent)).collect();
    let container = state.container(thread).map(|container| {
        json!({
            "id": container.id, "name": container.name, "engine": container.engine, "image": container.image,
            "image_id": container.image_id, "image_digest": container.image_digest, "user": container.user,
            "privileged": container.is_privileged, "ip": container.ip, "policy": container.policy,
        })
    });
    let descriptors = state.descriptors(thread).iter().take(DESCRIPTORS_MAX);
    let descriptors = descriptors.map(|(fd, descriptor)| {
        json!({
            "fd": fd, "name": String::from_utf8_lossy(descriptor.name()), "type": descriptor.type_name(),
            "inode": descriptor.inode,
        })
    });
    let environment = state.environment(thread).split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    json!({
        "process": leader.process,
        "container": container,
        "parents": parents,
        "processes": listed.iter().map(|thread| process(state, thread)).collect::<Vec<_>>(),
        "descriptors": descriptors.collect::<Vec<_>>(),
        "environment": environment.map(redacted).collect::<Vec<_>>(),
    })
}

fn process(state: &State, thread: &Thread) -> Value {
    let text = String::from_utf8_lossy;
    json!({
        "process": thread.process,
        "parent": thread.parent,
        "process_inside": thread.process_inside,
        "name": text(&thread.comm),
        "command": text(thread.command_line()),
        "executable": text(&thread.exe_path),
        "layer": format!("{:?}", thread.exe_layer).to_lowercase(),
        "directory": text(state.cwd(thread)),
        "uid": thread.uid,
        "gid": thread.gid,
        "capabilities_effective": format!("{:x}", thread.cap_effective),
        "began_ns": thread.clone_time_ns,
    })
}
