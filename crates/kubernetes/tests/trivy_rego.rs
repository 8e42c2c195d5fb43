//! The rego tests of aquasecurity/trivy-checks as a judge, where a copy is at hand: their inputs, and whether their check
//! finds something. Rules are mapped by their aliases. Nothing of it is in this repository.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "reads a copy of other people's tests")]

mod judges;

use judges::{Tally, checkout, flagged};

/// Cases that are judged otherwise here, and why.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "allowing_users_rolebinding_add_other_users_rolebindings/test_allowing_users_rolebinding_add_other_users_their_rolebindings_no_verb_get",
        "changing a binding needs no reading",
    ),
    (
        "Kubernetes_resource_with_disallowed_volumes_mounted/test_pod_with_disallowed_volumes_multiple_containers",
        "no container mounts the volume",
    ),
    (
        "authenticate_group_bind/test_role_binding_with_system_authenticated_group_binding_non_gke",
        "everybody with an account is everybody with an account, wherever the cluster runs",
    ),
    (
        "insecure_ingress_nginx/test_invalid_auth_tls_match_cn_annotation",
        "the annotation is a regular expression, in which | stands for a choice",
    ),
    ("any_any/test_any_any_role_not_api_group", "everything of the core group is everything that counts"),
    ("any_verb/test_any_verb_role_no_specific_resource", "every verb is every verb, whatever the resource"),
    ("apiserver_audit_log_maxsize/test_audit_log_maxsize_is_set_10", SIZE),
    ("apiserver_audit_log_maxsize/test_audit_log_maxsize_is_set_10_args", SIZE),
    (
        "cluster_admin_role_is_only_used_where_required/test_cluster_role_admin__used_with_non_system_role_binding",
        ADMIN,
    ),
    (
        "cluster_admin_role_is_only_used_where_required/test_cluster_role_admin__used_with_system_role_binding",
        ADMIN,
    ),
    ("cluster_admin_role_is_only_used_where_required/test_admin_used_with_system_role_binding", ADMIN),
    ("configMap_with_sensitive/test_configMap_with_sensitive_denied", "a user's name is no credential"),
    (
        "controllermanager_rotate_kubelet_server_certificate/test_use_rotate_kubelet_server_certificate_is_not_configured",
        "the gate is on since Kubernetes 1.12",
    ),
    ("manage_configmaps/test_manageConfigmaps_verb_impersonate", IMPERSONATE),
    ("manage_kubernetes_networking/test_manage_manage_kubernetes_networking_impersonate", IMPERSONATE),
    ("manage_kubernetes_rbac_resources/test_manage_K8s_RBAC_resources_impersonate", IMPERSONATE),
    ("manage_webhook_configurations/test_manageWebhookConfig_verb_impersonate", IMPERSONATE),
    ("manage_secrets/test_manage_secret_verb_impersonate", IMPERSONATE),
    ("manage_namespace_secrets/test_manage_secret_verb_impersonate", IMPERSONATE),
    ("manage_kubernetes_rbac_resources/test_manage_K8s_RBAC_resources_not_trigger_create", ROLES),
    ("manage_kubernetes_rbac_resources/test_manage_K8s_RBAC_resources_not_trigger_update", ROLES),
    (
        "net_raw_capability/test_pod_without_container_net_raw_capability",
        "NET_RAW is in the default set and not dropped",
    ),
    (
        "privileged_ports_binding/test_container_with_privileged_port",
        "a port below 1024 inside the pod needs no right outside of it",
    ),
    (
        "runs_with_a_root_uid/test_run_as_group_not_defined_allowed",
        "without runAsUser the image decides, mostly for root",
    ),
    ("runtime_default_seccomp_profile_not_set/test_annotation_allowed", ANNOTATION),
    ("seccomp_profile_unconfined/test_pod_annotations_seccomp_profile_unconfined_allowed", ANNOTATION),
    (
        "specific_capabilities_added/test_capabilities_add_denied",
        "NET_BIND_SERVICE is in the default set and allowed by both standards",
    ),
];

const SIZE: &str = "the benchmark asks for 100 megabytes, not for 10";
const ADMIN: &str = "a Role cannot be cluster-admin for all, and admin is another role";
const IMPERSONATE: &str = "the verb means something for users, groups and service accounts alone";
const ROLES: &str = "creating and changing roles is what the rule is about";
const ANNOTATION: &str = "the annotations of seccomp mean nothing since Kubernetes 1.27";

