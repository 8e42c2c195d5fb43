//! Compose files (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>).

mod extend;
mod interpolate;
mod mounts;
mod ports;
mod service;

use super::Read;
use crate::node::{DocumentLimits, Node, Value, parse_documents};
use model::{Gap, GapReason};
use std::collections::BTreeMap;

/// Gives the text of a file by its path as written.
pub type LoadFile = dyn Fn(&str) -> Option<String>;

/// What is known around a compose file.
#[derive(Default)]
pub struct ComposeOptions<'a> {
    /// Values for `${NAME}`: the environment and the `.env` file. What is not in it, and has no default, is unknown.
    pub variables: BTreeMap<String, String>,
    /// Reads a file that `extends` names, by the path as written.
    pub load: Option<&'a LoadFile>,
    /// Files laid over the first (`docker compose -f a -f b`), in order: their texts.
    pub overlays: Vec<String>,
    /// Bounds on the text.
    pub limits: DocumentLimits,
}

/// A compose file.
#[derive(Clone, Debug, Default)]
pub struct Compose {
    /// One specification a service, in the order of the file, and what was not understood.
    pub read: Read,
    /// The services by name with their nodes, resolved, for those who show or change them.
    pub services: Vec<(String, Node)>,
}

/// Reads a compose file: anchors, merge keys, `extends`, variables with their defaults, short and long forms. Services
/// of every profile are read. None when it is no compose file: no document with a mapping `services`.
#[must_use]
pub fn read_compose(text: &str, options: &ComposeOptions<'_>) -> Option<Compose> {
    let mut gaps = Vec::new();
    let mut root: Option<Node> = None;
    let mut unreadable = false;
    for document in parse_documents(text, &options.limits) {
        for problem in &document.problems {
            gaps.push(Gap::new("compose file", GapReason::Malformed, problem.clone()));
        }
        unreadable |= document.root.is_none();
        // Several documents are laid over each other like several files.
        if let Some(next) = document.root {
            root = Some(match root {
                None => next,
                Some(before) => extend::merge(&before, &next, ""),
            });
        }
    }
    let Some(mut root) = root else {
        return unreadable.then(|| Compose { read: Read { specs: Vec::new(), gaps }, services: Vec::new() });
    };
    for overlay in &options.overlays {
        for document in parse_documents(overlay, &options.limits) {
            match document.root {
                Some(next) => root = extend::merge(&root, &extend::without_places(next), ""),
                None => {
                    gaps.push(Gap::new(
                        "compose overlay",
                        GapReason::Malformed,
                        document.problems.join("; "),
                    ));
                }
            }
        }
    }
    if !root.get("services").is_some_and(|services| services.is_map() || services.is_null()) {
        return None;
    }
    if let Some(include) = root.entry("include") {
        let line = include.key_place.map_or(0, |place| place.line);
        let detail = format!("line {line}: 'include' is not followed (hint: give those files too)");
        gaps.push(Gap::new("included compose files", GapReason::Unsupported, detail));
    }
    interpolate::apply(&mut root, &options.variables, &mut gaps);
    Some(services(&root, options, gaps))
}

fn services(root: &Node, options: &ComposeOptions<'_>, mut gaps: Vec<Gap>) -> Compose {
    let mut compose = Compose::default();
    let empty = Node::of(Value::Map(Vec::new()));
    let volumes = root.get("volumes").unwrap_or(&empty);
    let all = root.get("services").unwrap_or(&empty);
    for entry in all.entries() {
        if !entry.value.is_map() {
            let detail = format!("service '{}' is no mapping", super::engine::printable(&entry.key));
            gaps.push(Gap::new("compose service", GapReason::Malformed, detail));
            continue;
        }
        let resolved = extend::resolve(&entry.value, root, options, &mut gaps);
        let spec = service::read(&entry.key, entry.key_place, &resolved, volumes, &mut gaps);
        compose.read.specs.push(spec);
        compose.services.push((entry.key.clone(), resolved));
    }
    compose.read.gaps = gaps;
    compose
}

#[cfg(test)]
mod tests;
