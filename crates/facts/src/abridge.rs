//! What of an object of Kubernetes is kept in a document.

use workload::{Node, Value, mask_secret};

/// Namespace whose config maps configure components.
const SYSTEM_NAMESPACE: &str = "kube-system";
/// The object as it was applied: a second copy of everything, also of a secret's values.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The deepest way from a workload to its pod: `spec.jobTemplate.spec.template.spec`.
const POD_PATHS: [&[&str]; 4] = [
    &["spec"],
    &["spec", "template", "spec"],
    &["spec", "jobTemplate", "spec", "template", "spec"],
    &["template", "spec"],
];

/// Leaves out what no check needs: who wrote which field, the state of things (but what a node says that it runs), and
/// values. Of a value that looks like a credential stays why it does.
pub(crate) fn abridge(object: &mut Node) {
    let kind = object.get("kind").and_then(Node::text).unwrap_or_default().to_owned();
    if let Some(metadata) = child(object, "metadata") {
        remove(metadata, "managedFields");
        if let Some(annotations) = child(metadata, "annotations") {
            remove(annotations, LAST_APPLIED);
        }
    }
    if kind == "Node" {
        if let Some(status) = child(object, "status") {
            retain(status, |key| key == "nodeInfo");
        }
    } else {
        remove(object, "status");
    }
    match kind.as_str() {
        "Secret" => ["data", "stringData"].iter().for_each(|key| remove(object, key)),
        "ConfigMap" => config_map(object),
        _ => POD_PATHS.iter().for_each(|path| pod(object, path)),
    }
}

fn config_map(object: &mut Node) {
    remove(object, "binaryData");
    let is_system = object.at(&["metadata", "namespace"]).and_then(Node::text) == Some(SYSTEM_NAMESPACE);
    for (key, value) in children(child(object, "data")) {
        let Some(text) = value.text() else { continue };
        let masked = if text.contains('\n') {
            let lines = text.lines().map(|line| match masked_line(line) {
                Some(masked) => masked,
                None if is_system => line.to_owned(),
                None => String::new(),
            });
            let kept: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
            // Two lines stay two: a text of many is judged by its lines, one of a single line by its key.
            format!("{}\n\n", kept.join("\n"))
        } else {
            match mask_secret(key, text).or_else(|| masked_line(text)) {
                Some(masked) => masked,
                None if is_system => continue,
                None => String::new(),
            }
        };
        *value = Node::text_of(masked);
    }
}

/// A line of settings whose value looks like a credential.
fn masked_line(line: &str) -> Option<String> {
    let (key, value) = workload::setting(line)?;
    mask_secret(key, value).map(|masked| format!("{key}={masked}"))
}

fn pod(object: &mut Node, path: &[&str]) {
    let mut at = object;
    for key in path {
        let Some(next) = child(at, key) else { return };
        at = next;
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in items(child(at, list)) {
            for variable in items(child(container, "env")) {
                let name = variable.get("name").and_then(Node::text).unwrap_or_default().to_owned();
                if let Some(value) = child(variable, "value") {
                    let masked = value.text().and_then(|text| mask_secret(&name, text));
                    *value = Node::text_of(masked.unwrap_or_default());
                }
            }
            for words in ["command", "args"] {
                for word in items(child(container, words)) {
                    let Some((name, value)) = word.text().and_then(|text| text.split_once('=')) else {
                        continue;
                    };
                    if let Some(masked) = mask_secret(name.trim_start_matches('-'), value) {
                        *word = Node::text_of(format!("{name}={masked}"));
                    }
                }
            }
        }
    }
}

fn child<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Map(entries) => {
            entries.iter_mut().rev().find(|entry| entry.key == key).map(|entry| &mut entry.value)
        }
        _ => None,
    }
}

fn children(node: Option<&mut Node>) -> impl Iterator<Item = (&str, &mut Node)> {
    let entries = match node.map(|node| &mut node.value) {
        Some(Value::Map(entries)) => entries.as_mut_slice(),
        _ => &mut [],
    };
    entries.iter_mut().map(|entry| (entry.key.as_str(), &mut entry.value))
}

fn items(node: Option<&mut Node>) -> &mut [Node] {
    match node.map(|node| &mut node.value) {
        Some(Value::List(items)) => items,
        _ => &mut [],
    }
}

fn remove(node: &mut Node, unwanted: &str) {
    retain(node, |key| key != unwanted);
}

fn retain(node: &mut Node, keep: impl Fn(&str) -> bool) {
    if let Value::Map(entries) = &mut node.value {
        entries.retain(|entry| keep(&entry.key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abridged(text: &str) -> String {
        let mut node = workload::parse_json(text.as_bytes()).unwrap();
        abridge(&mut node);
        serde_json::to_string(&node).unwrap()
    }

    #[test]
    fn no_value_of_secrets_environments_and_config_maps_is_kept() {
        for object in [
            r#"{"kind":"Secret","metadata":{"name":"a","managedFields":[{"x":"hunter2"}],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"hunter2"}},"data":{"a":"hunter2"},"stringData":{"a":"hunter2"}}"#,
            r#"{"kind":"ConfigMap","metadata":{"namespace":"shop"},"data":{"a":"hunter2","password":"hunter2","b":"x: y\npassword: hunter2\nz: hunter2"},"binaryData":{"a":"hunter2"}}"#,
            r#"{"kind":"ConfigMap","metadata":{"namespace":"kube-system"},"data":{"b":"x: y\n\"password\": \"hunter2\",\n"}}"#,
            r#"{"kind":"Pod","spec":{"initContainers":[{"env":[{"name":"A","value":"hunter2"},{"name":"DB_PASSWORD","value":"hunter2"}],"args":["--password=hunter2"]}]}}"#,
            r#"{"kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"env":[{"name":"A","value":"hunter2"}]}]}}}}}}"#,
            r#"{"kind":"Rollout","spec":{"template":{"spec":{"containers":[{"env":[{"name":"A","value":"hunter2"}]}]}}},"status":{"a":"hunter2"}}"#,
        ] {
            let kept = abridged(object);
            assert!(!kept.contains("hunter2"), "{kept}");
        }
    }

    #[test]
    fn what_checks_ask_for_is_kept() {
        let kept = abridged(
            r#"{"kind":"Node","metadata":{"name":"a","labels":{"b":"c"}},"status":{"nodeInfo":{"kubeletVersion":"v1"},"images":[1]}}"#,
        );
        assert_eq!(
            kept,
            r#"{"kind":"Node","metadata":{"name":"a","labels":{"b":"c"}},"status":{"nodeInfo":{"kubeletVersion":"v1"}}}"#
        );
        let system = abridged(
            r#"{"kind":"ConfigMap","metadata":{"namespace":"kube-system"},"data":{"kubelet":"readOnlyPort: 0\nx: y"}}"#,
        );
        assert!(system.contains("readOnlyPort: 0"), "{system}");
        let pod = abridged(
            r#"{"kind":"Pod","spec":{"containers":[{"args":["--secure-port=6443","--token-auth-file=/a"]}]}}"#,
        );
        assert!(pod.contains("--secure-port=6443") && pod.contains("--token-auth-file=/a"), "{pod}");
    }
}
