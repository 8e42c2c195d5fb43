//! Pods of Kubernetes, and templates of pods (API reference, `PodSpec` v1).

mod container;

use crate::node::Node;
use crate::spec::{ContainerSpec, Namespace, Namespaces, Place, Role, SelinuxLabel, Stated};
use container::Reader;
use std::collections::BTreeMap;

/// What is known around the specification of a pod.
#[derive(Clone, Debug, Default)]
pub struct PodContext<'a> {
    /// Whose pod it is, for findings: `Deployment shop/web`.
    pub object: String,
    /// `metadata` of the pod or of its template: labels, and annotations that confine containers.
    pub metadata: Option<&'a Node>,
    /// Where the object begins.
    pub place: Option<Place>,
}

/// Reads the `spec` of a pod: one specification for each of its containers, init containers and ephemeral ones.
#[must_use]
pub fn read_pod(spec: &Node, context: &PodContext<'_>) -> Vec<ContainerSpec> {
    let pod = Pod::of(spec, context);
    let mut specs = Vec::new();
    let lists = [
        ("containers", Role::Main),
        ("initContainers", Role::Init),
        ("ephemeralContainers", Role::Ephemeral),
    ];
    for (key, role) in lists {
        for node in spec.get(key).map_or(&[][..], Node::items) {
            specs.push(Reader::read(node, role, &pod));
        }
    }
    specs
}

/// What the containers of a pod share.
struct Pod<'a> {
    node: &'a Node,
    context: &'a PodContext<'a>,
    namespaces: Namespaces,
    labels: BTreeMap<String, String>,
    security: Option<&'a Node>,
}

impl<'a> Pod<'a> {
    fn of(node: &'a Node, context: &'a PodContext<'a>) -> Self {
        let labels = context.metadata.and_then(|metadata| metadata.get("labels"));
        Self {
            node,
            context,
            namespaces: namespaces(node),
            labels: labels
                .map_or(&[][..], Node::entries)
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.text().unwrap_or_default().to_owned()))
                .collect(),
            security: node.get("securityContext"),
        }
    }

    /// An annotation of the pod.
    fn annotation(&self, key: &str) -> Option<&str> {
        self.context.metadata?.at(&["annotations", key])?.text()
    }

    /// A volume of the pod by name.
    fn volume(&self, name: &str) -> Option<&'a Node> {
        let volumes = self.node.get("volumes").map_or(&[][..], Node::items);
        volumes.iter().find(|volume| volume.get("name").and_then(Node::text) == Some(name))
    }
}

fn namespaces(pod: &Node) -> Namespaces {
    let host = |key: &str, otherwise: Namespace| match boolean(pod.get(key), key) {
        Stated::Given(true) => Stated::Given(Namespace::Host),
        Stated::Given(false) | Stated::Absent => Stated::Given(otherwise),
        Stated::Unknown(reason) => Stated::Unknown(reason),
    };
    let shares_processes = pod.get("shareProcessNamespace").and_then(Node::boolean) == Some(true);
    Namespaces {
        network: host("hostNetwork", Namespace::Pod),
        pid: host("hostPID", if shares_processes { Namespace::Pod } else { Namespace::Private }),
        ipc: host("hostIPC", Namespace::Pod),
        // The host's network namespace brings its name along.
        uts: host("hostNetwork", Namespace::Pod),
        // `hostUsers: false` gives the pod users of its own; everything else is the host's.
        user: match boolean(pod.get("hostUsers"), "hostUsers") {
            Stated::Given(false) => Stated::Given(Namespace::Pod),
            Stated::Given(true) => Stated::Given(Namespace::Host),
            other => other.map(|_| Namespace::Host),
        },
        cgroup: Stated::Absent,
    }
}

fn boolean(node: Option<&Node>, key: &str) -> Stated<bool> {
    match node {
        None => Stated::Absent,
        Some(node) if node.is_null() => Stated::Absent,
        Some(node) => node
            .boolean()
            .map_or_else(|| Stated::Unknown(format!("{key} is neither true nor false")), Stated::Given),
    }
}

fn selinux(node: &Node) -> SelinuxLabel {
    let text =
        |key: &str| node.get(key).and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned);
    SelinuxLabel {
        is_disabled: false,
        user: text("user"),
        role: text("role"),
        kind: text("type"),
        level: text("level"),
    }
}

#[cfg(test)]
mod tests;
