//! Containers of containerd that are not Docker's: those of `ctr` and nerdctl, and through its CRI plugin those of Kubernetes.

use super::{MOBY, name_and_tag, spec};
use ::containerd::{Client, Event};
use state::Container;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Duration;
use watch::ContainerChange;

/// Pause before a daemon that ended, or was not there, is looked for again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// One container, asked for.
pub(super) fn find(socket: &Path, namespace: &str, id: &str) -> Option<Container> {
    let mut client = Client::connect(socket).ok()?;
    container(&mut client, namespace, id)
}

/// Tells of all containers, then of what happens to them, until nobody listens.
pub(super) fn follow(socket: &Path, sender: &Sender<ContainerChange>) {
    loop {
        if socket.exists() && follow_once(socket, sender) == Some(Listener::Gone) {
            return;
        }
        std::thread::sleep(AGAIN_AFTER);
    }
}

#[derive(PartialEq, Eq)]
enum Listener {
    Gone,
}

fn follow_once(socket: &Path, sender: &Sender<ContainerChange>) -> Option<Listener> {
    // Listening comes first, so a container that is made now is in the lists or in the events.
    let events = Client::connect(socket).ok()?.events().ok()?;
    let mut client = Client::connect(socket).ok()?;
    for namespace in client.namespaces().ok()?.iter().filter(|namespace| *namespace != MOBY) {
        for known in client.containers(namespace).ok()? {
            let known = described(&mut client, namespace, &known);
            if sender.send(ContainerChange::Known(Box::new(known))).is_err() {
                return Some(Listener::Gone);
            }
        }
    }
    for event in events {
        let change = match event.ok()? {
            Event::Changed { namespace, .. } | Event::Deleted { namespace, .. } if namespace == MOBY => {
                continue;
            }
            Event::Changed { namespace, id } => {
                let Some(known) = container(&mut client, &namespace, &id) else {
                    // A call that timed out leaves the connection of no use.
                    client = Client::connect(socket).ok()?;
                    continue;
                };
                ContainerChange::Known(Box::new(known))
            }
            Event::Deleted { id, .. } => ContainerChange::Gone(id),
        };
        if sender.send(change).is_err() {
            return Some(Listener::Gone);
        }
    }
    None
}

fn container(client: &mut Client, namespace: &str, id: &str) -> Option<Container> {
    let known = client.container(namespace, id).ok()?;
    Some(described(client, namespace, &known))
}

fn described(client: &mut Client, namespace: &str, known: &::containerd::Container) -> Container {
    let mut container = of(known);
    if !container.image.is_empty() {
        // An image that was removed has none.
        container.image_digest = client.image_digest(namespace, &container.image).unwrap_or_default();
    }
    container
}

fn of(known: &::containerd::Container) -> Container {
    let label =
        |name: &str| known.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let annotation = |name: &str| known.spec["annotations"][name].as_str();
    let name = label("nerdctl/name")
        .or(label("io.kubernetes.container.name"))
        .or(annotation("io.kubernetes.cri.container-name"));
    // A pod's sandbox has its image as an annotation at most.
    let image = Some(known.image.as_str()).filter(|image| !image.is_empty());
    let image = image.or(annotation("io.kubernetes.cri.image-name")).unwrap_or_default();
    let (repository, tag) = if image.is_empty() { ("", "") } else { name_and_tag(image) };
    let mut container = Container {
        id: known.id.clone(),
        name: name.unwrap_or(&known.id).to_owned(),
        engine: "containerd".to_owned(),
        image: image.to_owned(),
        image_repository: repository.to_owned(),
        image_tag: tag.to_owned(),
        labels: known.labels.clone(),
        created_ns: known.created_ns,
        ..Container::default()
    };
    if let Some(sandbox) = annotation("io.kubernetes.cri.sandbox-id") {
        container.labels.push(("io.kubernetes.sandbox.id".to_owned(), sandbox.to_owned()));
    }
    spec::describe(&mut container, &known.spec);
    container
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_container_of_a_pod_has_the_names_that_the_kubelet_gave() {
        let labels = [("io.kubernetes.container.name", "web"), ("io.kubernetes.pod.name", "shop-1")];
        let known = ::containerd::Container {
            id: "ab".to_owned(),
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            image: "registry.example.com/web:1".to_owned(),
            created_ns: 5,
            spec: json!({ "annotations": { "io.kubernetes.cri.sandbox-id": "cd" } }),
        };
        let container = of(&known);
        assert_eq!((container.name.as_str(), container.image_tag.as_str()), ("web", "1"));
        assert!(container.labels.contains(&("io.kubernetes.sandbox.id".to_owned(), "cd".to_owned())));
    }
}
