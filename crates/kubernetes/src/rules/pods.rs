//! Rules about pods as a whole; what concerns one container is the crate `workload`'s.

use crate::judge::Options;
use crate::object::{Object, PodView};
use crate::pod_security::{Level, violations};
use crate::sink::{Hit, Judged, Rule};
use model::{OutcomeState, Severity};
use workload::{ContainerSpec, Node, Role};

pub(crate) const SECRET_AS_VARIABLE: Rule = Rule::new(
    "kubernetes/secret-as-variable",
    Severity::Negligible,
    [
        "a secret is given to the container as a variable",
        "Variables are inherited by every program that the container starts, and end in crash reports and logs. They do not \
         follow when the secret is changed.",
        "Mount the secret as a file.",
    ],
    &["C-0207", "CIS-Kubernetes-5.4.1"],
);

pub(crate) const VIOLATES_BASELINE: Rule = Rule::new(
    "kubernetes/violates-baseline",
    Severity::High,
    [
        "the pod does not keep the baseline standard",
        "The baseline standard of Kubernetes shuts the known ways from a pod to its node. A namespace that enforces it \
         refuses this pod.",
        "Remove the settings that the evidence names; where a system pod needs them, keep it in a namespace of its own.",
    ],
    &["C-0193", "CIS-Kubernetes-5.2.2", "KSV-0002", "KSV-0025", "KSV-0103", "PSS-baseline"],
);

pub(crate) const VIOLATES_RESTRICTED: Rule = Rule::new(
    "kubernetes/violates-restricted",
    Severity::Low,
    [
        "the pod does not keep the restricted standard",
        "The restricted standard is what a hardened pod looks like: no root, no privileges, a seccomp profile.",
        "Set runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities.drop: [ALL] and seccompProfile.type: \
         RuntimeDefault, for init containers too.",
    ],
    &["C-0193", "PSS-restricted"],
);

pub(crate) const TOKEN_MOUNTED: Rule = Rule::new(
    "kubernetes/service-account-token-mounted",
    Severity::Low,
    [
        "the pod gets a token of the API server",
        "Whoever gets into the container finds a token that the API server accepts, with all that the service account \
         may do.",
        "automountServiceAccountToken: false in the pod or in the service account, where the program never asks the API.",
    ],
    &["C-0034", "CIS-Kubernetes-5.1.6", "CKV_K8S_38", "KSV-0036"],
);

pub(crate) const DEFAULT_ACCOUNT: Rule = Rule::new(
    "kubernetes/default-service-account-used",
    Severity::Negligible,
    [
        "the pod uses the default service account",
        "What is granted to it is granted to every pod of the namespace that names none.",
        "Make a service account for the workload, without rights unless it needs some.",
    ],
    &["CIS-Kubernetes-5.1.5", "CKV_K8S_41"],
);

pub(crate) const DEFAULT_NAMESPACE: Rule = Rule::new(
    "kubernetes/default-namespace-used",
    Severity::Negligible,
    [
        "the object is in the default namespace",
        "Rights, quotas and network policies are given by namespace; in the default one everything ends up together.",
        "Name a namespace, or give one when applying.",
    ],
    &["C-0061", "C-0212", "CIS-Kubernetes-5.6.4", "CKV_K8S_21", "KSV-0110"],
);

pub(crate) const NAKED_POD: Rule = Rule::new(
    "kubernetes/naked-pod",
    Severity::Negligible,
    [
        "nothing brings the pod back",
        "A pod without an owner is gone with its node.",
        "Use a Deployment, StatefulSet, DaemonSet or Job.",
    ],
    &["C-0073"],
);

pub(crate) const HOST_ALIASES: Rule = Rule::new(
    "kubernetes/host-aliases",
    Severity::Low,
    [
        "the pod changes /etc/hosts",
        "Names that lead elsewhere than for all others are hard to see, and how an intruder sends clients to himself.",
        "Use DNS or a service.",
    ],
    &["KSV-0007"],
);

