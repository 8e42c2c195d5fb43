//! Containers of this host's engine: told by its events before their first program runs, and asked for when somebody did not tell.

use docker::{ContainerEvent, Engine, Options};
use serde_json::Value;
use state::{Container, Mount};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use watch::{ContainerChange, Containers};

/// Pause before an engine that ended, or was not there, is looked for again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Images that are remembered with their digests.
const IMAGES_MAX: usize = 4096;

/// The engine, followed by a thread of its own.
pub(super) struct EngineContainers {
    changes: Receiver<ContainerChange>,
    asking: Option<Asking>,
    options: Options,
}

impl EngineContainers {
    /// Follows the engine that the options mean, now and whenever it comes back.
    pub(super) fn follow(options: Options) -> std::io::Result<Self> {
        let (sender, changes) = channel();
        let follower = options.clone();
        std::thread::Builder::new()
            .name("containers".to_owned())
            .spawn(move || follow(&follower, &sender))?;
        Ok(Self { changes, asking: None, options })
    }
}

impl Containers for EngineContainers {
    fn changes(&mut self) -> Vec<ContainerChange> {
        self.changes.try_iter().collect()
    }

    fn find(&mut self, id: &str) -> Option<Container> {
        if self.asking.is_none() {
            self.asking = Asking::connect(&self.options);
        }
        let found = self.asking.as_mut()?.container(id);
        if found.is_none() {
            // The engine may have been started anew; the next question finds out.
            self.asking = None;
        }
        found
    }
}

/// Tells of all containers, then of what happens to them, until nobody listens.
fn follow(options: &Options, sender: &Sender<ContainerChange>) {
    loop {
        if let Some(mut asking) = Asking::connect(options)
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

struct Asking {
    engine: Engine,
    /// Digests of images by their ids.
    digests: HashMap<String, String>,
}

impl Asking {
    fn connect(options: &Options) -> Option<Self> {
        let engine = Engine::connect(options.clone()).ok()?;
        Some(Self { engine, digests: HashMap::new() })
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

    fn container(&mut self, id: &str) -> Option<Container> {
        let document = self.engine.container_document(id).ok()?;
        let mut container = container(&document)?;
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
        engine: "docker".to_owned(),
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
    })
}

/// Repository and tag of a reference. A reference by digest or by id has no tag.
fn name_and_tag(image: &str) -> (&str, &str) {
    if image.starts_with("sha256:") {
        return ("", "");
    }
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ if image.contains('@') => (name, ""),
        _ => (name, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_split() {
        assert_eq!(
            name_and_tag("registry.example.com:5000/a/web:1.2"),
            ("registry.example.com:5000/a/web", "1.2")
        );
        assert_eq!(
            name_and_tag("registry.example.com:5000/a/web"),
            ("registry.example.com:5000/a/web", "latest")
        );
        assert_eq!(name_and_tag("web@sha256:ab"), ("web", ""));
        assert_eq!(name_and_tag("sha256:ab"), ("", ""));
    }

    #[test]
    fn a_container_of_the_engine_is_read() {
        let document = json!({
            "Id": "ab", "Name": "/shop", "Image": "sha256:cd", "Created": "2026-01-02T03:04:05.5Z",
            "Config": { "Image": "web:1", "Labels": { "tier": "front" }, "Env": ["A=b"], "User": "33" },
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
        assert_eq!(container.created_ns, 1_767_323_045_500_000_000);
    }
}
