//! The key `override`: which other keys of an item append and which replace.

use crate::decode::invalid;
use crate::diagnosis::{Context, Failure, PlaceKind};
use crate::yaml::{Node, Value};

/// Keys that append and keys that replace.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    append: Vec<String>,
    replace: Vec<String>,
}

impl Overrides {
    pub(crate) fn read(
        item: &Node,
        appendable: &[&str],
        replaceable: &[&str],
        parent: &Context,
    ) -> Result<Self, Failure> {
        let mut overrides = Self::default();
        let Some(node) = item.get("override") else { return Ok(overrides) };
        let context = parent.with(PlaceKind::Overrides, "", item.at);
        let Value::Mapping(entries) = &node.value else { return Ok(overrides) };
        for (key, operation) in entries {
            let name = key.scalar().unwrap_or_default();
            let key_context = context.with(PlaceKind::Overrides, name, key.at);
            let operation_name = operation.scalar().unwrap_or_default();
            match operation_name {
                "append" if appendable.contains(&name) => overrides.append.push(name.to_owned()),
                "append" => {
                    let problem = format!("Key '{name}' cannot be appended to, use 'replace' instead");
                    return Err(invalid(problem, &key_context));
                }
                "replace" if replaceable.contains(&name) => overrides.replace.push(name.to_owned()),
                "replace" => {
                    return Err(invalid(format!("Key '{name}' cannot be replaced"), &key_context));
                }
                _ => {
                    let mut allowed = String::new();
                    for (word, keys) in [("append ", appendable), ("replace ", replaceable)] {
                        if keys.contains(&name) {
                            allowed.push_str(word);
                        }
                    }
                    let problem = format!(
                        "Invalid override operation for key '{name}': '{operation_name}'. Allowed values are: {allowed}"
                    );
                    return Err(invalid(problem, &context.with(PlaceKind::ValueFor, name, operation.at)));
                }
            }
        }
        Ok(overrides)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.append.is_empty() && self.replace.is_empty()
    }

    pub(crate) fn has_appends(&self) -> bool {
        !self.append.is_empty()
    }

    pub(crate) fn has_replacements(&self) -> bool {
        !self.replace.is_empty()
    }

    pub(crate) fn appends(&self, key: &str) -> bool {
        self.append.iter().any(|name| name == key)
    }

    pub(crate) fn replaces(&self, key: &str) -> bool {
        self.replace.iter().any(|name| name == key)
    }
}