pub(crate) const HOST_PATH: Rule = Rule::new(
    "kubernetes/host-path-volume",
    Severity::Medium,
    [
        "the pod has a path of the node",
        "A pod that moves finds another node's files, and whoever may name paths may name any. Both standards for pods \
         forbid it.",
        "Use a claim, an emptyDir, a config map or a secret.",
    ],
    &["C-0048", "KSV-0023", "PSS-baseline"],
);

pub(crate) const LOW_GROUP_ID: Rule = Rule::new(
    "kubernetes/low-group-id",
    Severity::Negligible,
    [
        "the container's group may be one of the node's",
        "Ids up to 10000 are often accounts of the node: a process that gets out is that account.",
        "runAsGroup above 10000.",
    ],
    &["KSV-0021"],
);

pub(crate) const LOW_USER_ID: Rule = Rule::new(
    "kubernetes/low-user-id",
    Severity::Negligible,
    [
        "the container's user may be one of the node's",
        "Ids up to 10000 are often accounts of the node: a process that gets out is that account.",
        "runAsUser above 10000.",
    ],
    &["CKV_K8S_40", "KSV-0020"],
);

pub(crate) const NO_CPU_REQUEST: Rule = Rule::new(
    "kubernetes/no-cpu-request",
    Severity::Negligible,
    [
        "the container asks for no processor",
        "The scheduler fills nodes by what is asked for; without it, pods land where there is no room and are killed \
         first.",
        "resources.requests with cpu and memory.",
    ],
    &["C-0268", "CKV_K8S_10", "KSV-0015"],
);

pub(crate) const NO_MEMORY_REQUEST: Rule = Rule::new(
    "kubernetes/no-memory-request",
    Severity::Negligible,
    [
        "the container asks for no memory",
        "The scheduler fills nodes by what is asked for; without it, pods land where there is no room and are killed \
         first.",
        "resources.requests with cpu and memory.",
    ],
    &["C-0269", "CKV_K8S_12", "KSV-0016"],
);

pub(crate) const ENGINE_SOCKET: Rule = Rule::new(
    "kubernetes/engine-socket-volume",
    Severity::Critical,
    [
        "the pod has the socket of the node's container engine among its volumes",
        "Whoever may talk to the engine starts a privileged container with the node's file system in it, past every \
         rule of the cluster.",
        "Remove the volume.",
    ],
    &["C-0074", "CKV_K8S_27", "KSV-0006"],
);

pub(crate) const PROCESS_NAMESPACE_SHARED: Rule = Rule::new(
    "kubernetes/process-namespace-shared",
    Severity::Low,
    [
        "containers of the pod see each other's processes",
        "A container that is taken over reads the environment and the files of the others.",
        "Remove shareProcessNamespace unless one container debugs another.",
    ],
    &["C-0221"],
);

pub(crate) const SYSTEM_NAMESPACE: Rule = Rule::new(
    "kubernetes/system-namespace-used",
    Severity::Low,
    [
        "the workload is put into kube-system",
        "Pods there are trusted by many rules and policies, and sit beside the keys of the cluster.",
        "Use a namespace of its own.",
    ],
    &["KSV-0037"],
);

