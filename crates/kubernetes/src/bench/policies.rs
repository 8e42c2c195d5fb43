//! Checks about policies (chapter 5), which the benchmark asks by pipelines of kubectl or leaves to a person, answered by
//! our own rules.

use crate::sink::Judged;
use model::OutcomeState;

/// Ids of CIS Kubernetes 1.10 to 1.12, and the rules that ask the same.
const ANSWERS: [(&str, &[&str]); 29] = [
    ("5.1.1", &["kubernetes/cluster-admin-bound"]),
    ("5.1.2", &["kubernetes/role-reads-secrets"]),
    ("5.1.3", &["kubernetes/role-allows-every-resource", "kubernetes/role-allows-every-verb"]),
    ("5.1.4", &["kubernetes/role-creates-pods"]),
    ("5.1.5", &["kubernetes/default-service-account-bound", "kubernetes/default-service-account-used"]),
    ("5.1.6", &["kubernetes/service-account-token-mounted"]),
    ("5.1.7", &["kubernetes/masters-group-bound"]),
    ("5.1.8", &["kubernetes/role-binds-or-escalates", "kubernetes/role-impersonates"]),
    ("5.1.9", &["kubernetes/role-creates-persistent-volumes"]),
    ("5.1.10", &["kubernetes/role-proxies-to-nodes"]),
    ("5.1.11", &["kubernetes/role-approves-certificates"]),
    ("5.1.12", &["kubernetes/role-changes-webhooks"]),
    ("5.1.13", &["kubernetes/role-creates-tokens"]),
    ("5.2.1", &["kubernetes/namespace-without-pod-security"]),
    ("5.2.2", &["container/privileged"]),
    ("5.2.3", &["container/host-pid-namespace"]),
    ("5.2.4", &["container/host-ipc-namespace"]),
    ("5.2.5", &["container/host-network"]),
    ("5.2.6", &["container/new-privileges-allowed"]),
    ("5.2.7", &["container/runs-as-root"]),
    ("5.2.8", &["container/net-raw-kept"]),
    ("5.2.9", &["container/added-capability", "container/dangerous-capability"]),
    ("5.2.10", &["container/capabilities-not-dropped"]),
    ("5.2.12", &["kubernetes/host-path-volume"]),
    ("5.2.13", &["container/host-port"]),
    ("5.3.2", &["kubernetes/namespace-without-network-policy"]),
    ("5.4.1", &["container/secret-in-environment"]),
    ("5.6.2", &["container/seccomp-unconfined"]),
    ("5.6.4", &["kubernetes/default-namespace-used"]),
];

/// The answer of our rules; none for checks that none of them asks.
pub(super) fn answer(version: &str, id: &str, cluster: &Judged) -> Option<(OutcomeState, String)> {
    if !matches!(version, "cis-1.10" | "cis-1.11" | "cis-1.12") {
        return None;
    }
    let (_, rules) = ANSWERS.iter().find(|(own, _)| *own == id)?;
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
