//! What a role should not allow.

use crate::sink::Rule;
use model::Severity;

/// A question to the rules of a role.
pub(crate) struct Query {
    pub(crate) rule: Rule,
    pub(super) verbs: &'static [&'static str],
    /// Group and resource.
    pub(super) resources: &'static [(&'static str, &'static str)],
    /// Whether the bare wildcards count, which the rules about wildcards tell already.
    pub(super) names_count: bool,
}

const fn query(
    rule: Rule,
    verbs: &'static [&'static str],
    resources: &'static [(&'static str, &'static str)],
) -> Query {
    Query { rule, verbs, resources, names_count: true }
}

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "update", "patch"];
const CHANGE: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];

/// All questions, sorted by id.
pub(crate) const QUERIES: [Query; 20] = [
    query(
        Rule::new(
            "kubernetes/role-approves-certificates",
            Severity::High,
            [
                "the role approves certificate requests",
                "Whoever approves requests makes himself a certificate of any user, also of system:masters, which no role \
                 can take away again.",
                "Leave approval to the controllers.",
            ],
            &["C-0278", "CIS-Kubernetes-5.1.11"],
        ),
        &["update", "patch"],
        &[("certificates.k8s.io", "certificatesigningrequests/approval")],
    ),
    query(
        Rule::new(
            "kubernetes/role-attaches-to-pods",
            Severity::High,
            [
                "the role attaches to containers",
                "Attaching speaks to the running program as its user and reads what it prints.",
                "Grant it to persons for a time, never to programs.",
            ],
            &["C-0002", "KSV-0054"],
        ),
        &["create", "get"],
        &[("", "pods/attach")],
    ),
    query(
        Rule::new(
            "kubernetes/role-binds-or-escalates",
            Severity::High,
            [
                "the role may give itself more rights",
                "The verbs bind and escalate switch off the check that keeps people from granting what they do not have: \
                 the role is cluster-admin in two steps.",
                "Remove 'bind' and 'escalate'.",
            ],
            &["C-0281", "CIS-Kubernetes-5.1.8", "KSV-0050"],
        ),
        &["bind", "escalate"],
        &[("rbac.authorization.k8s.io", "roles"), ("rbac.authorization.k8s.io", "clusterroles")],
    ),
    query(
        Rule::new(
            "kubernetes/role-changes-bindings",
            Severity::High,
            [
                "the role changes who has which rights",
                "Whoever writes bindings gives every right that he has to others, and with 'bind' those that he has not.",
                "Leave roles and bindings to administrators.",
            ],
            &["C-0272", "KSV-0050", "KSV-0051", "KSV-0052", "KSV-0055"],
        ),
        WRITE,
        &[
            ("rbac.authorization.k8s.io", "clusterrolebindings"),
            ("rbac.authorization.k8s.io", "clusterroles"),
            ("rbac.authorization.k8s.io", "rolebindings"),
            ("rbac.authorization.k8s.io", "roles"),
        ],
    ),
    query(
        Rule::new(
            "kubernetes/role-changes-config-maps",
            Severity::Low,
            [
                "the role changes config maps",
                "Programs believe their configuration: changing CoreDNS's sends every name elsewhere.",
                "Restrict it with resourceNames.",
            ],
            &["C-0037", "KSV-0049"],
        ),
        &["update", "patch", "create", "delete", "deletecollection"],
        &[("", "configmaps")],
    ),
    query(
        Rule::new(
            "kubernetes/role-changes-networking",
            Severity::Medium,
            [
                "the role changes what reaches what",
                "Network policies, ingresses and services decide who talks to whom; whoever writes them leads traffic to \
                 himself.",
                "Leave it to whoever runs the network.",
            ],
            &["KSV-0056"],
        ),
        CHANGE,
        &[
            ("networking.k8s.io", "networkpolicies"),
            ("networking.k8s.io", "ingresses"),
            ("", "services"),
            ("", "endpoints"),
            ("discovery.k8s.io", "endpointslices"),
        ],
    ),
    query(
        Rule::new(
            "kubernetes/role-changes-secrets",
            Severity::High,
            [
                "the role changes secrets",
                "Who creates a secret of type service-account-token gets a token of any service account of the namespace; who \
                 changes one gives programs his own credentials, and who deletes one stops them.",
                "Leave secrets to the store that writes them; restrict the rest with resourceNames.",
            ],
            &["KSV-0041", "KSV-0113"],
        ),
        CHANGE,
        &[("", "secrets")],
    ),
    query(
        Rule::new(
            "kubernetes/role-changes-webhooks",
            Severity::High,
            [
                "the role changes admission webhooks",
                "A webhook sees every object that is written, secrets too, and changes it.",
                "Leave it to administrators.",
            ],
            &["C-0282", "CIS-Kubernetes-5.1.12", "KSV-0114"],
        ),
        CHANGE,
        &[
            ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
            ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
        ],
    ),
    query(
        Rule::new(
            "kubernetes/role-creates-persistent-volumes",
            Severity::High,
            [
                "the role creates persistent volumes",
                "A volume of type hostPath is any directory of the node, whatever the standards for pods say.",
                "Use a storage class; leave volumes to the provisioner.",
            ],
            &["C-0277", "CIS-Kubernetes-5.1.9"],
        ),
        &["create"],
        &[("", "persistentvolumes")],
    ),
    query(
        Rule::new(
            "kubernetes/role-creates-pods",
            Severity::High,
            [
                "the role creates pods",
                "Whoever creates pods reads every secret of the namespace, has every service account of it, and where no \
                 standard is enforced, the node.",
                "Leave it to controllers; enforce the restricted standard where people need it.",
            ],
            &["C-0007", "CIS-Kubernetes-5.1.4", "KSV-0048"],
        ),
        WRITE,
        &[
            ("", "pods"),
            ("apps", "deployments"),
            ("apps", "daemonsets"),
            ("apps", "statefulsets"),
            ("apps", "replicasets"),
            ("", "replicationcontrollers"),
            ("batch", "jobs"),
            ("batch", "cronjobs"),
        ],
    ),
    query(
        Rule::new(
            "kubernetes/role-creates-tokens",
            Severity::High,
            [
                "the role makes tokens of service accounts",
                "It becomes any service account, for as long as it likes.",
                "Restrict it with resourceNames to the one account.",
            ],
            &["C-0280", "CIS-Kubernetes-5.1.13"],
        ),
        &["create"],
        &[("", "serviceaccounts/token")],
    ),
    query(
        Rule::new(
            "kubernetes/role-deletes-events",
            Severity::Medium,
            [
                "the role deletes traces",
                "Events and logs are what an investigation reads.",
                "Remove 'delete' for events and pods/log.",
            ],
            &["C-0031", "KSV-0042"],
        ),
        &["delete", "deletecollection"],
        &[("", "events"), ("events.k8s.io", "events"), ("", "pods/log")],
    ),
    query(
        Rule::new(
            "kubernetes/role-deletes-workloads",
            Severity::Low,
            [
                "the role deletes workloads or their data",
                "One command, or one stolen token, takes the service away.",
                "Remove 'delete' and 'deletecollection'.",
            ],
            &["C-0007", "KSV-0048"],
        ),
        &["delete", "deletecollection"],
        &[
            ("", "secrets"),
            ("", "pods"),
            ("", "services"),
            ("apps", "deployments"),
            ("apps", "replicasets"),
            ("apps", "daemonsets"),
            ("apps", "statefulsets"),
            ("batch", "jobs"),
            ("batch", "cronjobs"),
        ],
    ),
    query(
        Rule::new(
            "kubernetes/role-executes-in-pods",
            Severity::High,
            [
                "the role runs commands in containers",
                "exec is a shell in every container of the namespace, past every log of the program.",
                "Grant it to persons for a time, never to programs.",
            ],
            &["C-0002", "KSV-0053"],
        ),
        &["create", "get"],
        &[("", "pods/exec")],
    ),
    query(
        Rule::new(
            "kubernetes/role-forwards-ports",
            Severity::Medium,
            [
                "the role forwards ports of pods",
                "It reaches ports that no service and no network policy lets out.",
                "Grant it to persons for a time.",
            ],
            &["C-0063"],
        ),
        &["create", "get"],
        &[("", "pods/portforward")],
    ),
    query(
        Rule::new(
            "kubernetes/role-impersonates",
            Severity::High,
            [
                "the role acts as somebody else",
                "Whoever may impersonate has the rights of all whom he may name; without resourceNames that is \
                 system:masters.",
                "Restrict it with resourceNames.",
            ],
            &["C-0065", "CIS-Kubernetes-5.1.8", "KSV-0043"],
        ),
        &["impersonate"],
        &[
            ("", "users"),
            ("", "groups"),
            ("", "serviceaccounts"),
            ("authentication.k8s.io", "uids"),
            ("authentication.k8s.io", "userextras"),
        ],
    ),
    query(
        Rule::new(
            "kubernetes/role-opens-debug-containers",
            Severity::High,
            [
                "the role puts containers into running pods",
                "A debug container sees the processes and volumes of the pod and runs commands there.",
                "Grant it to persons for a time.",
            ],
            &["KSV-0053"],
        ),
        &["update", "patch"],
        &[("", "pods/ephemeralcontainers")],
    ),
    query(
        Rule::new(
            "kubernetes/role-proxies-to-nodes",
            Severity::High,
            [
                "the role speaks to kubelets through the API server",
                "nodes/proxy runs commands in every pod of the node, past admission and audit. Reading alone ('get') is \
                 enough for that.",
                "Remove it; use metrics and logs of their own resources (nodes/metrics, nodes/stats, nodes/log).",
            ],
            &["C-0279", "CIS-Kubernetes-5.1.10", "KSV-0047"],
        ),
        &["get", "create"],
        &[("", "nodes/proxy")],
    ),
    query(
        Rule::new(
            "kubernetes/role-proxies-to-pods",
            Severity::Medium,
            [
                "the role reaches pods and services through the API server",
                "It passes by network policies and speaks to whatever listens.",
                "Remove pods/proxy and services/proxy.",
            ],
            &["C-0279"],
        ),
        &["get", "create", "update", "patch", "delete"],
        &[("", "pods/proxy"), ("", "services/proxy")],
    ),
    Query {
        rule: Rule::new(
            "kubernetes/role-reads-secrets",
            Severity::High,
            [
                "the role reads secrets",
                "Secrets hold the passwords and tokens of everything in the namespace; 'list' and 'watch' show their \
                 contents too.",
                "Mount the one secret, or name it in resourceNames with the verb 'get'.",
            ],
            &["C-0015", "CIS-Kubernetes-5.1.2", "KSV-0041", "KSV-0113"],
        ),
        verbs: READ,
        resources: &[("", "secrets")],
        names_count: false,
    },
];

pub(crate) const WILDCARD_EVERYTHING: Rule = Rule::new(
    "kubernetes/role-allows-everything",
    Severity::Critical,
    [
        "the role allows everything",
        "Every verb on every resource is cluster-admin by another name.",
        "Name the groups, resources and verbs that are needed.",
    ],
    &["C-0187", "CIS-Kubernetes-5.1.3", "KSV-0044"],
);

pub(crate) const WILDCARD_RESOURCES: Rule = Rule::new(
    "kubernetes/role-allows-every-resource",
    Severity::High,
    [
        "the role names every resource",
        "'*' is secrets too, and whatever is added to the cluster later.",
        "Name the resources.",
    ],
    &["C-0187", "CIS-Kubernetes-5.1.3", "KSV-0046", "KSV-0112"],
);

pub(crate) const WILDCARD_VERBS: Rule = Rule::new(
    "kubernetes/role-allows-every-verb",
    Severity::Medium,
    ["the role names every verb", "'*' is delete, impersonate and escalate too.", "Name the verbs."],
    &["C-0187", "CIS-Kubernetes-5.1.3", "KSV-0045"],
);
