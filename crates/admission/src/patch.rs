//! Changes of an object (JSON Patch, RFC 6902, with pointers of RFC 6901).

use serde::Serialize;
use serde_json::Value;

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Operation {
    /// Always `add`, which replaces the member of an object that is there (RFC 6902, section 4.1).
    pub op: &'static str,
    /// Where.
    pub path: String,
    /// What.
    pub value: Value,
}

/// Changes of an object, one after another, and the object with them.
#[derive(Clone, Debug)]
pub struct Patch {
    object: Value,
    operations: Vec<Operation>,
}

impl Patch {
    /// No changes of an object.
    #[must_use]
    pub const fn of(object: Value) -> Self {
        Self { object, operations: Vec::new() }
    }

    /// Sets the member at the end of a path; objects that are missing on the way are made. Returns whether it is there
    /// now: not when something on the way is no object.
    pub fn set(&mut self, path: &[&str], value: Value) -> bool {
        self.put(path, value, false)
    }

    /// Adds an item to the list at the end of a path, which is made when it is missing.
    pub fn append(&mut self, path: &[&str], value: Value) -> bool {
        self.put(path, value, true)
    }

    fn put(&mut self, path: &[&str], value: Value, is_appended: bool) -> bool {
        let mut node = &mut self.object;
        for (depth, key) in path.iter().enumerate() {
            let child = match node {
                Value::Array(items) => key.parse().ok().and_then(|at: usize| items.get_mut(at)),
                Value::Object(members) => {
                    let is_last = depth + 1 == path.len();
                    let is_missing = members.get(*key).is_none_or(Value::is_null);
                    if is_missing || is_last && !is_appended {
                        let rest = &path[depth + 1..];
                        let inner = if is_appended { Value::Array(vec![value]) } else { value };
                        let new =
                            rest.iter().rev().fold(inner, |inner, key| serde_json::json!({ *key: inner }));
                        members.insert((*key).to_owned(), new.clone());
                        self.operations.push(operation(&path[..=depth], "", new));
                        return true;
                    }
                    members.get_mut(*key)
                }
                _ => None,
            };
            let Some(child) = child else { return false };
            node = child;
        }
        let Value::Array(items) = node else { return false };
        if !items.contains(&value) {
            items.push(value.clone());
            self.operations.push(operation(path, "/-", value));
        }
        true
    }

    /// The object with all changes.
    #[must_use]
    pub const fn object(&self) -> &Value {
        &self.object
    }

    /// The changes.
    #[must_use]
    pub fn into_operations(self) -> Vec<Operation> {
        self.operations
    }
}

fn operation(path: &[&str], end: &str, value: Value) -> Operation {
    let escaped = path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1")));
    Operation { op: "add", path: escaped.chain([end.to_owned()]).collect(), value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_on_the_way_is_made_once() {
        let mut patch = Patch::of(json!({"spec": {"containers": [{"name": "a", "securityContext": null}]}}));
        assert!(patch.set(&["spec", "containers", "0", "securityContext", "privileged"], json!(false)));
        assert!(
            patch.append(
                &["spec", "containers", "0", "securityContext", "capabilities", "drop"],
                json!("ALL")
            )
        );
        assert!(
            patch.append(
                &["spec", "containers", "0", "securityContext", "capabilities", "drop"],
                json!("ALL")
            )
        );
        assert!(
            patch.append(&["spec", "containers", "0", "securityContext", "capabilities", "drop"], json!("X"))
        );
        assert!(patch.set(&["spec", "containers", "0", "name"], json!("b")));
        assert!(patch.set(&["metadata", "annotations", "a/b~c"], json!("d")));
        let paths: Vec<(String, Value)> =
            patch.clone().into_operations().into_iter().map(|one| (one.path, one.value)).collect();
        assert_eq!(
            paths,
            [
                ("/spec/containers/0/securityContext".into(), json!({"privileged": false})),
                ("/spec/containers/0/securityContext/capabilities".into(), json!({"drop": ["ALL"]})),
                ("/spec/containers/0/securityContext/capabilities/drop/-".into(), json!("X")),
                ("/spec/containers/0/name".into(), json!("b")),
                ("/metadata".into(), json!({"annotations": {"a/b~c": "d"}})),
            ]
        );
        assert_eq!(
            patch.object()["spec"]["containers"][0]["securityContext"]["capabilities"]["drop"],
            json!(["ALL", "X"])
        );
        assert!(patch.set(&["metadata", "annotations", "a/b~c"], json!("e")));
        assert_eq!(patch.into_operations().last().unwrap().path, "/metadata/annotations/a~1b~0c");
    }

    #[test]
    fn nothing_is_put_into_what_is_no_object() {
        let mut patch = Patch::of(json!({"spec": "text", "list": [1]}));
        assert!(!patch.set(&["spec", "a"], json!(1)) && !patch.set(&["list", "1", "a"], json!(1)));
        assert!(!patch.append(&["spec"], json!(1)) && !patch.set(&["list", "x"], json!(1)));
        assert!(patch.into_operations().is_empty());
    }
}
