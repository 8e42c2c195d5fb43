mod workloads;

use crate::{
    Arguments, Graph, KubeletConfig, Level, Object, Options, judge, judge_arguments, judge_kubelet,
    read_objects,
};
use model::{OutcomeState, Severity};
use std::collections::BTreeSet;
use workload::{DocumentLimits, PodContext, read_pod};

fn objects(text: &str) -> Vec<Object> {
    let read = read_objects(text, Some("m.yaml"), &DocumentLimits::default());
    assert!(read.gaps.is_empty(), "{:?}", read.gaps);
    read.objects
}

/// `rule object` of each finding.
fn found(text: &str) -> BTreeSet<String> {
    let judged = judge(&objects(text), &Options { is_whole_cluster: true, ..Options::default() });
    judged
        .findings
        .iter()
        .map(|f| format!("{} {}", f.rule, f.location.object.clone().unwrap_or_default()))
        .collect()
}

#[track_caller]
fn check(text: &str, rule: &str, object: Option<&str>) {
    let all = found(text);
    let of_rule: Vec<_> =
        all.iter().filter_map(|line| line.strip_prefix(&format!("kubernetes/{rule} "))).collect();
    assert_eq!(of_rule.first().copied(), object, "{rule}: {all:#?}");
}

fn role(rules: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r, namespace: n}}\nrules: [{rules}]\n"
    )
}

#[test]
fn every_rule_is_described_once() {
    let ids: Vec<_> = crate::rules().iter().map(|rule| rule.info.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    for rule in crate::rules() {
        assert!(
            rule.info.id.starts_with("kubernetes/")
                && !rule.info.why.is_empty()
                && !rule.info.remedy.is_empty()
        );
        assert!(rule.aliases.windows(2).all(|pair| pair[0] < pair[1]), "{}", rule.info.id);
    }
}

#[test]
fn each_right_is_found_and_its_neighbours_are_silent() {
    for (rule, bad, good) in [
        (
            "role-reads-secrets",
            "{apiGroups: [''], resources: [secrets], verbs: [list]}",
            "{apiGroups: [''], resources: [secrets], resourceNames: [a], verbs: [get]}",
        ),
        (
            "role-reads-secrets",
            "{apiGroups: ['*'], resources: ['*'], verbs: [watch]}",
            "{apiGroups: [apps], resources: ['*'], verbs: [get]}",
        ),
        (
            "role-creates-pods",
            "{apiGroups: [batch], resources: [cronjobs], verbs: [patch]}",
            "{apiGroups: [''], resources: [pods], verbs: [get]}",
        ),
        (
            "role-executes-in-pods",
            "{apiGroups: [''], resources: [pods/exec], verbs: [create]}",
            "{apiGroups: [''], resources: [pods], verbs: [create]}",
        ),
        (
            "role-executes-in-pods",
            "{apiGroups: [''], resources: ['*/exec'], verbs: ['*']}",
            "{apiGroups: [''], resources: [pods/log], verbs: ['*']}",
        ),
        (
            "role-attaches-to-pods",
            "{apiGroups: [''], resources: [pods/attach], verbs: [get]}",
            "{apiGroups: [''], resources: [pods/exec], verbs: [get]}",
        ),
        (
            "role-impersonates",
            "{apiGroups: [''], resources: [groups], verbs: [impersonate]}",
            "{apiGroups: [''], resources: [users], resourceNames: [jane], verbs: [impersonate]}",
        ),
        (
            "role-binds-or-escalates",
            "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]}",
            "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [get]}",
        ),
        (
            "role-proxies-to-nodes",
            "{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}",
            "{apiGroups: [''], resources: [nodes/stats], verbs: [get]}",
        ),
        (
            "role-approves-certificates",
            "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}",
            "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [update]}",
        ),
        (
            "role-changes-webhooks",
            "{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [delete]}",
            "{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [list]}",
        ),
        (
            "role-creates-tokens",
            "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}",
            "{apiGroups: [''], resources: [serviceaccounts], verbs: [create]}",
        ),
        (
            "role-creates-persistent-volumes",
            "{apiGroups: [''], resources: [persistentvolumes], verbs: [create]}",
            "{apiGroups: [''], resources: [persistentvolumeclaims], verbs: [create]}",
        ),
        (
            "role-allows-everything",
            "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}",
            "{apiGroups: ['*'], resources: ['*'], verbs: [get]}",
        ),
    ] {
        check(&role(bad), rule, Some("Role n/r"));
        check(&role(good), rule, None);
    }
}

#[test]
fn rights_are_followed_through_aggregation_and_bindings() {
    let text = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: all}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {to: all}}
rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: ClusterRole, name: all}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}, {kind: Group, name: 'system:authenticated'}]
";
    let list = objects(text);
    let all: Vec<&Object> = list.iter().collect();
    let graph = Graph::of(&all);
    let who: Vec<_> = graph
        .who_can("create", "", "pods/exec")
        .into_iter()
        .map(|g| (g.subject.label(), g.namespace))
        .collect();
    assert_eq!(who[0], ("ServiceAccount shop/default".to_owned(), Some("shop".to_owned())));
    assert_eq!(who.len(), 2);
    assert!(graph.who_can("delete", "", "nodes").is_empty());
    check(text, "role-executes-in-pods", Some("ClusterRole all"));
    check(text, "authenticated-bound", Some("RoleBinding shop/b"));
    check(text, "default-service-account-bound", Some("RoleBinding shop/b"));
}

#[test]
fn what_the_cluster_brings_along_is_silent() {
    let text = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: 'system:masters'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: x}
roleRef: {kind: ClusterRole, name: 'system:public-info-viewer'}
subjects: [{kind: Group, name: 'system:unauthenticated'}]
";
    for rule in ["cluster-admin-bound", "masters-group-bound", "anonymous-bound"] {
        check(text, rule, None);
    }
    check(
        &text.replace("system:public-info-viewer", "view"),
        "anonymous-bound",
        Some("ClusterRoleBinding x"),
    );
}

#[test]
fn standards_see_all_three_lists_of_containers() {
    let hard = "runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}";
    let pod = |init: &str, ephemeral: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n}}\nspec:\n  containers: [{{name: a, image: a, securityContext: {{{hard}}}}}]\n  initContainers: [{{name: i, image: a, securityContext: {{{init}}}}}]\n  ephemeralContainers: [{{name: e, image: a, securityContext: {{{ephemeral}}}}}]\n{more}"
        )
    };
    check(&pod(hard, hard, ""), "violates-restricted", None);
    check(&pod(hard, hard, ""), "violates-baseline", None);
    check(&pod("", hard, ""), "violates-restricted", Some("Pod n/p"));
    check(&pod(hard, "privileged: true", ""), "violates-baseline", Some("Pod n/p"));
    for more in [
        "  hostNetwork: true\n",
        "  volumes: [{name: v, hostPath: {path: /x}}]\n",
        "  securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}\n",
        "  securityContext: {seLinuxOptions: {type: spc_t}}\n",
        "  securityContext: {windowsOptions: {hostProcess: true}}\n",
    ] {
        check(&pod(hard, hard, more), "violates-baseline", Some("Pod n/p"));
    }
    check(
        &pod(hard, hard, "  volumes: [{name: v, nfs: {path: /x}}]\n"),
        "violates-restricted",
        Some("Pod n/p"),
    );
    check(
        &pod(hard, hard, "  securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}]}\n"),
        "violates-baseline",
        None,
    );
}

#[test]
fn a_violation_names_its_container_and_place() {
    let list = objects(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  initContainers:\n  - name: i\n    securityContext:\n      privileged: true\n",
    );
    let pod = list[0].pod().unwrap();
    let containers = read_pod(pod.spec, &PodContext::default());
    let all = crate::violations(pod, &containers);
    let privileged = all.iter().find(|violation| violation.control == "privileged containers").unwrap();
    assert_eq!((privileged.level, privileged.place.unwrap().line), (Level::Baseline, 8));
    assert!(privileged.detail.contains("init container i"));
}