/// Everything about one workload.
pub(crate) fn judge(
    object: &Object,
    pod: PodView<'_>,
    containers: &[ContainerSpec],
    accounts: &[&Object],
    options: &Options,
    out: &mut Judged,
) {
    standards(object, pod, containers, out);
    token(object, pod, accounts, options, out);
    let hits = if account_of(pod) == "default" {
        vec![Hit::new(
            "the pod uses the default service account",
            at(object, pod, "serviceAccountName"),
            "serviceAccountName: default",
        )]
    } else {
        Vec::new()
    };
    out.answer(&DEFAULT_ACCOUNT, object, hits, "an account of its own");
    let naked = object.kind == "Pod"
        && object.node.at(&["metadata", "ownerReferences"]).is_none_or(|owners| owners.items().is_empty());
    let is_static = object.metadata("annotations", "kubernetes.io/config.mirror").is_some()
        || object.namespace.as_deref() == Some("kube-system");
    let hits = if naked && !is_static {
        vec![Hit::new("nothing brings the pod back", object.start(), "a Pod without an owner")]
    } else {
        Vec::new()
    };
    out.answer(&NAKED_POD, object, hits, "made by an owner");
    for (rule, key, title) in [
        (&HOST_ALIASES, "hostAliases", "the pod changes /etc/hosts"),
        (
            &PROCESS_NAMESPACE_SHARED,
            "shareProcessNamespace",
            "containers of the pod see each other's processes",
        ),
    ] {
        let set =
            pod.spec.get(key).is_some_and(|node| node.boolean() == Some(true) || !node.items().is_empty());
        let hits = if set {
            vec![Hit::new(title, at(object, pod, key), format!("{key} is set"))]
        } else {
            Vec::new()
        };
        out.answer(rule, object, hits, "not set");
    }
    let mut paths = Vec::new();
    for volume in pod.spec.get("volumes").map_or(&[][..], Node::items) {
        let Some(path) = volume.get("hostPath") else { continue };
        let path = path.get("path").and_then(Node::text).unwrap_or_default();
        let path: String =
            path.chars().take(200).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
        paths.push(Hit::new(
            format!("the pod has {path} of the node"),
            volume.place,
            format!("hostPath: {path}"),
        ));
    }
    let sockets = pod.spec.get("volumes").map_or(&[][..], Node::items).iter().filter_map(|volume| {
        let socket = workload::engine_socket(volume.at(&["hostPath", "path"])?.text()?)?;
        Some(Hit::new(
            format!("the pod has {socket} among its volumes"),
            volume.place,
            format!("hostPath brings {socket}"),
        ))
    });
    out.answer(&ENGINE_SOCKET, object, sockets.collect(), "no socket of an engine");
    out.answer(&HOST_PATH, object, paths, "no path of the node");
    let system = object.namespace.as_deref() == Some("kube-system") && !is_component(object);
    let hits = if system {
        vec![Hit::new(
            "the workload is put into kube-system",
            object.place(&["metadata", "namespace"]),
            "namespace: kube-system",
        )]
    } else {
        Vec::new()
    };
    out.answer(&SYSTEM_NAMESPACE, object, hits, "another namespace");
    per_container(object, containers, out);
}

/// Pods of the cluster itself.
fn is_component(object: &Object) -> bool {
    let label = |key: &str| object.metadata("labels", key).is_some();
    label("tier") && label("component") || label("k8s-app") || label("kubernetes.io/cluster-service")
}

fn at(object: &Object, pod: PodView<'_>, key: &str) -> Option<workload::Place> {
    pod.spec.entry(key).and_then(workload::Entry::place).or_else(|| object.start())
}

fn standards(object: &Object, pod: PodView<'_>, containers: &[ContainerSpec], out: &mut Judged) {
    let all = violations(pod, containers);
    for (rule, level, title) in [
        (&VIOLATES_BASELINE, Level::Baseline, "the pod does not keep the baseline standard"),
        (&VIOLATES_RESTRICTED, Level::Restricted, "the pod does not keep the restricted standard"),
    ] {
        let found: Vec<_> = all.iter().filter(|violation| violation.level == level).collect();
        let hits = match found.first() {
            None => Vec::new(),
            Some(first) => {
                let mut hit = Hit::new(title, first.place.or_else(|| object.start()), "");
                hit.evidence =
                    found.iter().take(100).map(|v| format!("{}: {}", v.control, v.detail)).collect();
                vec![hit]
            }
        };
        out.answer(rule, object, hits, "kept");
    }
}

