//! What reaches what.

use crate::judge::Options;
use crate::object::{Object, PodView};
use crate::rbac::selects_labels;
use crate::sink::{Hit, Judged, Rule};
use model::{OutcomeState, Severity};
use workload::Node;

pub(crate) const NAMESPACE_OPEN: Rule = Rule::new(
    "kubernetes/namespace-without-network-policy",
    Severity::Medium,
    [
        "no network policy restricts the namespace",
        "Every pod of the cluster reaches every pod of it.",
        "Add a policy that selects all pods and allows nothing, then one for each connection that is needed.",
    ],
    &["C-0206", "C-0260", "CIS-Kubernetes-5.3.2", "CKV2_K8S_6"],
);

pub(crate) const POD_OPEN: Rule = Rule::new(
    "kubernetes/pod-network-not-restricted",
    Severity::Medium,
    [
        "no network policy restricts the pod both ways",
        "A pod that no policy selects for a direction sends or receives everything; an intruder in it goes on to the next.",
        "Select it by a policy for ingress and by one for egress.",
    ],
    &["C-0030"],
);

pub(crate) const POLICY_ALLOWS_ALL: Rule = Rule::new(
    "kubernetes/network-policy-allows-all",
    Severity::Medium,
    [
        "a network policy allows everything",
        "A rule without peers, or with 0.0.0.0/0, undoes what other policies deny: policies only add.",
        "Name pods, namespaces or networks.",
    ],
    &["KSV-0038"],
);

/// Policies, and who is selected by them.
pub(crate) fn judge(
    objects: &[&Object],
    workloads: &[(&Object, PodView<'_>)],
    options: &Options,
    out: &mut Judged,
) {
    let doubt = Doubt::of(objects, options);
    let policies: Vec<&Object> = objects.iter().copied().filter(|object| is_policy(object)).collect();
    for policy in &policies {
        allows_all(policy, out);
    }
    let cilium: Vec<Cilium<'_>> = objects.iter().flat_map(|object| Cilium::of(object)).collect();
    for object in objects.iter().filter(|object| object.kind == "Namespace") {
        if object.name.starts_with("kube-") {
            continue;
        }
        let has = policies.iter().any(|policy| policy.namespace_or_default() == object.name)
            || cilium
                .iter()
                .any(|policy| policy.is_in(&object.name) && (policy.is_own() || policy.is_for_all()));
        if !has && let Some(reason) = doubt.about(&object.name) {
            out.outcome(&NAMESPACE_OPEN, object.label(), OutcomeState::Unknown, reason);
            continue;
        }
        let hits = if has {
            Vec::new()
        } else {
            vec![Hit::new(
                "no network policy restricts the namespace",
                object.start(),
                "no NetworkPolicy in it",
            )]
        };
        out.answer(&NAMESPACE_OPEN, object, hits, "there is a policy");
    }
    for (object, pod) in workloads {
        let near: Vec<_> = policies
            .iter()
            .filter(|policy| policy.namespace_or_default() == object.namespace_or_default())
            .collect();
        let foreign: Vec<_> =
            cilium.iter().filter(|policy| policy.is_in(object.namespace_or_default())).collect();
        if near.is_empty() && foreign.is_empty() && !options.is_whole_cluster {
            let reason = "no network policy is among these files: ask the cluster".to_owned();
            out.outcome(&POD_OPEN, object.label(), OutcomeState::NotApplicable, reason);
            continue;
        }
        let empty = Node::default();
        let labels = pod.metadata.and_then(|metadata| metadata.get("labels")).unwrap_or(&empty);
        let covers = |direction: &str| {
            near.iter().any(|policy| {
                let selector = policy.node.at(&["spec", "podSelector"]).unwrap_or(&empty);
                selects_labels(selector, labels) && directions(policy).contains(&direction)
            }) || foreign.iter().any(|policy| policy.restricts(labels, direction))
        };
        let open: Vec<&str> =
            ["Ingress", "Egress"].into_iter().filter(|direction| !covers(direction)).collect();
        if !open.is_empty()
            && let Some(reason) = doubt.about(object.namespace_or_default())
        {
            out.outcome(&POD_OPEN, object.label(), OutcomeState::Unknown, reason);
            continue;
        }
        let hits = if open.is_empty() {
            Vec::new()
        } else {
            let title =
                format!("no network policy restricts {} of the pod", open.join(" and ").to_lowercase());
            vec![Hit::new(title, object.start(), format!("not selected for {}", open.join(", ")))]
        };
        out.answer(&POD_OPEN, object, hits, "selected both ways");
    }
}

/// Why it cannot be told that no policy restricts something: policies that were not listed, or that are not understood.
struct Doubt<'a> {
    missing: Option<String>,
    foreign: Vec<&'a Object>,
}

impl<'a> Doubt<'a> {
    fn of(objects: &[&'a Object], options: &Options) -> Self {
        let names = [
            "networkpolicies.networking.k8s.io",
            "ciliumnetworkpolicies.cilium.io",
            "ciliumclusterwidenetworkpolicies.cilium.io",
        ];
        let missing = names.iter().find_map(|name| {
            options.missing.get(*name).map(|why| format!("{name} are not all known: {why}"))
        });
        let is_foreign = |object: &&'a Object| {
            matches!(
                object.group(),
                "crd.projectcalico.org" | "projectcalico.org" | "policy.networking.k8s.io"
            ) && object.kind.ends_with("NetworkPolicy")
        };
        Self { missing, foreign: objects.iter().copied().filter(is_foreign).collect() }
    }

    fn about(&self, namespace: &str) -> Option<String> {
        let near = |policy: &&&Object| policy.namespace.as_deref().is_none_or(|own| own == namespace);
        self.missing.clone().or_else(|| {
            let policy = self.foreign.iter().find(near)?;
            Some(format!("{} is not understood: it may restrict this", policy.label()))
        })
    }
}

/// One rule of a policy of Cilium (<https://docs.cilium.io/en/stable/security/policy/intro/>): a direction that it has a
/// section for is restricted for those whom it selects.
struct Cilium<'a> {
    object: &'a Object,
    spec: &'a Node,
}

