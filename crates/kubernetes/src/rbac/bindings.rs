//! Who should not have a role.

use super::graph::{Binding, Graph, Subject};
use crate::sink::{Hit, Judged, Rule};
use model::Severity;

const CLUSTER_ADMIN: Rule = Rule::new(
    "kubernetes/cluster-admin-bound",
    Severity::High,
    [
        "somebody has cluster-admin",
        "cluster-admin is everything in every namespace. A service account that has it gives the cluster to whoever gets \
         into its pod.",
        "Bind a role with the rights that are needed, in the namespaces where they are.",
    ],
    &["C-0035", "C-0185", "CIS-Kubernetes-5.1.1", "KSV-0111"],
);

const ANONYMOUS: Rule = Rule::new(
    "kubernetes/anonymous-bound",
    Severity::Critical,
    [
        "a role is given to everybody who reaches the API server",
        "system:anonymous and system:unauthenticated are requests without any credential.",
        "Remove the binding. Health endpoints are public without it.",
    ],
    &["C-0262", "KSV-0122"],
);

const AUTHENTICATED: Rule = Rule::new(
    "kubernetes/authenticated-bound",
    Severity::High,
    [
        "a role is given to everybody who has any credential",
        "system:authenticated is every user and every service account; on managed clusters it can be everybody with an \
         account at the provider.",
        "Name the users, groups or service accounts.",
    ],
    &["C-0265", "CIS-Kubernetes-5.1.2", "KSV-01011"],
);

const MASTERS: Rule = Rule::new(
    "kubernetes/masters-group-bound",
    Severity::High,
    [
        "a role is given to system:masters",
        "Members of that group pass every check of rights; no removal of roles takes them away.",
        "Use a group of your own.",
    ],
    &["CIS-Kubernetes-5.1.7", "KSV-0123"],
);

const DEFAULT_ACCOUNT: Rule = Rule::new(
    "kubernetes/default-service-account-bound",
    Severity::Medium,
    [
        "a role is given to a default service account",
        "Every pod of the namespace that names no account has it.",
        "Make a service account for the workload that needs the role.",
    ],
    &["C-0189", "CIS-Kubernetes-5.1.5"],
);

/// All, sorted by id.
pub(crate) const BINDING_RULES: [Rule; 5] =
    [ANONYMOUS, AUTHENTICATED, CLUSTER_ADMIN, DEFAULT_ACCOUNT, MASTERS];

/// Bindings that Kubernetes brings along for discovery (`bootstrappolicy/policy.go`).
const PUBLIC_ROLES: [&str; 5] = [
    "system:discovery",
    "system:public-info-viewer",
    "system:basic-user",
    "system:service-account-issuer-discovery",
    "system:monitoring",
];

pub(super) fn judge(graph: &Graph<'_>, out: &mut Judged) {
    for binding in &graph.bindings {
        each(binding, &ANONYMOUS, out, |subject| {
            matches!(subject.name.as_str(), "system:anonymous" | "system:unauthenticated")
                && !is_public(binding)
        });
        each(binding, &AUTHENTICATED, out, |subject| {
            matches!(subject.name.as_str(), "system:authenticated" | "system:serviceaccounts")
                && !is_public(binding)
        });
        each(binding, &MASTERS, out, |subject| {
            // The one binding that the cluster brings along gives them cluster-admin.
            subject.kind == "Group" && subject.name == "system:masters" && !is_bootstrap(binding)
        });
        each(binding, &DEFAULT_ACCOUNT, out, |subject| {
            subject.kind == "ServiceAccount" && subject.name == "default"
        });
        each(binding, &CLUSTER_ADMIN, out, |subject| {
            let is_own = is_bootstrap(binding) && subject.name == "system:masters";
            binding.role_kind == "ClusterRole" && binding.role_name == "cluster-admin" && !is_own
        });
    }
}

fn is_public(binding: &Binding<'_>) -> bool {
    PUBLIC_ROLES.contains(&binding.role_name.as_str())
        || binding.role_name == "kubeadm:bootstrap-signer-clusterinfo"
        || is_bootstrap(binding)
}

fn is_bootstrap(binding: &Binding<'_>) -> bool {
    binding.object.metadata("labels", "kubernetes.io/bootstrapping") == Some("rbac-defaults")
}

fn each(binding: &Binding<'_>, rule: &Rule, out: &mut Judged, is_bad: impl Fn(&Subject) -> bool) {
    let mut hits = Vec::new();
    for subject in binding.subjects.iter().filter(|subject| is_bad(subject)) {
        let title = format!("{} has {} {}", subject.label(), binding.role_kind, short(&binding.role_name));
        let reach =
            if binding.object.kind == "ClusterRoleBinding" { "everywhere" } else { "in its namespace" };
        hits.push(Hit::new(
            title,
            binding.object.start(),
            format!("{} is bound {reach}", short(&binding.role_name)),
        ));
    }
    out.answer(rule, binding.object, hits, "nobody of that kind");
}

fn short(text: &str) -> String {
    text.chars().take(120).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}
