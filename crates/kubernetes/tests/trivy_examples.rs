//! The examples of aquasecurity/trivy-checks as a judge, where a copy is at hand: good ones must stay silent, bad ones
//! must not. Nothing of it is in this repository.
#![allow(clippy::disallowed_methods, reason = "reads a copy of other people's examples")]

mod judges;

use judges::{Tally, checkout, flagged};
use workload::{DocumentLimits, Node, parse_documents};

/// Their file, and our rules that ask the same.
const MAPPED: &[(&str, &[&str])] = &[
    ("CPU_not_limited", &["container/no-cpu-limit"]),
    ("CPU_requests_not_specified", &["kubernetes/no-cpu-request"]),
    ("SYS_ADMIN_capability", &["container/dangerous-capability"]),
    ("access_to_host_ports", &["container/host-port"]),
    ("apparmor_policy_disabled", &["container/apparmor-unconfined", "kubernetes/violates-baseline"]),
    ("can_elevate_its_own_privileges", &["container/new-privileges-allowed"]),
    ("capabilities_no_drop_all", &["container/capabilities-not-dropped"]),
    ("configMap_with_secrets", &["kubernetes/secret-in-config-map"]),
    ("file_system_not_read_only", &["container/writable-root"]),
    ("host_ipc", &["container/host-ipc-namespace"]),
    ("host_network", &["container/host-network"]),
    ("host_pid", &["container/host-pid-namespace"]),
    ("hostpath_volumes_mounted", &["kubernetes/host-path-volume"]),
    ("insecure_ingress_nginx", &["kubernetes/ingress-snippet"]),
    ("memory_not_limited", &["container/no-memory-limit"]),
    ("memory_requests_not_specified", &["kubernetes/no-memory-request"]),
    ("mounts_docker_socket", &["kubernetes/engine-socket-volume"]),
    ("non_default_proc_masks_set", &["container/unmasked-system-paths"]),
    ("privileged", &["container/privileged"]),
    ("protect_core_components_namespace", &["kubernetes/system-namespace-used"]),
    ("protecting_pod_service_account_tokens", &["kubernetes/service-account-token-mounted"]),
    ("runs_as_root", &["container/runs-as-root"]),
    ("runs_with_GID_le_10000", &["kubernetes/low-group-id"]),
    ("runs_with_UID_le_10000", &["kubernetes/low-user-id"]),
    ("runtime_default_seccomp_profile_not_set", &["container/seccomp-unconfined"]),
    ("selinux_custom_options_set", &["kubernetes/violates-baseline"]),
    ("specific_capabilities_added", &["container/added-capability", "container/dangerous-capability"]),
    ("tiller_is_deployed", &["kubernetes/tiller-deployed"]),
    ("unsafe_sysctl_options_set", &["container/unsafe-sysctl"]),
    ("uses_image_tag_latest", &["container/image-tag-latest"]),
];

/// Examples that are judged otherwise here, and why.
const EXPLAINED: &[(&str, &str)] = &[
    ("insecure_ingress_nginx bad 2", "'|' in auth-tls-match-cn is an alternative of a regular expression"),
    (
        "protecting_pod_service_account_tokens good 0",
        "without automountServiceAccountToken: false the token is mounted",
    ),
    (
        "specific_capabilities_added bad 0",
        "NET_BIND_SERVICE is in the default set and allowed by both standards",
    ),
];

#[test]
fn the_examples_of_trivy_are_judged_alike() {
    let Some(copy) = checkout("aquasecurity+trivy-checks", "SEAWALL_TRIVY_CHECKS", "checks/kubernetes")
    else {
        return;
    };
    let mut tally = Tally::default();
    for (theirs, ours) in MAPPED {
        let mut path = copy.path().join("checks/kubernetes").join(format!("{theirs}.yaml"));
        if !path.exists() {
            path = copy.path().join("checks/kubernetes/general").join(format!("{theirs}.yaml"));
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Some(root) = parse_documents(&text, &DocumentLimits::default()).into_iter().find_map(|d| d.root)
        else {
            continue;
        };
        for (list, is_bad) in [("good", false), ("bad", true)] {
            for (at, example) in
                root.at(&["kubernetes", list]).map_or(&[][..], Node::items).iter().enumerate()
            {
                let Some(text) = example.text() else { continue };
                let seen = flagged(&[text.to_owned()], ours);
                tally.add(&format!("{theirs} {list} {at}"), seen.is_empty() != is_bad, || {
                    format!("seen {seen:?}")
                });
            }
        }
    }
    tally.report("trivy-checks", 95.0, EXPLAINED);
}
