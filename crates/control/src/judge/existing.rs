//! Containers that exist: whoever starts one, goes into one or joins one has what it has.

use super::spec::Which;
use super::{Case, container, settings, spec};
use crate::client::clean;
use crate::facts::{ContainerFacts, Found};
use calls::{Exchange, Json, Risk};
use workload::{ContainerSpec, Stated};

/// Puts ids in the place of names, so that the daemon means what was judged.
pub(crate) fn pin(case: &mut Case<'_>) {
    let template = case.call.route().template;
    let Some(subject) = case.call.subject().map(str::to_owned) else {
        if case.route() == "images.commit"
            && let Some(name) = case.call.query("container").map(str::to_owned)
            && let Some(facts) = case.container(&name)
        {
            case.call.set_query("container", facts.id.clone());
        }
        return;
    };
    if template.starts_with("/containers/{id}") {
        // Metadata of a name that was not looked up is as good as that of its id.
        let is_read = matches!(case.call.route().class, Risk::R0 | Risk::R1);
        if is_read && !case.facts.containers.contains_key(&subject) && !case.policy.has("guard/not-owner") {
            return;
        }
        if let Some(facts) = case.container(&subject) {
            case.call.set_parameter("id", facts.id.clone());
            case.labels = Some(facts.spec.labels.clone());
            case.image = facts.spec.image.given().map(|image| super::image::full_name(image));
        }
    } else if template.starts_with("/exec/{id}") {
        let is_read = matches!(case.call.route().class, Risk::R0 | Risk::R1);
        if is_read && !case.facts.execs.contains_key(&subject) && !case.policy.has("guard/not-owner") {
            return;
        }
        if let Some(facts) = case.exec(&subject) {
            case.call.set_parameter("id", facts.id.clone());
            case.labels = Some(facts.container.spec.labels.clone());
            case.image = facts.container.spec.image.given().map(|image| super::image::full_name(image));
        }
    } else if let Some(Found::Known(network)) = case.facts.networks.get(&subject)
        && template.starts_with("/networks/{id}")
    {
        case.call.set_parameter("id", network.id.clone());
    }
    let other = case.call.body().map(|body| body.text_of("Container").to_owned()).unwrap_or_default();
    if template.starts_with("/networks/{id}/")
        && !other.is_empty()
        && let Some(facts) = case.container(&other)
        && let Some(body) = case.call.body_mut()
    {
        body.set("Container", Json::Text(facts.id.clone()));
    }
}

