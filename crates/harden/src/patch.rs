//! Patches of Kubernetes objects: the security context that the restricted Pod Security Standard asks for, as a strategic
//! merge patch that `kubectl patch` takes, each line with its reason. Nothing is sent to a cluster.

use crate::container::quote::{line as comment, yaml};
use workload::{
    ContainerSpec, DocumentLimits, Node, PodContext, Role, Stated, User, parse_documents, read_pod,
};

/// Objects of a text that get patches.
const OBJECTS_MAX: usize = 10_000;
/// Lists inside lists.
const DEPTH_MAX: usize = 4;

/// A patch of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// `Deployment shop/web`.
    pub object: String,
    /// A name for its file.
    pub file_name: String,
    /// The patch, with the command that applies it on top.
    pub text: String,
    /// What a person has to look at.
    pub notes: Vec<String>,
}

/// Where the pod is in an object of a kind (Kubernetes API reference).
const KINDS: [(&str, &[&str]); 8] = [
    ("Pod", &["spec"]),
    ("Deployment", &["spec", "template", "spec"]),
    ("ReplicaSet", &["spec", "template", "spec"]),
    ("ReplicationController", &["spec", "template", "spec"]),
    ("StatefulSet", &["spec", "template", "spec"]),
    ("DaemonSet", &["spec", "template", "spec"]),
    ("Job", &["spec", "template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
];

/// Capabilities that the restricted standard lets a container add.
const ALLOWED: &str = "NET_BIND_SERVICE";

/// The patches for the objects of a text, in its order; what is as it should be gets none.
#[must_use]
pub fn patches(text: &str) -> Vec<Patch> {
    let mut patches = Vec::new();
    for document in parse_documents(text, &DocumentLimits::default()) {
        if let Some(root) = &document.root {
            take(root, 0, &mut patches);
        }
    }
    patches
}

fn take(root: &Node, depth: usize, patches: &mut Vec<Patch>) {
    let kind = root.get("kind").and_then(Node::text).unwrap_or_default();
    if kind.ends_with("List") && depth < DEPTH_MAX {
        for item in root.get("items").map_or(&[][..], Node::items) {
            take(item, depth + 1, patches);
        }
    }
    let Some((kind, path)) = KINDS.iter().find(|(name, _)| *name == kind) else { return };
    let Some(pod) = root.at(path) else { return };
    if patches.len() < OBJECTS_MAX {
        patches.extend(patch(root, kind, path, pod));
    }
}

fn patch(root: &Node, kind: &str, path: &[&str], pod: &Node) -> Option<Patch> {
    let metadata = |key: &str| root.at(&["metadata", key]).and_then(Node::text);
    let name = metadata("name").or(metadata("generateName")).unwrap_or_default();
    let namespace = metadata("namespace");
    let is_windows = pod.at(&["os", "name"]).and_then(Node::text) == Some("windows");
    let specs = if is_windows { Vec::new() } else { read_pod(pod, &PodContext::default()) };
    let mut notes = Vec::new();
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (key, what) in [("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "shared memory")] {
        if pod.get(key).and_then(Node::boolean) == Some(true) {
            lines.push((0, format!("{key}: false  # the {what} of the node are not its own")));
            notes.push(format!("{key} is taken away: what used it needs a Service or a volume"));
        }
    }
    if specs.iter().any(|spec| spec.security.seccomp.is_absent()) {
        lines.push((0, "securityContext:".to_owned()));
        lines.push((
            2,
            "seccompProfile: { type: RuntimeDefault }  # the runtime's own list of system calls".to_owned(),
        ));
    }
    for (list, role) in [("containers", Role::Main), ("initContainers", Role::Init)] {
        let mut items = Vec::new();
        for spec in specs.iter().filter(|spec| spec.role == role) {
            let context = context(spec, &mut notes);
            if !context.is_empty() {
                items.push((0, format!("- name: {}", yaml(&spec.name))));
                items.push((2, "securityContext:".to_owned()));
                items.extend(context.into_iter().map(|line| (4, line)));
            }
        }
        if !items.is_empty() {
            lines.push((0, format!("{list}:")));
            lines.extend(items);
        }
    }
    if lines.is_empty() {
        return None;
    }
    let object = match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    };
    let stem = |text: &str| {
        text.chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' })
            .take(100)
            .collect::<String>()
    };
    let file_name = format!("{}-{}.yaml", kind.to_ascii_lowercase(), stem(name));
    let mut text =
        format!("# {}, hardened by seawall harden. Its pods start anew with it.\n", comment(&object));
    notes.sort();
    notes.dedup();
    for note in &notes {
        text.push_str(&format!("# LOOK: {}\n", comment(note)));
    }
    let at = namespace.map_or_else(String::new, |namespace| format!(" --namespace {}", stem(namespace)));
    let command = match kind {
        "Pod" => {
            "# Fields of a running pod cannot be changed: merge it into what makes the pod.\n".to_owned()
        }
        _ => format!(
            "# kubectl patch {}{at} {} --type strategic --patch-file {file_name}\n",
            kind.to_ascii_lowercase(),
            stem(name)
        ),
    };
    text.push_str(&command);
    for (depth, key) in path.iter().enumerate() {
        text.push_str(&format!("{}{key}:\n", "  ".repeat(depth)));
    }
    let indent = "  ".repeat(path.len());
    for (more, line) in &lines {
        text.push_str(&format!("{indent}{}{line}\n", " ".repeat(*more)));
    }
    Some(Patch { object, file_name, text, notes })
}

/// What the security context of a container has to say anew.
fn context(spec: &ContainerSpec, notes: &mut Vec<String>) -> Vec<String> {
    let name = &spec.name;
    let mut lines = Vec::new();
    if spec.privileged.is_true() {
        lines.push("privileged: false  # it is root of the node otherwise".to_owned());
        notes.push(format!(
            "{name}: privileged is taken away: name the devices and capabilities that are missed"
        ));
    }
    if !spec.security.no_new_privileges.is_true() {
        lines.push("allowPrivilegeEscalation: false  # setuid programs give no rights".to_owned());
    }
    if !spec.read_only_root.is_true() {
        lines.push("readOnlyRootFilesystem: true  # an intruder leaves nothing behind".to_owned());
        notes.push(format!("{name}: mount an emptyDir where it writes (/tmp, /run, caches)"));
    }
    let added = spec.capabilities_added.given().cloned().unwrap_or_default();
    let drops_all =
        spec.capabilities_dropped.given().is_some_and(|list| list.iter().any(|name| name == "ALL"));
    let is_wide = added.iter().any(|name| name != ALLOWED);
    if !drops_all || is_wide {
        lines.push("capabilities:".to_owned());
        lines.push("  drop: [\"ALL\"]  # none but those named".to_owned());
    }
    if is_wide {
        let kept: Vec<String> = added.iter().filter(|name| *name == ALLOWED).map(|name| yaml(name)).collect();
        lines.push(format!("  add: [{}]  # the restricted standard allows no other", kept.join(", ")));
        let gone: Vec<&str> = added.iter().filter(|name| *name != ALLOWED).map(String::as_str).collect();
        notes.push(format!("{name}: {} taken away", gone.join(", ")));
    }
    let is_root = spec.user.given().is_some_and(User::is_root);
    if !spec.run_as_non_root.is_true() {
        if is_root {
            lines.push(
                "runAsUser: 10001  # not root; the files that it writes to have to be that user's".to_owned(),
            );
        } else if spec.user.is_absent() {
            notes.push(format!(
                "{name}: if its image names no user but root, say runAsUser too, else it does not start"
            ));
        }
        lines.push("runAsNonRoot: true  # the kubelet refuses to start it as root".to_owned());
    }
    if spec.security.seccomp == Stated::Given(workload::Profile::Unconfined) {
        lines.push("seccompProfile: { type: RuntimeDefault }  # it was switched off".to_owned());
    }
    if spec.security.system_paths_unconfined.is_true() {
        lines.push("procMount: Default  # parts of /proc are hidden again".to_owned());
    }
    lines
}