/// The service account of a pod; the deprecated field is its other name (API reference, `PodSpec`).
pub(crate) fn account_of(pod: PodView<'_>) -> &str {
    let named = ["serviceAccountName", "serviceAccount"].map(|key| pod.spec.get(key).and_then(Node::text));
    named.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or("default")
}

/// Whether the pod, or else its service account, says that a token is mounted; nothing when neither does, which means yes.
pub(crate) fn says_token_mounted(object: &Object, pod: PodView<'_>, accounts: &[&Object]) -> Option<bool> {
    let account = account_of(pod);
    let own = pod.spec.get("automountServiceAccountToken").and_then(Node::boolean);
    own.or_else(|| {
        let same = |other: &&&Object| {
            other.name == account && other.namespace_or_default() == object.namespace_or_default()
        };
        accounts.iter().find(same)?.node.get("automountServiceAccountToken")?.boolean()
    })
}

fn token(object: &Object, pod: PodView<'_>, accounts: &[&Object], options: &Options, out: &mut Judged) {
    let said = says_token_mounted(object, pod, accounts);
    if let (None, Some(why)) = (said, options.missing.get("serviceaccounts")) {
        let reason = format!("its service account may not be known: {why}");
        out.outcome(&TOKEN_MOUNTED, object.label(), OutcomeState::Unknown, reason);
        return;
    }
    let hits = match said {
        Some(false) => Vec::new(),
        _ => vec![Hit::new(
            "the pod gets a token of the API server",
            at(object, pod, "automountServiceAccountToken"),
            "automountServiceAccountToken is not false",
        )],
    };
    out.answer(&TOKEN_MOUNTED, object, hits, "no token is mounted");
}

fn per_container(object: &Object, containers: &[ContainerSpec], out: &mut Judged) {
    let (mut low_users, mut low_groups) = (Vec::new(), Vec::new());
    let (mut cpu, mut memory) = (Vec::new(), Vec::new());
    let mut variables = Vec::new();
    for spec in containers {
        let name: String =
            spec.name.chars().take(80).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
        for (at, variable) in spec.environment.iter().enumerate() {
            if let Some(from) = variable.from.as_ref().filter(|from| from.starts_with("secret ")) {
                let title = format!("container {name} gets a secret as a variable");
                let place = spec.places.of(&format!("environment.{at}"));
                variables.push(Hit::new(title, place, format!("{}: {from}", variable.name)));
            }
        }
        let user = spec.user.given().and_then(workload::User::uid);
        let group = spec.group.given().and_then(|group| group.parse::<i64>().ok());
        let shown = |id: Option<i64>| id.map_or("the image's".to_owned(), |id| id.to_string());
        for (list, word, id) in [(&mut low_users, "user", user), (&mut low_groups, "group", group)] {
            if id.is_none_or(|id| id <= 10_000) {
                let title = format!("the {word} of container {name} is not above 10000");
                list.push(Hit::new(title, spec.places.of("user"), format!("{word}: {}", shown(id))));
            }
        }
        if spec.role == Role::Ephemeral {
            continue;
        }
        let limits = &spec.limits;
        let place = spec.places.of("limits");
        // A limit alone is a request too.
        if limits.cpu_reservation_nanos.is_absent() && limits.cpu_nanos.is_absent() {
            cpu.push(Hit::new(format!("container {name} asks for no processor"), place, "no requests.cpu"));
        }
        if limits.memory_reservation_bytes.is_absent() && limits.memory_bytes.is_absent() {
            memory.push(Hit::new(
                format!("container {name} asks for no memory"),
                place,
                "no requests.memory",
            ));
        }
    }
    out.answer(&SECRET_AS_VARIABLE, object, variables, "none");
    out.answer(&LOW_USER_ID, object, low_users, "above 10000");
    out.answer(&LOW_GROUP_ID, object, low_groups, "above 10000");
    out.answer(&NO_CPU_REQUEST, object, cpu, "asked for");
    out.answer(&NO_MEMORY_REQUEST, object, memory, "asked for");
}
