//! Changes of services: made to the request for a container that means the same, and taken back into the task.

use super::{Case, rewrite, service};
use calls::Json;

/// Settings that the task and a container share: from `HostConfig` (or beside it) to the task, and the API that has it, the part
/// behind `1.`. Engines drop what their API does not have, and a change that is dropped would be none.
const SHARED: &[(&[&str], &[&str], u8)] = &[
    (&["Image"], &["ContainerSpec", "Image"], 24),
    (&["User"], &["ContainerSpec", "User"], 24),
    (&["Labels"], &["ContainerSpec", "Labels"], 24),
    (&["HostConfig", "Mounts"], &["ContainerSpec", "Mounts"], 24),
    (&["HostConfig", "CapDrop"], &["ContainerSpec", "CapabilityDrop"], 41),
    (&["HostConfig", "ReadonlyRootfs"], &["ContainerSpec", "ReadOnly"], 28),
    (&["HostConfig", "Memory"], &["Resources", "Limits", "MemoryBytes"], 24),
    (&["HostConfig", "NanoCpus"], &["Resources", "Limits", "NanoCPUs"], 24),
    (&["HostConfig", "PidsLimit"], &["Resources", "Limits", "Pids"], 41),
    (&["HostConfig", "LogConfig", "Type"], &["LogDriver", "Name"], 25),
    (&["HostConfig", "LogConfig", "Config"], &["LogDriver", "Options"], 25),
];
/// The API from which tasks can be kept from gaining privileges.
const NO_NEW_PRIVILEGES_SINCE: u8 = 44;
/// What a call that names no version is taken for: the least that engines of services have today.
const VERSION_UNNAMED: u8 = 41;

/// Rewrites the task of a service by every rule that is to be rewritten.
pub(super) fn rewrite(case: &mut Case<'_>) {
    let Some(mut body) = case.call.body().cloned() else { return };
    let null = Json::Null;
    let task = body.get("TaskTemplate").unwrap_or(&null);
    let Some(of_task) = task.get("ContainerSpec").filter(|spec| !spec.is_null()) else { return };
    let asked = service::as_container(&body, task, of_task);
    if let Some(place) = case.call.body_mut() {
        place.clone_from(&asked);
    }
    rewrite::container(case);
    let changed = case.call.body().cloned().unwrap_or(Json::Null);
    let version = case.call.version().unwrap_or(VERSION_UNNAMED);
    put_back(body.object_mut("TaskTemplate"), &asked, &changed, version);
    if let Some(place) = case.call.body_mut() {
        *place = body;
    }
}

fn put_back(task: &mut Json, asked: &Json, changed: &Json, version: u8) {
    for (from, to, since) in SHARED {
        let value = changed.at(from);
        // Ids of images mean something on one node alone.
        let is_id = *from == ["Image"] && value.and_then(Json::text).is_some_and(|text| !text.contains('@'));
        if value == asked.at(from) || version < *since || is_id {
            continue;
        }
        if let (Some(value), Some((last, path))) = (value, to.split_last()) {
            let place = path.iter().fold(&mut *task, |place, key| place.object_mut(key));
            place.set(*last, value.clone());
        }
    }
    let confines = |body: &Json| {
        let options = body.get("HostConfig").map(|host| host.texts_of("SecurityOpt"));
        options.into_iter().flatten().any(|option| option == "no-new-privileges:true")
    };
    if confines(changed) && !confines(asked) && version >= NO_NEW_PRIVILEGES_SINCE {
        let privileges = task.object_mut("ContainerSpec").object_mut("Privileges");
        privileges.set("NoNewPrivileges", Json::Boolean(true));
    }
    let restart = |body: &Json| body.at(&["HostConfig", "RestartPolicy"]).cloned();
    if let Some(policy) = restart(changed).filter(|policy| Some(policy) != restart(asked).as_ref()) {
        let of_task = task.object_mut("RestartPolicy");
        of_task.set("Condition", Json::Text(policy.text_of("Name").to_owned()));
        if let Some(attempts) = policy.get("MaximumRetryCount") {
            of_task.set("MaxAttempts", attempts.clone());
        }
    }
}
