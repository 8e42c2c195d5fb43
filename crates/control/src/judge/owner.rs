//! Objects have owners, where the policy says so: what a client makes gets its label, what belongs to another is refused,
//! lists show a client its own, and clearing up clears its own.

use super::needs::kept;
use super::{Case, rewrite};
use crate::client::clean;
use crate::decision::Mode;
use crate::facts::{Found, ImageFacts, NetworkFacts, SwarmKind, VolumeFacts, known};
use calls::Json;
use std::collections::BTreeMap;

pub(crate) const RULE: &str = "guard/not-owner";

/// Networks that every engine has; they are nobody's.
const OF_ENGINE: [&str; 5] = ["bridge", "host", "none", "ingress", "docker_gwbridge"];

/// The label that tells owners, and the client's name.
struct Owner {
    label: String,
    name: String,
}

fn owner(case: &Case<'_>) -> Option<Owner> {
    let label = case.setting(RULE)?.text("label")?.to_owned();
    Some(Owner { label, name: case.client.map(|(_, entry)| entry.name.clone()).unwrap_or_default() })
}

/// Judges a call that makes no container.
pub(crate) fn judge(case: &mut Case<'_>) {
    let Some(owner) = owner(case) else { return };
    let template = case.call.route().template;
    match case.route() {
        "containers.list" | "volumes.list" | "networks.list" | "services.list" | "tasks.list"
        | "secrets.list" | "configs.list" | "system.events" | "containers.prune" | "volumes.prune"
        | "networks.prune" | "images.prune" => {
            rewrite::only_own(case, &owner.label, &owner.name);
            return;
        }
        "volumes.create" | "networks.create" | "secrets.create" | "configs.create" => {
            return stamp_body(case, &owner);
        }
        "build.run" => return stamp_build(case, &owner),
        "images.save" => {
            let names: Vec<String> = case.call.query_all("names").map(str::to_owned).collect();
            names.iter().for_each(|name| image(case, &owner, name));
        }
        _ => {}
    }
    let is_about_container = template.starts_with("/containers/{id}")
        || template.starts_with("/exec/")
        || matches!(case.route(), "images.commit" | "networks.connect" | "networks.disconnect");
    if is_about_container && let Some(facts) = super::other::about(case) {
        container(case, &owner, &facts.name, &facts.spec.labels);
    }
    let Some(subject) = case.call.subject().map(str::to_owned) else { return };
    if let Some(kind) = SwarmKind::of_template(template) {
        of_swarm(case, &owner, kind, &subject);
        // What is changed stays its owner's.
        if matches!(case.route(), "secrets.update" | "configs.update") {
            stamp_body(case, &owner);
        }
        return;
    }
    if template.starts_with("/volumes/{id}") {
        volume(case, &owner, &subject);
    } else if template.starts_with("/networks/{id}") {
        network(case, &owner, &subject);
    } else if template.starts_with("/images/{name}") {
        image(case, &owner, &subject);
    }
}

/// What a container that is made takes of others: volumes, networks, images, and other containers.
pub(crate) fn taken(case: &mut Case<'_>) {
    let Some(owner) = owner(case) else { return };
    let facts = case.facts;
    for name in facts.volumes.keys() {
        volume(case, &owner, name);
    }
    for name in facts.networks.keys() {
        network(case, &owner, name);
    }
    for name in facts.images.keys() {
        image(case, &owner, name);
    }
    for found in facts.containers.values() {
        if let Found::Known(other) = found {
            container(case, &owner, &other.name, &other.spec.labels);
        }
    }
}

/// A service that is made or changed: it gets the label, and so does what it becomes.
pub(crate) fn service(case: &mut Case<'_>) {
    let Some(owner) = owner(case) else { return };
    if let Some(subject) = case.call.subject().map(str::to_owned) {
        of_swarm(case, &owner, SwarmKind::Service, &subject);
    }
    let used: Vec<(SwarmKind, String)> =
        case.call.body().into_iter().flat_map(kept).map(|(kind, id)| (kind, id.to_owned())).collect();
    for (kind, id) in used {
        of_swarm(case, &owner, kind, &id);
    }
    stamp_body(case, &owner);
}

/// Something of a swarm by name or id; the call goes on with the id.
fn of_swarm(case: &mut Case<'_>, owner: &Owner, kind: SwarmKind, name: &str) {
    let facts = case.facts;
    let what = kind.path().trim_end_matches('s');
    match known(facts.swarm(kind), name) {
        // The engine tells that it is not there.
        Ok(None) => {}
        Ok(Some(found)) => {
            if !is_own(owner, &found.labels) {
                report(case, owner, what, name);
            }
            if case.call.subject() == Some(name) {
                case.call.set_parameter("id", found.id.clone());
            }
        }
        Err(reason) => case.unknown(&format!("{what} {name}"), &reason),
    }
}

fn report(case: &mut Case<'_>, owner: &Owner, what: &str, name: &str) {
    let message = format!("{what} {} belongs to another client", clean(name));
    case.report(RULE, message, format!("Labels.{}", clean(&owner.label)), "");
}

