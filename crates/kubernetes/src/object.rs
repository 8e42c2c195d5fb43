//! Objects of Kubernetes, from manifests, lists and recorded answers.

use model::{Gap, GapReason};
use std::{collections::HashSet, sync::Arc};
use workload::{DocumentLimits, Node, Place, Value, parse_documents};

/// Lists inside lists.
const LIST_DEPTH_MAX: usize = 4;

/// One object.
#[derive(Clone, Debug)]
pub struct Object {
    /// `Deployment`.
    pub kind: String,
    /// `apps/v1`.
    pub api_version: String,
    /// Its name; empty when there is none (`generateName`).
    pub name: String,
    /// Its namespace, when it says one.
    pub namespace: Option<String>,
    /// All of it.
    pub node: Node,
    /// The file that it was read from.
    pub file: Option<Arc<str>>,
}

/// What was understood of a text, and what not.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// The objects, in the order of the text.
    pub objects: Vec<Object>,
    /// What was not understood.
    pub gaps: Vec<Gap>,
}

/// Reads manifests: YAML with any number of documents, what Helm or Kustomize render, a JSON answer of `kubectl get
/// -o json`; lists are taken apart. Documents without `kind` are passed over when others have one.
#[must_use]
pub fn read_objects(text: &str, file: Option<&str>, limits: &DocumentLimits) -> Objects {
    let file: Option<Arc<str>> = file.map(Arc::from);
    let mut read = Objects::default();
    let shown = file.as_deref().unwrap_or("manifest");
    for document in parse_documents(text, limits) {
        for problem in document.problems {
            let hint = if text.contains("{{") {
                " (hint: render templates first, 'helm template … | seawall lint -')"
            } else {
                ""
            };
            read.gaps.push(Gap::new(shown, GapReason::Malformed, format!("{problem}{hint}")));
        }
        if let Some(root) = document.root {
            take(root, file.as_ref(), &mut read, 0);
        }
    }
    read
}

/// Objects that were read by somebody else: the API's answers, kept as facts.
#[must_use]
pub fn objects_of(nodes: Vec<Node>) -> Objects {
    let mut read = Objects::default();
    nodes.into_iter().for_each(|node| take(node, None, &mut read, 0));
    read
}

/// Whether a text looks like manifests: some line of the top level begins with `kind:`, or it is JSON with a kind.
#[must_use]
pub fn is_manifest(text: &str) -> bool {
    let has = |key: &str| {
        text.lines().any(|line| {
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
                || line
                    .trim_start()
                    .strip_prefix('"')
                    .and_then(|line| line.strip_prefix(key))
                    .is_some_and(|rest| rest.starts_with('"'))
        })
    };
    has("kind") && has("apiVersion")
        || text.trim_start().starts_with('{') && text.contains("\"kind\"") && text.contains("\"apiVersion\"")
}

fn take(node: Node, file: Option<&Arc<str>>, read: &mut Objects, depth: usize) {
    if let Value::List(items) = node.value {
        if depth < LIST_DEPTH_MAX {
            items.into_iter().for_each(|item| take(item, file, read, depth + 1));
        }
        return;
    }
    let Some(kind) = node.get("kind").and_then(Node::text).map(str::to_owned) else { return };
    let items = node.get("items").filter(|items| items.is_list());
    if let Some(items) = items
        && kind.ends_with("List")
    {
        if depth >= LIST_DEPTH_MAX {
            read.gaps.push(Gap::new(
                "lists inside lists",
                GapReason::LimitReached,
                format!("more than {LIST_DEPTH_MAX}"),
            ));
            return;
        }
        let element = kind.strip_suffix("List").unwrap_or_default().to_owned();
        let version = node.get("apiVersion").cloned();
        for item in items.items() {
            let mut item = item.clone();
            // The API leaves out kind and version of the items of a typed list.
            if let Value::Map(entries) = &mut item.value
                && !element.is_empty()
                && !entries.iter().any(|entry| entry.key == "kind")
            {
                let entry =
                    |key: &str, value: Node| workload::Entry { key: key.to_owned(), key_place: None, value };
                entries.push(entry("kind", Node::text_of(element.clone())));
                entries.extend(version.clone().map(|version| entry("apiVersion", version)));
            }
            take(item, file, read, depth + 1);
        }
        return;
    }
    let text = |path: &[&str]| node.at(path).and_then(Node::text).map(str::to_owned);
    read.objects.push(Object {
        kind,
        api_version: text(&["apiVersion"]).unwrap_or_default(),
        name: text(&["metadata", "name"]).unwrap_or_default(),
        namespace: text(&["metadata", "namespace"]).filter(|namespace| !namespace.is_empty()),
        file: file.cloned(),
        node,
    });
}

