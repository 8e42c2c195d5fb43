//! Namespaces, services, ingresses and versions.

use crate::object::Object;
use crate::rules::pods::DEFAULT_NAMESPACE;
use crate::rules::storage::is_empty_map;
use crate::sink::{Hit, Judged, Rule};
use model::Severity;
use workload::Node;

pub(crate) const NO_STANDARD: Rule = Rule::new(
    "kubernetes/namespace-without-pod-security",
    Severity::Medium,
    [
        "the namespace enforces no standard for pods",
        "Without the label, pods of any kind start there: privileged, with the node's file system.",
        "Label it pod-security.kubernetes.io/enforce: baseline, better restricted, and warn: restricted.",
    ],
    &["C-0192", "CIS-Kubernetes-5.2.1"],
);

pub(crate) const EXTERNAL_ADDRESS: Rule = Rule::new(
    "kubernetes/service-external-address",
    Severity::Medium,
    [
        "the service takes traffic of other addresses",
        "externalIPs lead traffic for any address to this service: who writes them reads what others send \
         (CVE-2020-8554).",
        "Use a load balancer; forbid the field (DenyServiceExternalIPs).",
    ],
    &["KSV-0108"],
);

pub(crate) const INGRESS_WITHOUT_TLS: Rule = Rule::new(
    "kubernetes/ingress-without-tls",
    Severity::Medium,
    [
        "the ingress has no TLS",
        "Passwords and cookies go in clear up to the cluster.",
        "Add spec.tls with a certificate for each host.",
    ],
    &["C-0263"],
);

pub(crate) const INGRESS_SNIPPET: Rule = Rule::new(
    "kubernetes/ingress-snippet",
    Severity::High,
    [
        "the ingress puts its own text into nginx's configuration",
        "Snippets read the controller's files, with the certificates of all and a token that reads all secrets \
         (CVE-2021-25742).",
        "Remove the annotation; switch allow-snippet-annotations off.",
    ],
    &["KCV-0093"],
);

pub(crate) const REMOVED_VERSION: Rule = Rule::new(
    "kubernetes/removed-api-version",
    Severity::Low,
    [
        "the version of the object is no longer served",
        "Newer clusters refuse the manifest; what it was to protect is then missing.",
        "Use the version that followed it.",
    ],
    &["KSV-0107"],
);

pub(crate) const TILLER: Rule = Rule::new(
    "kubernetes/tiller-deployed",
    Severity::Critical,
    [
        "Helm 2's server is deployed",
        "Tiller takes orders from every pod without asking who it is, and mostly is cluster-admin. It gets no updates \
         since 2020.",
        "Use Helm 3 and delete Tiller.",
    ],
    &["KSV-0102"],
);

/// Versions that are gone: group and version, kinds (empty is all), the release that no longer serves them
/// (<https://kubernetes.io/docs/reference/using-api/deprecation-guide/>).
const REMOVED: [(&str, &[&str], &str); 22] = [
    (
        "extensions/v1beta1",
        &["Deployment", "DaemonSet", "ReplicaSet", "NetworkPolicy", "PodSecurityPolicy"],
        "1.16",
    ),
    ("apps/v1beta1", &[], "1.16"),
    ("apps/v1beta2", &[], "1.16"),
    ("extensions/v1beta1", &["Ingress"], "1.22"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "1.22"),
    ("rbac.authorization.k8s.io/v1beta1", &[], "1.22"),
    ("rbac.authorization.k8s.io/v1alpha1", &[], "1.22"),
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "1.22",
    ),
    ("apiextensions.k8s.io/v1beta1", &[], "1.22"),
    ("apiregistration.k8s.io/v1beta1", &[], "1.22"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], "1.22"),
    ("coordination.k8s.io/v1beta1", &["Lease"], "1.22"),
    ("scheduling.k8s.io/v1beta1", &[], "1.22"),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], "1.22"),
    ("batch/v1beta1", &["CronJob"], "1.25"),
    ("discovery.k8s.io/v1beta1", &[], "1.25"),
    ("events.k8s.io/v1beta1", &[], "1.25"),
    ("policy/v1beta1", &[], "1.25"),
    ("autoscaling/v2beta1", &[], "1.25"),
    ("autoscaling/v2beta2", &[], "1.26"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &[], "1.26"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &[], "1.29"),
];

/// Kinds that have no namespace.
const CLUSTER_KINDS: [&str; 18] = [
    "Namespace",
    "Node",
    "PersistentVolume",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "IngressClass",
    "PriorityClass",
    "RuntimeClass",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "APIService",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "CSIDriver",
    "CertificateSigningRequest",
    "PodSecurityPolicy",
];

/// Everything that is about one object of another kind than a workload.
pub(crate) fn judge(object: &Object, out: &mut Judged) {
    match object.kind.as_str() {
        "Namespace" => namespace(object, out),
        "Service" => service(object, out),
        "Ingress" => ingress(object, out),
        _ => {}
    }
    let removed = REMOVED.iter().find(|(version, kinds, _)| {
        *version == object.api_version && (kinds.is_empty() || kinds.contains(&object.kind.as_str()))
    });
    let hits = match removed {
        Some((version, _, release)) => {
            let evidence = format!("{version} is not served since {release}");
            vec![Hit::new(format!("{version} is no longer served"), object.place(&["apiVersion"]), evidence)]
        }
        None => Vec::new(),
    };
    out.answer(&REMOVED_VERSION, object, hits, "served, as far as known");
    if is_namespaced(object) {
        let hits = if object.namespace_or_default() == "default" && !is_given(object) {
            vec![Hit::new(
                "the object is in the default namespace",
                object.start(),
                match &object.namespace {
                    Some(_) => "namespace: default",
                    None => "no namespace is named",
                },
            )]
        } else {
            Vec::new()
        };
        out.answer(&DEFAULT_NAMESPACE, object, hits, "a namespace of its own");
    }
}

