//! Which pods are judged, and what they get from what is around them.

use super::*;

fn owned_pod(name: &str, more: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: n, ownerReferences: [{{kind: ReplicaSet, name: r}}]}}\nspec: {{hostPID: true, containers: [{{name: a}}]{more}}}\n"
    )
}

#[test]
fn pods_of_a_workload_are_judged_by_it() {
    let workload = "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: r, namespace: n}\nspec: {template: {spec: {containers: [{name: a}]}}}\n";
    check(&format!("{workload}{}", owned_pod("p", "")), "violates-baseline", None);
    let debugged = owned_pod("p", ", ephemeralContainers: [{name: b}]");
    check(&format!("{workload}{debugged}"), "violates-baseline", Some("Pod n/p"));
}

#[test]
fn pods_of_a_workload_that_is_not_there_are_judged_once() {
    let all = found(&format!("{}{}", owned_pod("p", ""), owned_pod("q", "")));
    assert!(all.contains("kubernetes/violates-baseline Pod n/p"), "{all:#?}");
    assert!(!all.iter().any(|line| line.ends_with("n/q")), "{all:#?}");
}

#[test]
fn policies_that_are_not_known_or_not_understood_leave_doubt() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: n}\nspec: {containers: []}\n";
    let state = |text: &str, missing: &[(&str, &str)]| {
        let missing = missing.iter().map(|(kind, why)| ((*kind).to_owned(), (*why).to_owned())).collect();
        let options = Options { is_whole_cluster: true, missing, ..Options::default() };
        let judged = judge(&objects(text), &options);
        let outcome = judged.outcomes.into_iter().find(|o| o.rule == "kubernetes/pod-network-not-restricted");
        outcome.unwrap().state
    };
    assert_eq!(state(pod, &[]), OutcomeState::Failed);
    assert_eq!(state(pod, &[("networkpolicies.networking.k8s.io", "not allowed")]), OutcomeState::Unknown);
    let calico = |namespace: &str| {
        format!(
            "{pod}---\napiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {{name: c, namespace: {namespace}}}\n"
        )
    };
    assert_eq!(state(&calico("n"), &[]), OutcomeState::Unknown);
    assert_eq!(state(&calico("other"), &[]), OutcomeState::Failed);
}

#[test]
fn each_reason_without_an_answer_is_one_gap() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: n}}\nspec: {{containers: []}}\n---\n"
        )
    };
    let policy = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n---\n";
    let admission =
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: a}\n";
    let gaps = |text: &str| -> Vec<String> {
        let options = Options { is_whole_cluster: true, ..Options::default() };
        let gaps = judge(&objects(text), &options).gaps;
        gaps.into_iter().map(|gap| format!("{}: {}", gap.what, gap.detail)).collect()
    };
    assert_eq!(gaps(&pod("p")), Vec::<String>::new());
    let told = gaps(&format!("{}{}{policy}{admission}", pod("p"), pod("q")));
    let restricted: Vec<&String> =
        told.iter().filter(|gap| gap.contains("pod-network-not-restricted")).collect();
    assert!(
        matches!(restricted[..], [gap] if gap.contains("Pod n/p and 1 more: GlobalNetworkPolicy g is not understood"))
    );
    assert!(
        told.iter().any(|gap| gap.starts_with("ValidatingAdmissionPolicy a: policies of admission")),
        "{told:?}"
    );
}

#[test]
fn a_token_is_not_mounted_where_the_account_says_so() {
    let text = |account: &str, pod: &str| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: s, namespace: n}}\nautomountServiceAccountToken: {account}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n}}\nspec: {{serviceAccountName: s, {pod}}}\n"
        )
    };
    check(&text("false", "containers: []"), "service-account-token-mounted", None);
    check(
        &text("false", "automountServiceAccountToken: true"),
        "service-account-token-mounted",
        Some("Pod n/p"),
    );
    check(&text("true", "containers: []"), "service-account-token-mounted", Some("Pod n/p"));
}

#[test]
fn a_pod_whose_account_holds_rights_from_which_all_follow_is_reported() {
    let text = |kind: &str, resource: &str, pod: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r}}\nrules: [{{apiGroups: [''], resources: [{resource}], verbs: [list]}}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: b, namespace: n}}\nroleRef: {{kind: ClusterRole, name: r}}\nsubjects: [{{kind: ServiceAccount, name: s, namespace: n}}]\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n}}\nspec: {{{pod}, containers: []}}\n"
        )
    };
    let rule = "pod-takes-over-cluster";
    check(&text("ClusterRoleBinding", "secrets", "serviceAccountName: s"), rule, Some("Pod n/p"));
    check(&text("ClusterRoleBinding", "secrets", "serviceAccount: s"), rule, Some("Pod n/p"));
    check(&text("ClusterRoleBinding", "services", "serviceAccountName: s"), rule, None);
    check(&text("RoleBinding", "secrets", "serviceAccountName: s"), rule, None);
    check(&text("ClusterRoleBinding", "secrets", "serviceAccountName: t"), rule, None);
    let silent = "serviceAccountName: s, automountServiceAccountToken: false";
    check(&text("ClusterRoleBinding", "secrets", silent), rule, None);
}

#[test]
fn secrets_as_variables_are_reported_and_as_files_not() {
    let text = |env: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n}}\nspec: {{containers: [{{name: a, {env}}}]}}\n"
        )
    };
    let variable = "env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]";
    check(&text(variable), "secret-as-variable", Some("Pod n/p"));
    check(&text("envFrom: [{secretRef: {name: s}}]"), "secret-as-variable", Some("Pod n/p"));
    check(&text("env: [{name: A, value: b}]"), "secret-as-variable", None);
    check(&text("envFrom: [{configMapRef: {name: s}}]"), "secret-as-variable", None);
}
