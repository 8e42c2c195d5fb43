//! Containers of Docker, and of Podman, which speaks the same API.

use docker::{ContainerEvent, Engine, Options};
use serde_json::Value;
use state::{Container, Mount};
use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Duration;
use watch::ContainerChange;

use super::name_and_tag;

/// Pause before an engine that ended, or was not there, is looked for again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Images that are remembered with their digests.
const IMAGES_MAX: usize = 4096;

/// Tells of all containers, then of what happens to them, until nobody listens. With `socket`, an engine that has none is left
/// alone.
pub(super) fn follow(
    options: &Options,
    engine: &'static str,
    socket: Option<&Path>,
    sender: &Sender<ContainerChange>,
) {
    loop {
        if socket.is_none_or(Path::exists)
            && let Some(mut asking) = Asking::connect(options, engine)
            && let Ok(events) = asking.engine.container_events()
        {
            // Listening came first, so a container that is made now is in the list or in the events.
            for listed in asking.engine.containers().unwrap_or_default() {
                let Some(container) = asking.container(&listed.id) else { continue };
                if sender.send(ContainerChange::Known(Box::new(container))).is_err() {
                    return;
                }
            }
            for event in events {
                let Ok(event) = event else { break };
                if let Some(change) = asking.change(&event)
                    && sender.send(change).is_err()
                {
                    return;
                }
            }
        }
        std::thread::sleep(AGAIN_AFTER);
    }
}

pub(super) struct Asking {
    engine: Engine,
    /// What it is called.
    name: &'static str,
    /// Digests of images by their ids.
    digests: HashMap<String, String>,
}

impl Asking {
    pub(super) fn connect(options: &Options, name: &'static str) -> Option<Self> {
        let engine = Engine::connect(options.clone()).ok()?;
        Some(Self { engine, name, digests: HashMap::new() })
    }

    fn change(&mut self, event: &ContainerEvent) -> Option<ContainerChange> {
        match event.action.as_str() {
            "create" | "start" | "rename" | "update" => {
                self.container(&event.id).map(|container| ContainerChange::Known(Box::new(container)))
            }
            "destroy" => Some(ContainerChange::Gone(event.id.clone())),
            _ => None,
        }
    }

    pub(super) fn container(&mut self, id: &str) -> Option<Container> {
        let document = self.engine.container_document(id).ok()?;
        let mut container = container(&document)?;
        container.engine = self.name.to_owned();
        if !self.digests.contains_key(&container.image_id) {
            if self.digests.len() >= IMAGES_MAX {
                self.digests.clear();
            }
            let image = self.engine.image_document(&container.image_id).unwrap_or_default();
            self.digests.insert(container.image_id.clone(), digest(&image, &container.image_repository));
        }
        container.image_digest.clone_from(&self.digests[&container.image_id]);
        Some(container)
    }
}

/// The digest that the image has in the repository it was started from, or in any.
fn digest(image: &Value, repository: &str) -> String {
    let names = image["RepoDigests"].as_array().map_or(&[][..], Vec::as_slice);
    let mut pairs = names.iter().filter_map(|name| name.as_str()?.split_once('@'));
    let first = pairs.clone().next();
    pairs
        .find(|(name, _)| *name == repository)
        .or(first)
        .map_or_else(String::new, |(_, digest)| digest.to_owned())
}

/// Reads what the engine says of a container (`GET /containers/ID/json`).
fn container(document: &Value) -> Option<Container> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (config, host) = (&document["Config"], &document["HostConfig"]);
    let image = text(&config["Image"]);
    let (image_repository, image_tag) = name_and_tag(&image);
    let labels = config["Labels"].as_object().into_iter().flatten();
    let shares = |name: &str| host[name].as_str() == Some("host");
    let namespaces = [("PidMode", "pid"), ("NetworkMode", "net"), ("IpcMode", "ipc")];
    let mounts = document["Mounts"].as_array().map_or(&[][..], Vec::as_slice);
    let networks = document["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
    let ip = networks.map(|(_, network)| text(&network["IPAddress"])).find(|ip| !ip.is_empty());
    let created = time::OffsetDateTime::parse(
        &text(&document["Created"]),
        &time::format_description::well_known::Rfc3339,
    );
    Some(Container {
        id: document["Id"].as_str()?.to_owned(),
        name: text(&document["Name"]).trim_start_matches('/').to_owned(),
        engine: String::new(),
        image_repository: image_repository.to_owned(),
        image_tag: image_tag.to_owned(),
        image_id: text(&document["Image"]),
        image_digest: String::new(),
        image,
        is_privileged: host["Privileged"].as_bool(),
        ip: ip.unwrap_or_default(),
        mounts: mounts
            .iter()
            .map(|mount| Mount {
                source: text(&mount["Source"]),
                destination: text(&mount["Destination"]),
                mode: text(&mount["Mode"]),
                is_writable: mount["RW"].as_bool().unwrap_or(false),
                propagation: text(&mount["Propagation"]),
            })
            .collect(),
        labels: labels.map(|(name, value)| (name.clone(), text(value))).collect(),
        environment: config["Env"].as_array().into_iter().flatten().map(text).collect(),
        user: text(&config["User"]),
        created_ns: created
            .ok()
            .and_then(|time| u64::try_from(time.unix_timestamp_nanos()).ok())
            .unwrap_or(0),
        host_namespaces: namespaces
            .iter()
            .filter(|(name, _)| shares(name))
            .map(|(_, short)| (*short).to_owned())
            .collect(),
        health_check: health_check(config),
        // What happens to programs in it is not the engine's to say.
        ..Container::default()
    })
}

/// The health check (`Config.Healthcheck.Test`) as the program that the engine begins for it.
fn health_check(config: &Value) -> Vec<String> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    };
    let test = texts(&config["Healthcheck"]["Test"]);
    match test.split_first() {
        Some((how, command)) if how == "CMD" => command.to_vec(),
        Some((how, command)) if how == "CMD-SHELL" => {
            let shell = texts(&config["Shell"]);
            let shell = if shell.is_empty() { vec!["/bin/sh".to_owned(), "-c".to_owned()] } else { shell };
            shell.into_iter().chain(command.iter().cloned()).collect()
        }
        Some((how, _)) if how == "NONE" => vec![how.clone()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_container_of_the_engine_is_read() {
        let document = json!({
            "Id": "ab", "Name": "/shop", "Image": "sha256:cd", "Created": "2026-01-02T03:04:05.5Z",
            "Config": { "Image": "web:1", "Labels": { "tier": "front" }, "Env": ["A=b"], "User": "33",
                "Healthcheck": { "Test": ["CMD-SHELL", "curl -f localhost"] } },
            "HostConfig": { "Privileged": true, "PidMode": "host", "NetworkMode": "default" },
            "Mounts": [{ "Source": "/srv", "Destination": "/data", "Mode": "ro", "RW": false }],
            "NetworkSettings": { "Networks": { "bridge": { "IPAddress": "192.0.2.7" } } },
        });
        let container = container(&document).unwrap();
        assert_eq!(
            (container.name.as_str(), container.image_repository.as_str(), container.image_tag.as_str()),
            ("shop", "web", "1")
        );
        assert_eq!(
            (container.is_privileged, container.host_namespaces.as_slice()),
            (Some(true), &["pid".to_owned()][..])
        );
        assert_eq!((container.ip.as_str(), container.mounts[0].destination.as_str()), ("192.0.2.7", "/data"));
        assert_eq!(container.health_check, ["/bin/sh", "-c", "curl -f localhost"]);
        assert_eq!(container.created_ns, 1_767_323_045_500_000_000);
    }
}