/// Objects that the cluster itself keeps in the default namespace.
fn is_given(object: &Object) -> bool {
    matches!(
        (object.kind.as_str(), object.name.as_str()),
        ("Service" | "Endpoints" | "EndpointSlice", "kubernetes")
    ) || matches!(
        (object.kind.as_str(), object.name.as_str()),
        ("ServiceAccount", "default") | ("ConfigMap", "kube-root-ca.crt")
    )
}

fn is_namespaced(object: &Object) -> bool {
    const GROUPS: [&str; 8] = [
        "",
        "apps",
        "batch",
        "networking.k8s.io",
        "rbac.authorization.k8s.io",
        "autoscaling",
        "policy",
        "extensions",
    ];
    GROUPS.contains(&object.group())
        && !CLUSTER_KINDS.contains(&object.kind.as_str())
        && object.owner().is_none()
        && object.node.get("metadata").is_some()
}

fn namespace(object: &Object, out: &mut Judged) {
    if object.name.starts_with("kube-") {
        return;
    }
    let level = object.metadata("labels", "pod-security.kubernetes.io/enforce");
    let hits = match level {
        Some("baseline" | "restricted") => Vec::new(),
        Some("privileged") => {
            vec![Hit::new(
                "the namespace enforces 'privileged', which is nothing",
                object.start(),
                "enforce: privileged",
            )]
        }
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            vec![Hit::new(
                "the level is not known, so nothing starts or everything",
                object.start(),
                format!("enforce: {shown}"),
            )]
        }
        None => vec![Hit::new(
            "the namespace enforces no standard for pods",
            object.start(),
            "no label pod-security.kubernetes.io/enforce",
        )],
    };
    out.answer(&NO_STANDARD, object, hits, "enforced");
}

fn service(object: &Object, out: &mut Judged) {
    let addresses = object.node.at(&["spec", "externalIPs"]).map_or(&[][..], Node::items);
    let hits = if addresses.is_empty() {
        Vec::new()
    } else {
        let shown: Vec<&str> = addresses.iter().filter_map(Node::text).take(10).collect();
        vec![Hit::new(
            "the service takes traffic of other addresses",
            object.place(&["spec", "externalIPs"]),
            format!("externalIPs: {}", shown.join(", ")),
        )]
    };
    out.answer(&EXTERNAL_ADDRESS, object, hits, "no external address");
}

fn ingress(object: &Object, out: &mut Judged) {
    let tls = object.node.at(&["spec", "tls"]);
    let has_tls = tls.is_some_and(|tls| {
        tls.items().iter().any(|item| !item.is_null() && !is_empty_map(item))
            || tls.items().iter().any(is_empty_map)
    });
    let hits = if has_tls {
        Vec::new()
    } else {
        vec![Hit::new("the ingress has no TLS", object.place(&["spec"]), "spec.tls is missing")]
    };
    out.answer(&INGRESS_WITHOUT_TLS, object, hits, "TLS");
    let mut snippets = Vec::new();
    for entry in object.node.at(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
        let Some(name) = entry.key.strip_prefix("nginx.ingress.kubernetes.io/") else { continue };
        let is_url = matches!(name, "mirror-target" | "mirror-host" | "auth-url" | "auth-signin");
        let leaves = has_injection(&entry.value)
            || is_url && entry.value.text().is_some_and(|text| text.contains(['|', '"', '\'', '`', ' ']));
        if name.ends_with("-snippet") || (is_url || name == "auth-tls-match-cn") && leaves {
            snippets.push(Hit::new(
                format!("the annotation {name} holds configuration"),
                entry.place(),
                name.to_owned(),
            ));
        }
    }
    out.answer(&INGRESS_SNIPPET, object, snippets, "no snippet");
}

/// Text that leaves the directive it is put into (CVE-2025-1097, CVE-2025-1098, CVE-2025-24514).
fn has_injection(value: &Node) -> bool {
    value.text().is_some_and(|text| text.contains(['\n', ';', '}', '#']))
}

/// Helm 2's server, by name or image.
pub(crate) fn tiller(object: &Object, containers: &[workload::ContainerSpec], out: &mut Judged) {
    let image = containers.iter().any(|spec| {
        spec.image.given().is_some_and(|image| {
            image.rsplit('/').next().unwrap_or_default().split([':', '@']).next() == Some("tiller")
        })
    });
    let named = object.metadata("labels", "app") == Some("helm")
        && object.metadata("labels", "name") == Some("tiller")
        || object.name == "tiller-deploy";
    let hits = if image || named {
        vec![Hit::new("Helm 2's server is deployed", object.start(), "image or labels of tiller")]
    } else {
        Vec::new()
    };
    out.answer(&TILLER, object, hits, "not tiller");
}
