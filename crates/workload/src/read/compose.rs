//! Compose files (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>).

mod extend;
mod files;
mod interpolate;
mod merge;
mod mounts;
mod ports;
mod service;

pub(super) use interpolate::expand_or_empty;

use super::Read;
use crate::node::{DocumentLimits, Node, Value};
use files::Files;
use model::{Gap, GapReason};
use std::collections::BTreeMap;

/// Gives the text of a file by its path as seen from the compose file.
pub type LoadFile<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What is known around a compose file.
#[derive(Default)]
pub struct ComposeOptions<'a> {
    /// Values for `${NAME}`: the environment and the `.env` file. What is not in it, and has no default, is unknown.
    pub variables: BTreeMap<String, String>,
    /// Reads a file that `extends` or `include` names.
    pub load: Option<&'a LoadFile<'a>>,
    /// Files laid over the first (`docker compose -f a -f b`), in order.
    pub overlays: Vec<Overlay>,
    /// Bounds on the text.
    pub limits: DocumentLimits,
}

/// A file laid over another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Its name as seen from the first file.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// A compose file.
#[derive(Clone, Debug, Default)]
pub struct Compose {
    /// One specification a service, in the order of the file, and what was not understood.
    pub read: Read,
    /// The services by name with their nodes, resolved, for those who show or change them.
    pub services: Vec<(String, Node)>,
}

/// Reads a compose file as `docker compose config` does: anchors, merge keys, `extends`, `include`, files laid over it,
/// variables with their defaults, short and long forms. Services of every profile are read. None when it is no compose
/// file: neither a mapping `services` nor an `include`.
#[must_use]
pub fn read_compose(text: &str, options: &ComposeOptions<'_>) -> Option<Compose> {
    let mut files = Files::new(options);
    let Some(root) = files.project(text)? else {
        return Some(Compose { read: Read { specs: Vec::new(), gaps: files.gaps }, services: Vec::new() });
    };
    let has_services = root.get("services").is_some_and(|services| services.is_map() || services.is_null());
    if !has_services && !root.get("include").is_some_and(Node::is_list) {
        return None;
    }
    Some(services(&root, files))
}

fn services(root: &Node, files: Files<'_>) -> Compose {
    let Files { names, mut gaps, .. } = files;
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
        let mut spec = service::read(&entry.key, entry.key_place, &entry.value, volumes, &mut gaps);
        spec.places.name_files(&names);
        compose.read.specs.push(spec);
        compose.services.push((entry.key.clone(), entry.value.clone()));
    }
    compose.read.gaps = gaps;
    compose
}

#[cfg(test)]
mod tests;
