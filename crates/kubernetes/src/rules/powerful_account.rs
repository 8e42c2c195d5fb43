//! Pods whose account takes over the cluster.

use crate::judge::Options;
use crate::object::{Object, PodView};
use crate::rbac::{self, Graph};
use crate::rules::pods::{account_of, says_token_mounted};
use crate::sink::{Hit, Judged, Rule};
use model::{OutcomeState, Severity};
use std::collections::BTreeMap;

pub(crate) const POWERFUL_ACCOUNT: Rule = Rule::new(
    "kubernetes/pod-takes-over-cluster",
    Severity::High,
    [
        "whoever gets into the pod takes over the cluster",
        "Its service account holds a right, everywhere, from which all others follow: every secret, pods of any kind, roles, \
         other identities, nodes. The account's token lies in the pod, for the first bug of the program that runs there.",
        "Bind what the program needs, in the namespaces where it needs it; mount no token where it asks the API nothing.",
    ],
    &["C-0267", "C-0272"],
);

/// What must be known before it can be told that an account holds nothing.
const RIGHTS: [&str; 2] =
    ["clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"];

pub(crate) fn judge(
    objects: &[&Object],
    workloads: &[(&Object, PodView<'_>)],
    accounts: &[&Object],
    options: &Options,
    out: &mut Judged,
) {
    let graph = Graph::of(objects);
    let mut held: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for grant in graph.grants() {
        // In one namespace it is that namespace alone.
        if grant.namespace.is_some() || grant.subject.kind != "ServiceAccount" {
            continue;
        }
        let namespace = grant.subject.namespace.clone().unwrap_or_default();
        let lines = held.entry((namespace, grant.subject.name.clone())).or_default();
        if let Some(what) = rbac::takes_over(grant.role) {
            lines.push(format!(
                "{} allows {what}, by {}",
                grant.role.object.label(),
                grant.binding.object.label()
            ));
        }
    }
    let missing = RIGHTS.iter().find_map(|kind| options.missing.get(*kind));
    for (object, pod) in workloads {
        let account = (object.namespace_or_default().to_owned(), account_of(*pod).to_owned());
        let lines = held.get(&account).filter(|lines| !lines.is_empty());
        let hits = match lines {
            Some(lines) if says_token_mounted(object, *pod, accounts) != Some(false) => {
                let title = format!("its service account {} rules the cluster", account.1);
                let mut hit = Hit::new(title, object.start(), "");
                hit.evidence = lines.iter().take(20).cloned().collect();
                vec![hit]
            }
            None if missing.is_some() => {
                let reason = format!("rights are not all known: {}", missing.map_or("", String::as_str));
                out.outcome(&POWERFUL_ACCOUNT, object.label(), OutcomeState::Unknown, reason);
                continue;
            }
            _ => Vec::new(),
        };
        out.answer(&POWERFUL_ACCOUNT, object, hits, "it does not");
    }
}