#[test]
fn every_kind_of_workload_has_its_pod() {
    let spec = "{containers: [{name: a, image: a, securityContext: {privileged: true}}]}";
    for (kind, body) in [
        ("Pod", format!("spec: {spec}")),
        ("Deployment", format!("spec: {{template: {{spec: {spec}}}}}")),
        ("StatefulSet", format!("spec: {{template: {{spec: {spec}}}}}")),
        ("DaemonSet", format!("spec: {{template: {{spec: {spec}}}}}")),
        ("ReplicaSet", format!("spec: {{template: {{spec: {spec}}}}}")),
        ("ReplicationController", format!("spec: {{template: {{spec: {spec}}}}}")),
        ("Job", format!("spec: {{template: {{spec: {spec}}}}}")),
        ("CronJob", format!("spec: {{jobTemplate: {{spec: {{template: {{spec: {spec}}}}}}}}}")),
        ("Rollout", format!("spec: {{template: {{spec: {spec}}}}}")),
    ] {
        let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: x, namespace: n}}\n{body}\n");
        let hit = format!("container/privileged {kind} n/x, container a");
        assert!(found(&text).contains(&hit), "{kind}");
    }
}

#[test]
fn lists_and_typed_lists_are_taken_apart() {
    let json = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}]}";
    assert_eq!(objects(json)[0].label(), "Pod a");
    let typed = "{\"apiVersion\":\"apps/v1\",\"kind\":\"DeploymentList\",\"items\":[{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"}}]}";
    let object = &objects(typed)[0];
    assert_eq!((object.label().as_str(), object.group()), ("Deployment n/a", "apps"));
    let deep = "[".repeat(90) + &"]".repeat(90);
    assert!(read_objects(&deep, None, &DocumentLimits::default()).objects.is_empty());
}

#[test]
fn unrendered_templates_are_a_gap_with_a_hint() {
    let read = read_objects(
        "kind: Pod\n---\n{{- if .Values.x }}\nkind: [\n",
        Some("t.yaml"),
        &DocumentLimits::default(),
    );
    assert_eq!(read.objects.len(), 1);
    assert!(read.gaps[0].detail.contains("helm template"), "{:?}", read.gaps);
}

#[test]
fn network_policies_cover_what_they_select() {
    let base = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: n, labels: {app: web}}\nspec: {containers: []}\n---\n";
    let policy = |spec: &str| {
        format!(
            "{base}apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: q, namespace: n}}\nspec: {{{spec}}}\n"
        )
    };
    check(&policy("podSelector: {}, policyTypes: [Ingress, Egress]"), "pod-network-not-restricted", None);
    check(
        &policy("podSelector: {matchLabels: {app: web}}, ingress: [], egress: [{to: [{podSelector: {}}]}]"),
        "pod-network-not-restricted",
        None,
    );
    check(
        &policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]"),
        "pod-network-not-restricted",
        Some("Pod n/p"),
    );
    check(&policy("podSelector: {}"), "pod-network-not-restricted", Some("Pod n/p"));
    check(&policy("podSelector: {}, ingress: [{}]"), "network-policy-allows-all", Some("NetworkPolicy n/q"));
    check(
        &policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"),
        "network-policy-allows-all",
        Some("NetworkPolicy n/q"),
    );
    check(&policy("podSelector: {}, egress: [{ports: [{port: 53}]}]"), "network-policy-allows-all", None);
    check(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: m}\n",
        "namespace-without-network-policy",
        Some("Namespace m"),
    );
}

#[test]
fn files_alone_do_not_say_that_policies_are_missing() {
    let list =
        objects("apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: n}\nspec: {containers: []}\n");
    let judged = judge(&list, &Options::default());
    let outcome = judged.outcomes.iter().find(|o| o.rule == "kubernetes/pod-network-not-restricted").unwrap();
    assert_eq!(outcome.state, OutcomeState::NotApplicable);
}

#[test]
fn secrets_at_rest_and_in_config_maps_are_judged() {
    let encryption = |providers: &str| {
        format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{{resources: [secrets], providers: [{providers}]}}]\n"
        )
    };
    check(
        &encryption("{identity: {}}, {aescbc: {}}"),
        "secrets-not-encrypted",
        Some("EncryptionConfiguration (without name)"),
    );
    check(&encryption("{secretbox: {}}, {identity: {}}"), "secrets-not-encrypted", None);
    let map = |data: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: n}}\ndata: {{{data}}}\n")
    };
    check(&map("DB_PASSWORD: hunter2"), "secret-in-config-map", Some("ConfigMap n/c"));
    check(
        &map("app.properties: \"a=1\\ndb.password=hunter2\\n\""),
        "secret-in-config-map",
        Some("ConfigMap n/c"),
    );
    check(
        &map("app.conf: \"# password=x\\nport=80\\npasswordFile=/run/secrets/x\\n\", TOKEN_TTL: '60'"),
        "secret-in-config-map",
        None,
    );
}

