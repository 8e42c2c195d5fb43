//! Patches are merged as the API server merges them, and the rules then find nothing of what they repair.

use harden::patch::patches;
use workload::{
    ContainerSpec, DocumentLimits, Entry, Node, PodContext, Value, Verdict, judge, parse_documents, read_pod,
};

const WEAK: &str = "apiVersion: v1\nkind: List\nitems:\n- kind: Deployment\n  metadata: {name: web, namespace: shop}\n  spec:\n    template:\n      spec:\n        hostPID: true\n        initContainers: [{name: init, image: i}]\n        containers:\n        - name: web\n          image: w\n          securityContext: {privileged: true, runAsUser: 0, capabilities: {add: [SYS_ADMIN, NET_BIND_SERVICE]}}\n        - name: side\n          image: s\n          securityContext: {seccompProfile: {type: Unconfined}, procMount: Unmasked}\n- kind: CronJob\n  metadata: {name: 'tidy\u{1b}[31m'}\n  spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: t, image: t}]}}}}}\n- kind: Pod\n  metadata: {name: good}\n  spec:\n    securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}\n    containers: [{name: g, image: g, securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}]\n- kind: Service\n  metadata: {name: s}\n";

/// The rules that a security context answers.
const REPAIRED: &[&str] = &[
    "container/added-capability",
    "container/capabilities-not-dropped",
    "container/dangerous-capability",
    "container/host-ipc-namespace",
    "container/host-pid-namespace",
    "container/net-raw-kept",
    "container/new-privileges-allowed",
    "container/privileged",
    "container/runs-as-root",
    "container/seccomp-unconfined",
    "container/unmasked-system-paths",
    "container/writable-root",
];

fn root(text: &str) -> Node {
    parse_documents(text, &DocumentLimits::default()).remove(0).root.expect("YAML")
}

/// Strategic merge: mappings are joined, containers by their name, everything else is replaced.
fn merged(base: &Node, patch: &Node, key: &str) -> Node {
    match (&base.value, &patch.value) {
        (Value::Map(old), Value::Map(new)) => {
            let mut entries: Vec<Entry> = old.clone();
            for entry in new {
                match entries.iter_mut().find(|other| other.key == entry.key) {
                    Some(other) => other.value = merged(&other.value, &entry.value, &entry.key),
                    None => entries.push(entry.clone()),
                }
            }
            Node::of(Value::Map(entries))
        }
        (Value::List(old), Value::List(new)) if key.ends_with("ontainers") => {
            let name = |node: &Node| node.get("name").and_then(Node::text).map(str::to_owned);
            let items = old.iter().map(|item| match new.iter().find(|other| name(other) == name(item)) {
                Some(other) => merged(item, other, ""),
                None => item.clone(),
            });
            Node::of(Value::List(items.collect()))
        }
        _ => patch.clone(),
    }
}

fn failed(spec: &ContainerSpec) -> Vec<&'static str> {
    let judgements = judge(spec, &workload::Surroundings::default());
    let failed = judgements.iter().filter(|one| matches!(one.verdict, Verdict::Failed(_)));
    failed.map(|one| one.rule.info.id).filter(|id| REPAIRED.contains(id)).collect()
}

#[test]
fn what_the_rules_find_is_gone_when_the_patch_is_merged() {
    let patches = patches(WEAK);
    let objects: Vec<&str> = patches.iter().map(|patch| patch.object.as_str()).collect();
    assert_eq!(objects.len(), 2, "{objects:?}");
    assert_eq!(objects[0], "Deployment shop/web");
    assert!(patches[0].text.contains(
        "# kubectl patch deployment --namespace shop web --type strategic --patch-file deployment-web.yaml\n"
    ));
    let items = root(WEAK);
    let items = items.get("items").expect("a list").items();
    for (patch, (item, path)) in patches.iter().zip([
        (&items[0], &["spec", "template", "spec"][..]),
        (&items[1], &["spec", "jobTemplate", "spec", "template", "spec"][..]),
    ]) {
        assert!(!patch.text.contains('\u{1b}'), "{}", patch.text);
        let pod = |node: &Node| read_pod(node.at(path).expect("a pod"), &PodContext::default());
        assert!(pod(item).iter().any(|spec| !failed(spec).is_empty()));
        let after = merged(item, &root(&patch.text), "");
        for spec in pod(&after) {
            assert_eq!(failed(&spec), Vec::<&str>::new(), "{}\n{}", spec.name, patch.text);
        }
        assert!(
            harden::patch::patches(&format!("{}", Shown(&after))).is_empty(),
            "a patched object needs no patch"
        );
    }
}

/// A node as JSON.
struct Shown<'a>(&'a Node);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0.value {
            Value::Map(entries) => {
                let all: Vec<String> =
                    entries.iter().map(|entry| format!("{:?}: {}", entry.key, Shown(&entry.value))).collect();
                write!(out, "{{{}}}", all.join(", "))
            }
            Value::List(items) => {
                let all: Vec<String> = items.iter().map(|item| Shown(item).to_string()).collect();
                write!(out, "[{}]", all.join(", "))
            }
            Value::Plain(text) => write!(out, "{text}"),
            Value::Quoted(text) => write!(out, "{}", serde_json::Value::from(text.as_str())),
            Value::Unknown(_) => write!(out, "null"),
        }
    }
}

#[test]
fn damaged_manifests_do_not_panic() {
    for at in 0..WEAK.len() {
        let mut bytes = WEAK.as_bytes().to_vec();
        bytes[at] ^= 1 << (at % 7);
        let _ = patches(&String::from_utf8_lossy(&bytes));
        let _ = patches(&String::from_utf8_lossy(&bytes[..at]));
    }
}