/// The same for the names inside a request to make a container.
pub(crate) fn pin_body(case: &mut Case<'_>) {
    const MODES: [&str; 4] = ["NetworkMode", "PidMode", "IpcMode", "Cgroup"];
    let Some(host) = case.call.body().and_then(|body| body.get("HostConfig")) else { return };
    let from: Vec<String> = host.texts_of("VolumesFrom").map(str::to_owned).collect();
    let joined = MODES.map(|key| host.text_of(key).strip_prefix("container:").map(str::to_owned));
    let mut changes: Vec<(&'static str, Json)> = Vec::new();
    if !from.is_empty() {
        let mut pinned = Vec::new();
        for text in from {
            let (name, mode) =
                text.split_once(':').map_or((text.as_str(), None), |(name, mode)| (name, Some(mode)));
            let id = case.container(name).map_or(name, |facts| facts.id.as_str());
            pinned.push(Json::Text(mode.map_or_else(|| id.to_owned(), |mode| format!("{id}:{mode}"))));
        }
        changes.push(("VolumesFrom", Json::List(pinned)));
    }
    for (key, name) in MODES.into_iter().zip(joined) {
        if let Some(facts) = name.and_then(|name| case.container(&name)) {
            changes.push((key, Json::Text(format!("container:{}", facts.id))));
        }
    }
    if let Some(host) = case.call.body_mut().and_then(|body| body.get_mut("HostConfig")) {
        for (key, value) in changes {
            host.set(key, value);
        }
    }
}

/// The specification of a container that exists, with the paths that its mounts lead to.
pub(crate) fn resolved(case: &mut Case<'_>, facts: &ContainerFacts) -> ContainerSpec {
    let mut spec = facts.spec.clone();
    for (at, mount) in spec.mounts.iter_mut().enumerate() {
        let Some(found) = facts.mounted_paths.get(&mount.source) else { continue };
        if found.is_own {
            let message = format!("container {} has a file of the guard itself", clean(&facts.name));
            case.report("guard/own-files-mounted", message, format!("mounts.{at}"), mount.source.clone());
        }
        mount.source.clone_from(&found.resolved);
    }
    spec
}

/// Judges a container that a call starts, goes into or joins.
pub(crate) fn judge(case: &mut Case<'_>, facts: &ContainerFacts) {
    let spec = resolved(case, facts);
    spec::judge(case, &spec, Which::Existing(&facts.name));
}

/// Whether a call gives its client what the container has.
pub(crate) fn gives_container(case: &Case<'_>) -> bool {
    let route = case.call.route();
    matches!(
        route.id,
        "containers.start"
            | "containers.restart"
            | "containers.unpause"
            | "containers.exec"
            | "containers.archive.put"
            | "containers.archive.get"
            | "containers.copy"
            | "containers.checkpoints.create"
            | "images.commit"
            | "exec.start"
    ) || matches!(route.exchange, Exchange::Hijack | Exchange::WebSocket)
}

/// `docker update`: limits that exist, with those of the call in their place.
pub(crate) fn update(case: &mut Case<'_>) {
    let Some(id) = case.call.subject().map(str::to_owned) else { return };
    let Some(facts) = case.container(&id) else { return };
    let body = case.call.body().cloned().unwrap_or(Json::Null);
    let mut wrapped = Json::object();
    wrapped.set("HostConfig", body);
    let Some(asked) = container::specification(case, &wrapped) else { return };
    let old = resolved(case, facts);
    let mut new = old.clone();
    // A number that is 0 changes nothing but for processes (moby `container/container_unix.go`, `UpdateContainer`).
    macro_rules! take {
        ($($field:ident),*) => { $(
            if asked.limits.$field.given().is_some_and(|number| *number != 0) || asked.limits.$field.unknown().is_some() {
                new.limits.$field = asked.limits.$field.clone();
            }
        )* };
    }
    take!(
        memory_bytes,
        memory_reservation_bytes,
        memory_swap_bytes,
        cpu_nanos,
        cpu_quota_micros,
        cpu_shares,
        block_io_weight
    );
    if !asked.limits.pids.is_absent() {
        new.limits.pids = asked.limits.pids.clone();
    }
    if asked.limits.oom_kill_disabled != Stated::Absent {
        new.limits.oom_kill_disabled = asked.limits.oom_kill_disabled.clone();
    }
    let names_policy =
        wrapped.at(&["HostConfig", "RestartPolicy"]).is_some_and(|policy| !policy.text_of("Name").is_empty());
    if names_policy {
        new.restart = asked.restart.clone();
    }
    new.devices.extend(asked.devices.clone());
    new.device_rules.extend(asked.device_rules.clone());
    new.device_requests.extend(asked.device_requests.clone());
    if !asked.cgroup_parent.is_absent() {
        new.cgroup_parent = asked.cgroup_parent;
    }
    widened(case, &old, &new);
    settings::limits(case, &new, wrapped.get("HostConfig").unwrap_or(&Json::Null));
}

/// Reports what is wrong after the call and was not before.
fn widened(case: &mut Case<'_>, old: &ContainerSpec, new: &ContainerSpec) {
    for rule in workload::rules() {
        let Some(setting) = case.setting(rule.info.id) else { continue };
        let before = spec::hits(case, rule, old, setting);
        for seen in spec::hits(case, rule, new, setting) {
            if !before.iter().any(|other| other.evidence == seen.evidence && other.field == seen.field) {
                case.take(setting, seen);
            }
        }
    }
}