#[test]
fn flags_of_components_are_read_from_static_pods_and_processes() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: x\n    command: [kube-apiserver]\n    args: [--anonymous-auth=false, '--authorization-mode=Node,RBAC']\n";
    check(pod, "apiserver-anonymous-requests", None);
    check(pod, "apiserver-profiling", Some("Pod kube-system/kube-apiserver"));
    let arguments = Arguments::of_component(&["etcd".to_owned(), "--client-cert-auth".to_owned()]).unwrap();
    let judged = judge_arguments("process etcd", &arguments);
    let failed: Vec<_> = judged.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert!(
        !failed.contains(&"kubernetes/etcd-clients-not-verified")
            && failed.contains(&"kubernetes/etcd-without-tls")
    );
}

#[test]
fn the_kubelet_is_judged_by_what_holds() {
    let state = |arguments: &str, files: &[&str], rule: &str| {
        let words: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        let config = KubeletConfig {
            arguments: Arguments::of_component(&words).unwrap(),
            files: files
                .iter()
                .map(|text| {
                    workload::parse_documents(text, &DocumentLimits::default()).remove(0).root.unwrap()
                })
                .collect(),
        };
        let judged = judge_kubelet("kubelet node-1", &config);
        judged.outcomes.iter().find(|o| o.rule == format!("kubernetes/{rule}")).unwrap().state
    };
    let (passed, failed) = (OutcomeState::Passed, OutcomeState::Failed);
    // Without a file the old defaults of flags hold.
    assert_eq!(state("kubelet", &[], "kubelet-anonymous-requests"), failed);
    assert_eq!(state("kubelet", &["{kind: KubeletConfiguration}"], "kubelet-anonymous-requests"), passed);
    assert_eq!(
        state(
            "kubelet --anonymous-auth=true",
            &["{authentication: {anonymous: {enabled: false}}}"],
            "kubelet-anonymous-requests"
        ),
        failed
    );
    assert_eq!(
        state("kubelet", &["{readOnlyPort: 10255}", "{readOnlyPort: 0}"], "kubelet-read-only-port"),
        passed
    );
    assert_eq!(
        state("kubelet", &["{streamingConnectionIdleTimeout: 0s}"], "kubelet-connections-never-end"),
        failed
    );
    assert_eq!(state("kubelet", &["{serverTLSBootstrap: true}"], "kubelet-without-certificate"), passed);
}

#[test]
fn findings_have_places_aliases_and_severities() {
    let judged = judge(
        &objects(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  namespace: n\nspec:\n  externalIPs: [192.0.2.1]\n",
        ),
        &Options::default(),
    );
    let finding = judged.findings.iter().find(|f| f.rule == "kubernetes/service-external-address").unwrap();
    let span = finding.location.source.as_ref().unwrap();
    assert_eq!(
        (span.file.as_str(), span.line, span.column, finding.severity),
        ("m.yaml", 7, 3, Severity::Medium)
    );
    assert_eq!(finding.aliases, ["KSV-0108"]);
}

#[test]
fn changed_bytes_do_not_panic() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- kind: ClusterRole\n  rules: [{verbs: ['*'], resources: ['*'], apiGroups: ['']}]\n- kind: Pod\n  spec: {containers: [{name: a, command: [kube-apiserver, --x]}], volumes: [{hostPath: {path: /run}}]}\n- kind: NetworkPolicy\n  spec: {podSelector: {}}\n";
    for at in 0..text.len() {
        for with in ["", "{", "]", "&a", "*a", "\u{0}"] {
            let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            let read = read_objects(&changed, Some("m"), &DocumentLimits::default());
            if at % 7 == 0 {
                let _ = judge(&read.objects, &Options { is_whole_cluster: true, ..Options::default() });
            }
        }
    }
}