impl<'a> Cilium<'a> {
    fn of(object: &'a Object) -> Vec<Self> {
        if object.group() != "cilium.io"
            || !matches!(object.kind.as_str(), "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy")
        {
            return Vec::new();
        }
        let many = object.node.get("specs").map_or(&[][..], Node::items);
        object.node.get("spec").into_iter().chain(many).map(|spec| Self { object, spec }).collect()
    }

    fn is_in(&self, namespace: &str) -> bool {
        self.object.kind == "CiliumClusterwideNetworkPolicy"
            || self.object.namespace_or_default() == namespace
    }

    fn is_own(&self) -> bool {
        self.object.kind == "CiliumNetworkPolicy"
    }

    /// A policy for the whole cluster that names labels is none for the rest of a namespace.
    fn is_for_all(&self) -> bool {
        self.spec.get("endpointSelector").is_some_and(|selector| {
            selector.get("matchLabels").is_none_or(|labels| labels.entries().is_empty())
                && selector.get("matchExpressions").is_none_or(|list| list.items().is_empty())
        })
    }

    fn restricts(&self, labels: &Node, direction: &str) -> bool {
        let section = |key: &str| self.spec.get(key).is_some_and(Node::is_list);
        let restricts = match direction {
            "Ingress" => section("ingress") || section("ingressDeny"),
            _ => section("egress") || section("egressDeny"),
        };
        restricts
            && self.spec.get("endpointSelector").is_some_and(|selector| selects_labels(selector, labels))
    }
}

fn is_policy(object: &Object) -> bool {
    object.kind == "NetworkPolicy" && matches!(object.group(), "networking.k8s.io" | "extensions" | "")
}

/// The directions that a policy restricts (API reference, `policyTypes`: ingress always unless told otherwise, egress
/// when it has rules for it).
fn directions(policy: &Object) -> Vec<&str> {
    let types = policy.node.at(&["spec", "policyTypes"]).map_or(&[][..], Node::items);
    if !types.is_empty() {
        return types.iter().filter_map(Node::text).collect();
    }
    let has_egress = policy.node.at(&["spec", "egress"]).is_some_and(|egress| !egress.items().is_empty());
    if has_egress { vec!["Ingress", "Egress"] } else { vec!["Ingress"] }
}

fn allows_all(policy: &Object, out: &mut Judged) {
    let mut hits = Vec::new();
    for (key, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in policy.node.at(&["spec", key]).map_or(&[][..], Node::items) {
            let list = rule.get(peers).map_or(&[][..], Node::items);
            let everywhere = list.iter().find(|peer| {
                let cidr = peer.at(&["ipBlock", "cidr"]).and_then(Node::text);
                matches!(cidr, Some("0.0.0.0/0" | "::/0")) && peer.at(&["ipBlock", "except"]).is_none()
            });
            let has_ports = rule.get("ports").is_some_and(|ports| !ports.items().is_empty());
            // Egress to everywhere on one port is how names are asked for; a whole open direction is not.
            if list.is_empty() && !has_ports {
                let title = format!("a rule allows all {key}");
                hits.push(Hit::new(
                    title,
                    rule.place.or_else(|| policy.start()),
                    format!("an empty rule under {key}"),
                ));
            } else if let Some(peer) = everywhere {
                let title = format!("a rule allows {key} of every address");
                hits.push(Hit::new(
                    title,
                    peer.place.or_else(|| policy.start()),
                    format!("{key}: 0.0.0.0/0 or ::/0"),
                ));
            }
        }
    }
    out.answer(&POLICY_ALLOWS_ALL, policy, hits, "peers are named");
}