/// The pod of a workload.
#[derive(Clone, Copy, Debug)]
pub struct PodView<'a> {
    /// Its specification.
    pub spec: &'a Node,
    /// Its own metadata, or that of the template.
    pub metadata: Option<&'a Node>,
}

impl Object {
    /// How findings name it: `Deployment shop/web`.
    #[must_use]
    pub fn label(&self) -> String {
        let clean = |text: &str| -> String {
            text.chars()
                .take(120)
                .map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter })
                .collect()
        };
        let name = if self.name.is_empty() { "(without name)".to_owned() } else { clean(&self.name) };
        match &self.namespace {
            Some(namespace) => format!("{} {}/{name}", clean(&self.kind), clean(namespace)),
            None => format!("{} {name}", clean(&self.kind)),
        }
    }

    /// The group of its version: empty for the core.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The namespace that it lands in.
    #[must_use]
    pub fn namespace_or_default(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }

    /// Its pod, when it is one or makes some.
    #[must_use]
    pub fn pod(&self) -> Option<PodView<'_>> {
        let template = |path: &[&str]| {
            let template = self.node.at(path)?;
            Some(PodView { spec: template.get("spec")?, metadata: template.get("metadata") })
        };
        match self.kind.as_str() {
            "Pod" => Some(PodView { spec: self.node.get("spec")?, metadata: self.node.get("metadata") }),
            "CronJob" => template(&["spec", "jobTemplate", "spec", "template"]),
            "PodTemplate" => template(&["template"]),
            "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job"
            | "DeploymentConfig" => template(&["spec", "template"]),
            // Workloads of extensions keep the same shape (Knative services, Argo rollouts).
            _ => {
                let view = template(&["spec", "template"])?;
                view.spec.get("containers").is_some_and(Node::is_list).then_some(view)
            }
        }
    }

    /// Where a part of it stands, else where it begins.
    #[must_use]
    pub fn place(&self, path: &[&str]) -> Option<Place> {
        let (last, parents) = path.split_last()?;
        let entry = self.node.at(parents).and_then(|node| node.entry(last));
        entry.and_then(workload::Entry::place).or_else(|| self.start())
    }

    /// Where it begins: its name, which is what people look for.
    #[must_use]
    pub fn start(&self) -> Option<Place> {
        let name = self.node.at(&["metadata"]).and_then(|metadata| metadata.entry("name"));
        name.and_then(workload::Entry::place).or(self.node.place)
    }

    /// A label or annotation of its own metadata.
    #[must_use]
    pub fn metadata(&self, part: &str, key: &str) -> Option<&str> {
        self.node.at(&["metadata", part, key])?.text()
    }

    /// The workload that made it: kind and name.
    #[must_use]
    pub fn owner(&self) -> Option<(&str, &str)> {
        let owners = self.node.at(&["metadata", "ownerReferences"]).map_or(&[][..], Node::items);
        let pairs =
            owners.iter().filter_map(|owner| Some((owner.get("kind")?.text()?, owner.get("name")?.text()?)));
        pairs.into_iter().find(|(kind, _)| {
            matches!(
                *kind,
                "ReplicaSet"
                    | "Deployment"
                    | "StatefulSet"
                    | "DaemonSet"
                    | "Job"
                    | "CronJob"
                    | "ReplicationController"
                    | "DeploymentConfig"
                    | "Rollout"
                    | "CloneSet"
            )
        })
    }
}

/// The workloads that stand for all: what another one made is judged by that one when it is there, else once for all of
/// the same maker. A pod into which somebody put a container for debugging stands for itself.
pub(crate) fn workloads(objects: &[Object]) -> Vec<(&Object, PodView<'_>)> {
    let place = |object: &'_ Object| object.namespace_or_default().to_owned();
    let present: HashSet<(String, &str, &str)> =
        objects.iter().map(|object| (place(object), object.kind.as_str(), object.name.as_str())).collect();
    let mut makers = HashSet::new();
    let mut workloads = Vec::new();
    for object in objects {
        let Some(pod) = object.pod() else { continue };
        let stands = match object.owner() {
            None => true,
            Some((kind, name)) => {
                let maker = (place(object), kind, name);
                !present.contains(&maker) && makers.insert(maker)
            }
        };
        if stands || pod.spec.get("ephemeralContainers").is_some_and(|list| !list.items().is_empty()) {
            workloads.push((object, pod));
        }
    }
    workloads
}