#[test]
fn the_tests_of_trivy_are_judged_alike() {
    let copy = checkout("aquasecurity+trivy-checks", "SEAWALL_TRIVY_CHECKS", "checks/kubernetes");
    let Some(copy) = copy else { return };
    let mut files: Vec<_> = std::fs::read_dir(copy.path().join("checks/kubernetes"))
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let mut tally = Tally::default();
    let (mut all, mut files_mapped, mut refused) = (0, 0, 0);
    for file in files.iter().filter(|file| file.to_string_lossy().ends_with("_test.rego")) {
        let text = std::fs::read_to_string(file).unwrap();
        let cases = cases(&text);
        all += cases.len();
        let ours = rules_of(&text);
        if ours.is_empty() {
            continue;
        }
        files_mapped += 1;
        let theirs = file.file_name().unwrap().to_string_lossy().replace("_test.rego", "");
        for case in cases {
            if is_refused(&case.input) {
                refused += 1;
                continue;
            }
            let seen = flagged(&[case.input], &ours);
            tally.add(&format!("{theirs}/{}", case.name), seen.is_empty() != case.is_bad, || {
                format!("{ours:?} expected {}, seen {seen:?}", case.is_bad)
            });
        }
    }
    println!("{all} tests, {files_mapped} files mapped, {refused} of objects that no API server takes");
    tally.report("trivy-checks (rego)", 94.5, EXPLAINED);
}

/// Whether no API server takes the object, so that no rule has to answer: kinds are told by their letters, a binding of the
/// cluster has a role of the cluster, and a pod has containers (kubernetes.io, API reference).
fn is_refused(input: &str) -> bool {
    let objects = kubernetes::read_objects(input, None, &workload::DocumentLimits::default()).objects;
    objects.iter().any(|object| match object.kind.as_str() {
        "ClusterRolebinding" => true,
        "ClusterRoleBinding" => {
            object.node.at(&["roleRef", "kind"]).and_then(workload::Node::text) == Some("Role")
        }
        "Pod" => object.node.at(&["spec", "containers"]).is_none(),
        _ => false,
    })
}

struct Case {
    name: String,
    input: String,
    is_bad: bool,
}

/// Our rules that have the identifier of their package (`KSV011` is `KSV-0011`) among their aliases.
fn rules_of(text: &str) -> Vec<&'static str> {
    let package = text.lines().find_map(|line| {
        // Some still have the name of an earlier program.
        line.strip_prefix("package builtin.kubernetes.")
            .or(line.strip_prefix("package appshield.kubernetes."))
    });
    let Some(package) = package else { return Vec::new() };
    let split = package.find(|letter: char| letter.is_ascii_digit()).unwrap_or(package.len());
    let (letters, digits) = package.split_at(split);
    let alias = format!("{}-{:0>4}", letters.to_ascii_uppercase(), digits.trim());
    let of_cluster = kubernetes::rules().iter().map(|rule| (rule.info.id, rule.aliases));
    let of_containers = workload::rules().iter().map(|rule| (rule.info.id, rule.aliases));
    of_cluster
        .chain(of_containers)
        .filter(|(_, aliases)| aliases.contains(&alias.as_str()))
        .map(|(id, _)| id)
        .collect()
}

/// Tests with one input and a count of results.
fn cases(text: &str) -> Vec<Case> {
    let head = regex::Regex::new(r"(?m)^(test_\w+) if \{").unwrap();
    let starts: Vec<_> =
        head.captures_iter(text).map(|found| (found.get(0).unwrap().start(), found[1].to_owned())).collect();
    let mut cases = Vec::new();
    for (index, (start, name)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(text.len(), |(start, _)| *start);
        let body = &text[*start..end];
        let Some(at) = body.find("with input as {") else { continue };
        let Some(input) = literal(&body[at + "with input as ".len()..]) else { continue };
        let rest = &body[at + "with input as ".len() + input.len()..];
        let is_good =
            ["count(r) == 0", "count(r) = 0", "count(r) < 1"].iter().any(|words| rest.contains(words));
        if !is_good && !rest.contains("count(r)") {
            continue;
        }
        // Trailing commas are allowed in YAML, tabs are not.
        // What their agent tells of a node.
        if input.contains("\"NodeInfo\"") {
            continue;
        }
        cases.push(Case { name: name.clone(), input: input.replace('\t', "  "), is_bad: !is_good });
    }
    cases
}

/// The object at the start of a text.
fn literal(text: &str) -> Option<&str> {
    let (mut depth, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '{' | '[' if !is_quoted => depth += 1,
            '}' | ']' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[..=at]);
        }
    }
    None
}