fn is_own(owner: &Owner, labels: &BTreeMap<String, String>) -> bool {
    labels.get(&owner.label) == Some(&owner.name)
}

fn container(case: &mut Case<'_>, owner: &Owner, name: &str, labels: &BTreeMap<String, String>) {
    if !is_own(owner, labels) {
        report(case, owner, "container", name);
    }
}

// What is not there, or not known, is told by who needs it: the engine, and the rules about mounts and networks.
fn volume(case: &mut Case<'_>, owner: &Owner, name: &str) {
    if let Some(Found::Known(VolumeFacts { labels, .. })) = case.facts.volumes.get(name)
        && !is_own(owner, labels)
    {
        report(case, owner, "volume", name);
    }
}

fn network(case: &mut Case<'_>, owner: &Owner, name: &str) {
    let found = case.facts.networks.iter().find_map(|(asked, found)| match found {
        Found::Known(network) if asked == name || network.id == name => Some(network),
        _ => None,
    });
    if let Some(NetworkFacts { labels, name, .. }) = found
        && !OF_ENGINE.contains(&name.as_str())
        && !is_own(owner, labels)
    {
        report(case, owner, "network", name);
    }
}

/// Images that were pulled have no owner, and are everybody's; what a client built is its own.
fn image(case: &mut Case<'_>, owner: &Owner, name: &str) {
    if let Some(Found::Known(ImageFacts { labels, .. })) = case.facts.images.get(name)
        && labels.contains_key(&owner.label)
        && !is_own(owner, labels)
    {
        report(case, owner, "image", name);
    }
}

fn may_stamp(case: &Case<'_>) -> bool {
    case.policy.mode >= Mode::Rewrite
        && case.setting(RULE).is_some_and(|setting| setting.mode == Mode::Rewrite)
}

fn stamp_body(case: &mut Case<'_>, owner: &Owner) {
    if !may_stamp(case) {
        return;
    }
    let Some(labels) = case.call.body_mut().map(|body| body.object_mut("Labels")) else { return };
    labels.set(owner.label.clone(), Json::Text(owner.name.clone()));
    case.rewritten(RULE, "Labels", format!("{}={}", owner.label, owner.name));
}

fn stamp_build(case: &mut Case<'_>, owner: &Owner) {
    if !may_stamp(case) {
        return;
    }
    let text = case.call.query("labels").unwrap_or_default();
    // The query is canonical: a map of texts.
    let mut labels: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).unwrap_or_default();
    labels.insert(owner.label.clone(), owner.name.clone().into());
    case.call.set_query("labels", serde_json::Value::Object(labels).to_string());
    case.rewritten(RULE, "labels", format!("{}={}", owner.label, owner.name));
}

/// Labels of volumes that a container brings into being: a bind by name becomes a mount, which has room for labels.
pub(crate) fn stamp_volumes(case: &mut Case<'_>, label: &str, name: &str) -> bool {
    let facts = case.facts;
    let is_new = |volume: &str| matches!(facts.volumes.get(volume), Some(Found::Missing));
    let Some(host) = case.call.body_mut().and_then(|body| body.get_mut("HostConfig")) else { return false };
    let is_local = matches!(host.text_of("VolumeDriver"), "" | "local");
    let mut labels = Json::object();
    labels.set(label.to_owned(), Json::Text(name.to_owned()));
    let mut kept = Vec::new();
    let mut mounts = host.get("Mounts").map(Json::items).unwrap_or_default().to_vec();
    let mut changed = false;
    for bind in host.texts_of("Binds") {
        let parts: Vec<&str> = bind.split(':').collect();
        let (source, target, words) = match parts[..] {
            [source, target] => (source, target, ""),
            [source, target, words] => (source, target, words),
            _ => ("", "", ""),
        };
        let is_plain = words.split(',').all(|word| matches!(word, "" | "rw" | "ro" | "nocopy"));
        if source.is_empty() || !is_new(source) || !is_local || !is_plain {
            kept.push(Json::Text(bind.to_owned()));
            continue;
        }
        let has = |word: &str| words.split(',').any(|other| other == word);
        let mut options = Json::object();
        options.set("Labels", labels.clone());
        options.set("NoCopy", Json::Boolean(has("nocopy")));
        let mut mount = Json::object();
        mount.set("Type", Json::Text("volume".to_owned()));
        mount.set("Source", Json::Text(source.to_owned()));
        mount.set("Target", Json::Text(target.to_owned()));
        mount.set("ReadOnly", Json::Boolean(has("ro")));
        mount.set("VolumeOptions", options);
        mounts.push(mount);
        changed = true;
    }
    for mount in &mut mounts {
        let is_made = mount.text_of("Type") == "volume"
            && (mount.text_of("Source").is_empty() || is_new(mount.text_of("Source")));
        if is_made {
            let own = mount.object_mut("VolumeOptions").object_mut("Labels");
            if own.text_of(label) != name {
                own.set(label.to_owned(), Json::Text(name.to_owned()));
                changed = true;
            }
        }
    }
    if changed {
        host.set("Binds", Json::List(kept));
        host.set("Mounts", Json::List(mounts));
    }
    changed
}
