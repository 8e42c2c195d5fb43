//! The kinds of objects that checks ask for.

/// A kind, and how it is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) kind: &'static str,
    /// Its name in paths and in rights.
    pub(crate) resource: &'static str,
    /// Its group; empty for the core.
    pub(crate) group: &'static str,
    /// Versions that are understood, the best first.
    pub(crate) versions: &'static [&'static str],
    pub(crate) is_namespaced: bool,
    pub(crate) need: Need,
    pub(crate) form: Form,
}

/// Whether it must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Every cluster has it.
    Always,
    /// It belongs to an extension, or came with a later release.
    WhenServed,
}

/// How much of each object is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    /// `PartialObjectMetadata` (kubernetes.io, "Kubernetes API Concepts", metadata-only fetches).
    Metadata,
}

impl Kind {
    /// `pods`, `deployments.apps`: as rights name it.
    pub(crate) fn full_name(&self) -> String {
        if self.group.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }
}

const fn core(kind: &'static str, resource: &'static str, is_namespaced: bool) -> Kind {
    Kind {
        kind,
        resource,
        group: "",
        versions: &["v1"],
        is_namespaced,
        need: Need::Always,
        form: Form::Whole,
    }
}

const fn named(
    kind: &'static str,
    resource: &'static str,
    group: &'static str,
    versions: &'static [&'static str],
) -> Kind {
    Kind { kind, resource, group, versions, is_namespaced: true, need: Need::Always, form: Form::Whole }
}

const fn of_cluster(kind: Kind) -> Kind {
    Kind { is_namespaced: false, ..kind }
}

const fn extension(kind: Kind) -> Kind {
    Kind { need: Need::WhenServed, ..kind }
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

/// All of them, in the order in which they are asked for: what most depends on first.
pub(crate) const KINDS: [Kind; 39] = [
    core("Namespace", "namespaces", false),
    core("Node", "nodes", false),
    of_cluster(named("ClusterRole", "clusterroles", RBAC, &["v1"])),
    of_cluster(named("ClusterRoleBinding", "clusterrolebindings", RBAC, &["v1"])),
    named("Role", "roles", RBAC, &["v1"]),
    named("RoleBinding", "rolebindings", RBAC, &["v1"]),
    core("ServiceAccount", "serviceaccounts", true),
    named("NetworkPolicy", "networkpolicies", "networking.k8s.io", &["v1"]),
    extension(named("CiliumNetworkPolicy", "ciliumnetworkpolicies", "cilium.io", &["v2"])),
    extension(of_cluster(named(
        "CiliumClusterwideNetworkPolicy",
        "ciliumclusterwidenetworkpolicies",
        "cilium.io",
        &["v2"],
    ))),
    extension(named("NetworkPolicy", "networkpolicies", "crd.projectcalico.org", &["v1"])),
    extension(of_cluster(named(
        "GlobalNetworkPolicy",
        "globalnetworkpolicies",
        "crd.projectcalico.org",
        &["v1"],
    ))),
    named("Deployment", "deployments", "apps", &["v1"]),
    named("StatefulSet", "statefulsets", "apps", &["v1"]),
    named("DaemonSet", "daemonsets", "apps", &["v1"]),
    named("ReplicaSet", "replicasets", "apps", &["v1"]),
    core("ReplicationController", "replicationcontrollers", true),
    named("CronJob", "cronjobs", "batch", &["v1", "v1beta1"]),
    named("Job", "jobs", "batch", &["v1"]),
    core("PodTemplate", "podtemplates", true),
    extension(named("DeploymentConfig", "deploymentconfigs", "apps.openshift.io", &["v1"])),
    extension(named("Rollout", "rollouts", "argoproj.io", &["v1alpha1"])),
    extension(named("Service", "services", "serving.knative.dev", &["v1"])),
    extension(named("CloneSet", "clonesets", "apps.kruise.io", &["v1alpha1"])),
    extension(named("StatefulSet", "statefulsets", "apps.kruise.io", &["v1beta1"])),
    extension(named("DaemonSet", "daemonsets", "apps.kruise.io", &["v1alpha1"])),
    core("Pod", "pods", true),
    core("Service", "services", true),
    named("Ingress", "ingresses", "networking.k8s.io", &["v1", "v1beta1"]),
    core("ConfigMap", "configmaps", true),
    Kind { form: Form::Metadata, ..core("Secret", "secrets", true) },
    core("LimitRange", "limitranges", true),
    core("ResourceQuota", "resourcequotas", true),
    core("PersistentVolume", "persistentvolumes", false),
    of_cluster(named(
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        ADMISSION,
        &["v1"],
    )),
    of_cluster(named("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", ADMISSION, &["v1"])),
    // Since 1.30; 1.28 had the beta.
    extension(of_cluster(named(
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        ADMISSION,
        &["v1", "v1beta1"],
    ))),
    extension(of_cluster(named(
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        ADMISSION,
        &["v1", "v1beta1"],
    ))),
    // Before 1.25.
    extension(of_cluster(named("PodSecurityPolicy", "podsecuritypolicies", "policy", &["v1beta1"]))),
];
