//! Checks about policies (chapter 5), which the benchmark asks by pipelines of kubectl or leaves to a person, answered by
//! our own rules.

use crate::sink::Judged;
use model::OutcomeState;

/// What the title of a check says, in lower case, and the rules that ask the same. Numbers differ between benchmarks, their
/// titles hardly.
const ANSWERS: [(&str, &[&str]); 33] = [
    ("cluster-admin role is only used", &["kubernetes/cluster-admin-bound"]),
    ("access to secrets", &["kubernetes/role-reads-secrets"]),
    ("wildcard use", &["kubernetes/role-allows-every-resource", "kubernetes/role-allows-every-verb"]),
    ("access to create pods", &["kubernetes/role-creates-pods"]),
    (
        "default service accounts are not",
        &["kubernetes/default-service-account-bound", "kubernetes/default-service-account-used"],
    ),
    ("service account tokens are only mounted", &["kubernetes/service-account-token-mounted"]),
    ("system:masters", &["kubernetes/masters-group-bound"]),
    ("impersonate and escalate", &["kubernetes/role-binds-or-escalates", "kubernetes/role-impersonates"]),
    ("access to create persistent", &["kubernetes/role-creates-persistent-volumes"]),
    ("proxy sub-resource", &["kubernetes/role-proxies-to-nodes"]),
    ("approval sub-resource", &["kubernetes/role-approves-certificates"]),
    ("access to webhook configuration", &["kubernetes/role-changes-webhooks"]),
    ("service account token creation", &["kubernetes/role-creates-tokens"]),
    ("bindings to system:anonymous", &["kubernetes/anonymous-bound"]),
    ("bindings to system:unauthenticated", &["kubernetes/anonymous-bound"]),
    ("bindings to system:authenticated", &["kubernetes/authenticated-bound"]),
    ("active policy control mechanism", &["kubernetes/namespace-without-pod-security"]),
    ("pod security standard baseline", &["kubernetes/namespace-without-pod-security"]),
    ("admission of privileged containers", &["container/privileged"]),
    ("host process id namespace", &["container/host-pid-namespace"]),
    ("host ipc namespace", &["container/host-ipc-namespace"]),
    ("host network namespace", &["container/host-network"]),
    ("allowprivilegeescalation", &["container/new-privileges-allowed"]),
    ("admission of root containers", &["container/runs-as-root"]),
    ("net_raw", &["container/net-raw-kept"]),
    ("added capabilities", &["container/added-capability", "container/dangerous-capability"]),
    ("capabilities assigned", &["container/capabilities-not-dropped"]),
    ("hostpath volumes", &["kubernetes/host-path-volume"]),
    ("use hostports", &["container/host-port"]),
    ("policies defined", &["kubernetes/namespace-without-network-policy"]),
    ("secrets as files", &["container/secret-in-environment", "kubernetes/secret-as-variable"]),
    ("seccomp profile is set", &["container/seccomp-unconfined"]),
    ("default namespace should not be used", &["kubernetes/default-namespace-used"]),
];

/// The answer of our rules; none for checks that none of them asks.
pub(super) fn answer(title: &str, cluster: &Judged) -> Option<(OutcomeState, String)> {
    // `NetworkPolicies` and `Network Policies` are one.
    let title = title.to_lowercase();
    let (_, rules) = ANSWERS.iter().find(|(words, _)| title.contains(words))?;
    let outcomes: Vec<_> =
        cluster.outcomes.iter().filter(|outcome| rules.contains(&outcome.rule.as_str())).collect();
    let with = |state| outcomes.iter().filter(move |outcome| outcome.state == state);
    let failed: Vec<&str> = with(OutcomeState::Failed).map(|outcome| outcome.object.as_str()).collect();
    if !failed.is_empty() {
        let shown = failed.iter().take(10).copied().collect::<Vec<_>>().join("; ");
        return Some((
            OutcomeState::Failed,
            format!("{} objects by {}: {shown}", failed.len(), rules.join(", ")),
        ));
    }
    if let Some(unknown) = with(OutcomeState::Unknown).next() {
        return Some((OutcomeState::Unknown, format!("{}: {}", unknown.object, unknown.detail)));
    }
    if with(OutcomeState::Passed).next().is_none() {
        return Some((OutcomeState::NotApplicable, "no object that it is about".to_owned()));
    }
    Some((OutcomeState::Passed, format!("by {}", rules.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_answers_is_there() {
        for rule in ANSWERS.iter().flat_map(|(_, rules)| *rules) {
            let is_there = crate::rule_infos().iter().any(|info| info.id == *rule)
                || workload::RULES.iter().any(|info| info.id == *rule);
            assert!(is_there, "{rule}");
        }
    }
}
