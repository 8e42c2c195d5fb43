//! The cases of kubescape/regolibrary as a judge, where a copy is at hand: the same objects must be named by the rules
//! that ask the same question. Nothing of it is in this repository.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "reads a copy of other people's cases")]

mod judges;

use judges::{Tally, checkout, flagged};
use std::collections::BTreeSet;
use std::path::Path;

/// Their rule, and ours that ask the same.
const MAPPED: &[(&str, &[&str])] = &[
    ("rule-privileged-container", &["container/dangerous-capability", "container/privileged"]),
    ("host-network-access", &["container/host-network"]),
    ("host-pid-privileges", &["container/host-pid-namespace"]),
    ("host-ipc-privileges", &["container/host-ipc-namespace"]),
    ("host-pid-ipc-privileges", &["container/host-ipc-namespace", "container/host-pid-namespace"]),
    ("containers-mounting-docker-socket", &["kubernetes/engine-socket-volume"]),
    ("container-hostPort", &["container/host-port"]),
    ("immutable-container-filesystem", &["container/writable-root"]),
    ("rule-allow-privilege-escalation", &["container/new-privileges-allowed"]),
    ("drop-capability-netraw", &["container/net-raw-kept"]),
    ("resources-memory-limits", &["container/no-memory-limit"]),
    ("resources-cpu-limits", &["container/no-cpu-limit"]),
    ("image-not-pinned-to-digest", &["container/image-without-digest"]),
    ("resources-memory-requests", &["kubernetes/no-memory-request"]),
    ("resources-cpu-requests", &["kubernetes/no-cpu-request"]),
    ("naked-pods", &["kubernetes/naked-pod"]),
    ("pods-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("ingress-no-tls", &["kubernetes/ingress-without-tls"]),
    ("ingress-and-egress-blocked", &["kubernetes/pod-network-not-restricted"]),
    ("internal-networking", &["kubernetes/namespace-without-network-policy"]),
    ("set-seccomp-profile", &["container/seccomp-unconfined"]),
    ("alert-any-hostpath", &["kubernetes/host-path-volume"]),
    ("exec-into-container-v1", &["kubernetes/role-executes-in-pods"]),
    ("rule-can-create-pod", &["kubernetes/role-creates-pods"]),
    ("rule-can-portforward-v1", &["kubernetes/role-forwards-ports"]),
    ("rule-can-impersonate-users-groups-v1", &["kubernetes/role-impersonates"]),
    ("rule-can-list-get-secrets-v1", &["kubernetes/role-reads-secrets"]),
    ("rule-can-delete-k8s-events-v1", &["kubernetes/role-deletes-events"]),
    ("rule-can-approve-cert-signing-request", &["kubernetes/role-approves-certificates"]),
    ("rule-can-bind-escalate", &["kubernetes/role-binds-or-escalates", "kubernetes/role-impersonates"]),
    ("rule-can-access-proxy-subresource", &["kubernetes/role-proxies-to-nodes"]),
    ("rule-can-create-pv", &["kubernetes/role-creates-persistent-volumes"]),
    ("rule-can-create-service-account-token", &["kubernetes/role-creates-tokens"]),
    ("rule-can-modify-admission-webhooks", &["kubernetes/role-changes-webhooks"]),
    ("rule-can-update-configmap-v1", &["kubernetes/role-changes-config-maps"]),
    ("rule-excessive-delete-rights-v1", &["kubernetes/role-deletes-workloads"]),
    (
        "rule-list-all-cluster-admins-v1",
        &["kubernetes/role-allows-everything", "kubernetes/cluster-admin-bound"],
    ),
    ("cluster-admin-role", &["kubernetes/cluster-admin-bound"]),
    ("anonymous-access-enabled", &["kubernetes/anonymous-bound"]),
    ("pod-security-admission-applied-1", &["kubernetes/namespace-without-pod-security"]),
    (
        "ensure-that-the-api-server-anonymous-auth-argument-is-set-to-false",
        &["kubernetes/apiserver-anonymous-requests"],
    ),
    (
        "ensure-that-the-api-server-token-auth-file-parameter-is-not-set",
        &["kubernetes/apiserver-static-tokens"],
    ),
    (
        "ensure-that-the-api-server-DenyServiceExternalIPs-is-set",
        &["kubernetes/apiserver-external-addresses-allowed"],
    ),
    (
        "ensure-that-the-api-server-kubelet-client-certificate-and-kubelet-client-key-arguments-are-set-as-appropriate",
        &["kubernetes/apiserver-kubelet-without-client-certificate"],
    ),
    (
        "ensure-that-the-api-server-kubelet-certificate-authority-argument-is-set-as-appropriate",
        &["kubernetes/apiserver-kubelet-not-verified"],
    ),
    (
        "ensure-that-the-api-server-authorization-mode-argument-is-not-set-to-AlwaysAllow",
        &["kubernetes/apiserver-allows-everything"],
    ),
    (
        "ensure-that-the-api-server-authorization-mode-argument-includes-Node",
        &["kubernetes/apiserver-without-node-authorization"],
    ),
    (
        "ensure-that-the-api-server-authorization-mode-argument-includes-RBAC",
        &["kubernetes/apiserver-without-rbac"],
    ),
    (
        "ensure-that-the-admission-control-plugin-EventRateLimit-is-set",
        &["kubernetes/apiserver-without-event-limit"],
    ),
    (
        "ensure-that-the-admission-control-plugin-AlwaysAdmit-is-not-set",
        &["kubernetes/apiserver-admits-everything"],
    ),
    (
        "ensure-that-the-admission-control-plugin-AlwaysPullImages-is-set",
        &["kubernetes/apiserver-images-of-others"],
    ),
    (
        "ensure-that-the-admission-control-plugin-ServiceAccount-is-set",
        &["kubernetes/apiserver-service-accounts-off"],
    ),
    (
        "ensure-that-the-admission-control-plugin-NamespaceLifecycle-is-set",
        &["kubernetes/apiserver-namespace-lifecycle-off"],
    ),
    (
        "ensure-that-the-admission-control-plugin-NodeRestriction-is-set",
        &["kubernetes/apiserver-nodes-not-restricted"],
    ),
    (
        "ensure-that-the-api-server-secure-port-argument-is-not-set-to-0",
        &["kubernetes/apiserver-secure-port-off"],
    ),
    ("ensure-that-the-api-server-profiling-argument-is-set-to-false", &["kubernetes/apiserver-profiling"]),
    (
        "ensure-that-the-api-server-audit-log-path-argument-is-set",
        &["kubernetes/apiserver-without-audit-log"],
    ),
    (
        "ensure-that-the-api-server-audit-log-maxage-argument-is-set-to-30-or-as-appropriate",
        &["kubernetes/apiserver-audit-log-age"],
    ),
    (
        "ensure-that-the-api-server-audit-log-maxbackup-argument-is-set-to-10-or-as-appropriate",
        &["kubernetes/apiserver-audit-log-count"],
    ),
    (
        "ensure-that-the-api-server-audit-log-maxsize-argument-is-set-to-100-or-as-appropriate",
        &["kubernetes/apiserver-audit-log-size"],
    ),
    (
        "ensure-that-the-api-server-service-account-lookup-argument-is-set-to-true",
        &["kubernetes/apiserver-deleted-accounts-accepted"],
    ),
    (
        "ensure-that-the-api-server-service-account-key-file-argument-is-set-as-appropriate",
        &["kubernetes/apiserver-without-account-key"],
    ),
    (
        "ensure-that-the-api-server-etcd-certfile-and-etcd-keyfile-arguments-are-set-as-appropriate",
        &["kubernetes/apiserver-etcd-without-client-certificate"],
    ),
    (
        "ensure-that-the-api-server-tls-cert-file-and-tls-private-key-file-arguments-are-set-as-appropriate",
        &["kubernetes/apiserver-without-certificate"],
    ),
    (
        "ensure-that-the-api-server-client-ca-file-argument-is-set-as-appropriate",
        &["kubernetes/apiserver-without-client-authority"],
    ),
    (
        "ensure-that-the-api-server-etcd-cafile-argument-is-set-as-appropriate",
        &["kubernetes/apiserver-etcd-not-verified"],
    ),
    (
        "ensure-that-the-api-server-encryption-provider-config-argument-is-set-as-appropriate",
        &["kubernetes/apiserver-secrets-in-clear"],
    ),
    (
        "ensure-that-the-api-server-service-account-extend-token-expiration-is-set-to-false",
        &["kubernetes/apiserver-tokens-last-a-year"],
    ),
    (
        "ensure-that-the-controller-manager-terminated-pod-gc-threshold-argument-is-set-as-appropriate",
        &["kubernetes/controller-manager-keeps-finished-pods"],
    ),
    (
        "ensure-that-the-controller-manager-profiling-argument-is-set-to-false",
        &["kubernetes/controller-manager-profiling"],
    ),
    (
        "ensure-that-the-controller-manager-use-service-account-credentials-argument-is-set-to-true",
        &["kubernetes/controller-manager-one-identity"],
    ),
    (
        "ensure-that-the-controller-manager-service-account-private-key-file-argument-is-set-as-appropriate",
        &["kubernetes/controller-manager-without-account-key"],
    ),
    (
        "ensure-that-the-controller-manager-root-ca-file-argument-is-set-as-appropriate",
        &["kubernetes/controller-manager-without-root-authority"],
    ),
    (
        "ensure-that-the-controller-manager-RotateKubeletServerCertificate-argument-is-set-to-true",
        &["kubernetes/controller-manager-no-certificate-rotation"],
    ),
    (
        "ensure-that-the-controller-manager-bind-address-argument-is-set-to-127.0.0.1",
        &["kubernetes/controller-manager-on-all-addresses"],
    ),
    ("ensure-that-the-scheduler-profiling-argument-is-set-to-false", &["kubernetes/scheduler-profiling"]),
    (
        "ensure-that-the-scheduler-bind-address-argument-is-set-to-127.0.0.1",
        &["kubernetes/scheduler-on-all-addresses"],
    ),
    ("configmap-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("endpoints-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("horizontalpodautoscaler-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("ingress-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("persistentvolumeclaim-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("poddisruptionbudget-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("podtemplate-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("replicationcontroller-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("resources-secret-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("role-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("rolebinding-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("service-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("serviceaccount-in-default-namespace", &["kubernetes/default-namespace-used"]),
    ("automount-service-account", &["kubernetes/service-account-token-mounted"]),
    ("insecure-capabilities", &["container/dangerous-capability", "container/added-capability"]),
    ("non-root-containers", &["container/runs-as-root"]),
    ("pod-security-admission-baseline-applied-1", &["kubernetes/namespace-without-pod-security"]),
    ("rule-credentials-configmap", &["kubernetes/secret-in-config-map"]),
    ("rule-credentials-in-env-var", &["container/secret-in-environment", "kubernetes/secret-as-variable"]),
    ("rule-secrets-in-env-var", &["kubernetes/secret-as-variable"]),
    ("etcd-encryption-native", &["kubernetes/apiserver-secrets-in-clear"]),
    ("ensure-default-service-accounts-has-only-default-roles", &["kubernetes/default-service-account-bound"]),
    ("insecure-port-flag", &["kubernetes/apiserver-insecure-port"]),
    ("rbac-enabled-native", &["kubernetes/apiserver-without-rbac"]),
    ("workload-with-cluster-takeover-roles", &["kubernetes/pod-takes-over-cluster"]),
    ("workload-with-administrative-roles", &["kubernetes/pod-takes-over-cluster"]),
    ("set-hostprocess-true", &["kubernetes/violates-baseline"]),
    ("alert-rw-hostpath", &["kubernetes/host-path-volume"]),
    ("anonymous-requests-to-kubelet-updated", &["kubernetes/kubelet-anonymous-requests"]),
    ("enforce-kubelet-client-tls-authentication-updated", &["kubernetes/kubelet-without-client-authority"]),
    ("kubelet-authorization-mode-alwaysAllow", &["kubernetes/kubelet-allows-everything"]),
    ("kubelet-event-qps", &["kubernetes/kubelet-event-rate"]),
    ("kubelet-hostname-override", &["kubernetes/kubelet-name-overridden"]),
    ("kubelet-ip-tables", &["kubernetes/kubelet-without-iptables-chains"]),
    ("kubelet-protect-kernel-defaults", &["kubernetes/kubelet-changes-kernel-settings"]),
    ("kubelet-rotate-certificates", &["kubernetes/kubelet-certificates-not-renewed"]),
    ("kubelet-rotate-kubelet-server-certificate", &["kubernetes/kubelet-server-certificate-not-renewed"]),
    ("kubelet-streaming-connection-idle-timeout", &["kubernetes/kubelet-connections-never-end"]),
    ("kubelet-strong-cryptography-ciphers", &["kubernetes/kubelet-weak-ciphers"]),
    ("read-only-port-enabled-updated", &["kubernetes/kubelet-read-only-port"]),
    ("validate-kubelet-tls-configuration-updated", &["kubernetes/kubelet-without-certificate"]),
    ("etcd-tls-enabled", &["kubernetes/etcd-without-tls"]),
    ("etcd-client-auth-cert", &["kubernetes/etcd-clients-not-verified"]),
    ("etcd-auto-tls-disabled", &["kubernetes/etcd-makes-own-certificates"]),
    ("etcd-peer-tls-enabled", &["kubernetes/etcd-peers-without-tls"]),
    ("etcd-peer-client-auth-cert", &["kubernetes/etcd-peers-not-verified"]),
    ("etcd-peer-auto-tls-disabled", &["kubernetes/etcd-peers-make-own-certificates"]),
];

/// Cases that are judged otherwise here, and why.
const EXPLAINED: &[(&str, &str)] = &[
    ("image-not-pinned-to-digest/pod-exempted-repo", "their case has a list of exempted registries"),
    ("resources-cpu-requests/pod-only-requests", REQUEST),
    ("resources-memory-requests/pod-only-requests", REQUEST),
    ("ingress-and-egress-blocked/only-egress-policy", EGRESS),
    ("ingress-and-egress-blocked/cnp-only-egress", EGRESS),
    ("exec-into-container-v1/clusterrole", WILDCARD),
    ("rule-can-portforward-v1/clusterrole-clusterrolebinding", WILDCARD),
    ("cluster-admin-role/clusterrole-rolebinding", "everything in one namespace, its secrets too"),
    (
        "ensure-that-the-api-server-secure-port-argument-is-not-set-to-0/failed",
        "the flag stands there twice and the last one counts: 8443",
    ),
    (
        "ensure-that-the-api-server-audit-log-maxbackup-argument-is-set-to-10-or-as-appropriate/rke2-args",
        ANY_VALUE,
    ),
    (
        "ensure-that-the-api-server-audit-log-maxsize-argument-is-set-to-100-or-as-appropriate/rke2-args",
        ANY_VALUE,
    ),
    (
        "ensure-that-the-controller-manager-terminated-pod-gc-threshold-argument-is-set-as-appropriate/rke2-args",
        ANY_VALUE,
    ),
    (
        "anonymous-requests-to-kubelet-updated/no-cli-params",
        "a kubelet that reads no file has the flag's default: true",
    ),
    ("anonymous-access-enabled/fail", "version and health are shown to everybody in every cluster"),
    ("rule-credentials-in-env-var/deployment", "the value is the word JWT"),
    ("rule-credentials-in-env-var/pod", "the value is a word for a key"),
    ("rule-credentials-in-env-var/workloads", "the value is a greeting"),
    (
        "ensure-default-service-accounts-has-only-default-roles/passed_rolebinding_one_subject",
        "a label that anybody can write does not make a binding one of Kubernetes",
    ),
    (
        "workload-with-administrative-roles/pass-wl-limited-permissions",
        "the role creates pods everywhere, which is enough",
    ),
    (
        "kubelet-event-qps/fail-eventRecordQPS=0-config",
        "0 is no limit, so no event is lost (API reference, eventRecordQPS)",
    ),
    ("kubelet-rotate-certificates/pass-cli-argument-not-set", ROTATION),
    ("kubelet-rotate-certificates/pass-not-present-in-config-file", ROTATION),
    ("kubelet-strong-cryptography-ciphers/fail-cli-and-config-not-set", "Go's own choice has no weak cipher"),
    (
        "kubelet-strong-cryptography-ciphers/fail-config-not-supported-value",
        "TLSCipherSuites is no field; the kubelet would not start with it",
    ),
];

const ANY_VALUE: &str = "they ask a person to look at any value; this one is what the benchmark asks for";
const REQUEST: &str = "a limit without a request is a request of the same size";
const EGRESS: &str = "a policy with Egress alone leaves ingress open";
const WILDCARD: &str = "the API server knows * and */exec; pods/* matches nothing";
const ROTATION: &str = "absent means false (API reference, rotateCertificates)";

#[test]
fn the_cases_of_kubescape_are_judged_alike() {
    let Some(copy) = checkout("kubescape+regolibrary", "SEAWALL_REGOLIBRARY", "rules") else { return };
    let mut tally = Tally::default();
    for (theirs, ours) in MAPPED {
        let folder = copy.path().join("rules").join(theirs).join("test");
        let mut cases: Vec<_> =
            std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        cases.sort();
        for case in cases {
            // Their sensor saw nothing; a fact that is missing is no finding.
            if case.ends_with("fail-sensor-failed") {
                continue;
            }
            let Ok(expected) = std::fs::read_to_string(case.join("expected.json")) else { continue };
            let name = format!("{theirs}/{}", case.file_name().unwrap().to_string_lossy());
            let (names, is_bad) = expected_objects(&expected);
            let seen = flagged(&inputs(&case.join("input")), ours);
            // Rights are told of subjects there, of roles here: whether there is something is the same question.
            let by_object = !name.starts_with("rule-can-") && !names.is_empty();
            let agrees = if by_object { names == seen } else { is_bad != seen.is_empty() };
            tally.add(&name, agrees, || format!("expected {names:?} ({is_bad}), seen {seen:?}"));
        }
    }
    tally.report("kubescape/regolibrary", 95.0, EXPLAINED);
}

/// Kinds and names of the objects that a case names, and whether it names anything.
fn expected_objects(text: &str) -> (BTreeSet<String>, bool) {
    let root: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let mut names = BTreeSet::new();
    let alerts = root.as_array().cloned().unwrap_or_default();
    for alert in &alerts {
        for object in alert["alertObject"]["k8sApiObjects"].as_array().into_iter().flatten() {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            names.insert(format!("{} {}", text(&object["kind"]), text(&object["metadata"]["name"])));
        }
    }
    (names, !alerts.is_empty())
}

fn inputs(folder: &Path) -> Vec<String> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}
