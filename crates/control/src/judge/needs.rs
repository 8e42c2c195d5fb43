//! What has to be looked up before a call can be judged.

use super::mounts::{bind_source, device_of};
use super::network::is_named;
use crate::policy::Policy;
use crate::{Client, Need, SwarmKind};
use calls::{Call, Json, Risk};
use std::collections::BTreeSet;

pub(crate) fn needs(policy: &Policy, client: &Client, call: &Call) -> Vec<Need> {
    let Some((_, entry)) = policy.client_of(client) else { return Vec::new() };
    let route = call.route();
    let may = entry.allow.iter().any(|access| access.is_about(route));
    let mut needs = BTreeSet::new();
    if !may {
        return Vec::new();
    }
    let by_object =
        entry.allow.iter().chain(&entry.deny).any(|access| access.needs_object() && access.is_about(route));
    if let Some(subject) = call.subject() {
        let is_read = matches!(route.class, Risk::R0 | Risk::R1);
        let template = route.template;
        if template.starts_with("/containers/") && (!is_read || by_object || policy.has("guard/not-owner")) {
            needs.insert(Need::Container(subject.to_owned()));
        } else if template.starts_with("/exec/") && (!is_read || by_object || policy.has("guard/not-owner")) {
            needs.insert(Need::Exec(subject.to_owned()));
        } else if matches!(route.id, "networks.connect" | "networks.disconnect") {
            needs.insert(Need::Network(subject.to_owned()));
        } else if policy.has("guard/not-owner") {
            let need: Option<fn(String) -> Need> = match template {
                _ if template.starts_with("/volumes/") => Some(Need::Volume),
                _ if template.starts_with("/networks/") => Some(Need::Network),
                _ if template.starts_with("/images/{name}") => Some(Need::Image),
                _ => None,
            };
            needs.extend(need.map(|need| need(subject.to_owned())));
            let kind = SwarmKind::of_template(template);
            needs.extend(kind.map(|kind| Need::Swarm(kind, subject.to_owned())));
        }
    }
    let body = call.body().unwrap_or(&Json::Null);
    match route.id {
        "containers.create" => of_container(body, &mut needs),
        "images.create" if policy.images().is_some() => {
            needs.extend(super::image::pulled(call).map(Need::Remote));
        }
        "services.create" | "services.update" => {
            of_service(body, &mut needs);
            if policy.has("guard/not-owner") {
                needs.extend(kept(body).map(|(kind, id)| Need::Swarm(kind, id.to_owned())));
            }
            let image = body.at(&["TaskTemplate", "ContainerSpec", "Image"]).and_then(Json::text);
            if let Some(image) = image.filter(|image| !image.is_empty() && policy.images().is_some()) {
                needs.insert(Need::Remote(image.to_owned()));
            }
        }
        "images.save" if policy.has("guard/not-owner") => {
            needs.extend(call.query_all("names").map(|name| Need::Image(name.to_owned())));
        }
        "networks.connect" | "networks.disconnect" if !body.text_of("Container").is_empty() => {
            needs.insert(Need::Container(body.text_of("Container").to_owned()));
        }
        "containers.update" => {
            for device in body.get("Devices").map(Json::items).unwrap_or_default() {
                path(device.text_of("PathOnHost"), &mut needs);
            }
        }
        "volumes.create" => {
            let device = body.get("DriverOpts").map(|options| options.text_of("device")).unwrap_or_default();
            path(device, &mut needs);
        }
        "images.commit" => {
            if let Some(name) = call.query("container") {
                needs.insert(Need::Container(name.to_owned()));
            }
        }
        _ => {}
    }
    needs.into_iter().collect()
}

fn path(text: &str, needs: &mut BTreeSet<Need>) {
    if text.starts_with('/') {
        needs.insert(Need::Path(text.to_owned()));
    }
}

fn of_container(body: &Json, needs: &mut BTreeSet<Need>) {
    if !body.text_of("Image").is_empty() {
        needs.insert(Need::Image(body.text_of("Image").to_owned()));
    }
    let null = Json::Null;
    let host = body.get("HostConfig").unwrap_or(&null);
    for bind in host.texts_of("Binds") {
        match bind_source(bind) {
            Some(source) if source.starts_with('/') => path(source, needs),
            Some(name) => {
                needs.insert(Need::Volume(name.to_owned()));
            }
            None => {}
        }
    }
    of_mounts(host.get("Mounts"), needs);
    for device in host.get("Devices").map(Json::items).unwrap_or_default() {
        path(device.text_of("PathOnHost"), needs);
    }
    for other in host.texts_of("VolumesFrom") {
        needs.insert(Need::Container(other.split(':').next().unwrap_or_default().to_owned()));
    }
    if host.text_of("CgroupnsMode") == "host" {
        needs.insert(Need::Engine);
    }
    for key in ["NetworkMode", "PidMode", "IpcMode", "Cgroup"] {
        if let Some(name) = host.text_of(key).strip_prefix("container:") {
            needs.insert(Need::Container(name.to_owned()));
        }
    }
    let endpoints = body.at(&["NetworkingConfig", "EndpointsConfig"]).map(Json::entries).unwrap_or_default();
    let names = endpoints.iter().map(|(name, _)| name.as_ref()).chain([host.text_of("NetworkMode")]);
    needs.extend(names.filter(|name| is_named(name)).map(|name| Need::Network(name.to_owned())));
}

fn of_mounts(mounts: Option<&Json>, needs: &mut BTreeSet<Need>) {
    for mount in mounts.map(Json::items).unwrap_or_default() {
        let source = mount.text_of("Source");
        match mount.text_of("Type") {
            "bind" | "" | "npipe" => path(source, needs),
            "volume" => {
                if !source.is_empty() {
                    needs.insert(Need::Volume(source.to_owned()));
                }
                path(device_of(mount).unwrap_or_default(), needs);
            }
            "image" if !source.is_empty() => {
                needs.insert(Need::Image(source.to_owned()));
            }
            _ => {}
        }
    }
}

/// Secrets and configs that the tasks of a service get, by id.
pub(crate) fn kept(body: &Json) -> impl Iterator<Item = (SwarmKind, &str)> {
    let container = body.at(&["TaskTemplate", "ContainerSpec"]);
    let listed = move |kind, list: &str, key: &'static str| {
        let items = container.and_then(|container| container.get(list)).map(Json::items).unwrap_or_default();
        items.iter().map(move |item| (kind, item.text_of(key)))
    };
    let credentials =
        container.and_then(|container| container.at(&["Privileges", "CredentialSpec", "Config"]));
    listed(SwarmKind::Secret, "Secrets", "SecretID")
        .chain(listed(SwarmKind::Config, "Configs", "ConfigID"))
        .chain(credentials.and_then(Json::text).map(|id| (SwarmKind::Config, id)))
        .filter(|(_, id)| !id.is_empty())
}

fn of_service(body: &Json, needs: &mut BTreeSet<Need>) {
    let null = Json::Null;
    let task = body.get("TaskTemplate").unwrap_or(&null);
    let container = task.get("ContainerSpec").unwrap_or(&null);
    of_mounts(container.get("Mounts"), needs);
    if !container.text_of("Image").is_empty() {
        needs.insert(Need::Image(container.text_of("Image").to_owned()));
    }
    for list in [task.get("Networks"), body.get("Networks")] {
        for network in list.map(Json::items).unwrap_or_default() {
            if is_named(network.text_of("Target")) {
                needs.insert(Need::Network(network.text_of("Target").to_owned()));
            }
        }
    }
}
