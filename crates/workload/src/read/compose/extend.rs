//! `extends` (compose-spec, `05-services.md`).

use super::files::{File, Files};
use super::merge::merge;
use crate::node::{Node, Value};
use crate::read::engine::printable;
use model::GapReason;

/// Services that extend services.
const DEPTH_MAX: usize = 16;

/// Gives each service of a file everything that it extends.
pub(super) fn resolve(file: &mut File, files: &mut Files<'_>) {
    let root = file.root.clone();
    let Some(services) = file.root.entry_mut("services") else { return };
    let Value::Map(entries) = &mut services.value.value else { return };
    for entry in entries {
        if entry.value.get("extends").is_some() {
            let own = File { root: Node::default(), directory: file.directory.clone() };
            entry.value = resolved(&entry.value, &root, &own, files, 0);
        }
    }
}

fn resolved(service: &Node, root: &Node, place: &File, files: &mut Files<'_>, depth: usize) -> Node {
    let Some(extends) = service.get("extends") else { return service.clone() };
    let (name, file) = match extends.text() {
        Some(name) => (Some(name), None),
        None => (extends.get("service").and_then(Node::text), extends.get("file").and_then(Node::text)),
    };
    const WHAT: &str = "extended compose service";
    let Some(name) = name else {
        files.gap(WHAT, GapReason::Malformed, "'extends' names no service".to_owned());
        return service.clone();
    };
    if depth >= DEPTH_MAX {
        files.gap(WHAT, GapReason::LimitReached, format!("more than {DEPTH_MAX} services extend each other"));
        return service.clone();
    }
    let other = match file {
        None => None,
        Some(file) => match files.extended(&place.directory, file) {
            Some(other) => Some(other),
            None => {
                let detail = format!("'{}' was not given or cannot be read", printable(file));
                files.gap(WHAT, GapReason::Unreadable, detail);
                return service.clone();
            }
        },
    };
    let (base_root, base_place) = other.as_deref().map_or((root, place), |other| (&other.root, other));
    let Some(base) = base_root.at(&["services", name]) else {
        files.gap(WHAT, GapReason::Malformed, format!("there is no service '{}' to extend", printable(name)));
        return service.clone();
    };
    let base = resolved(base, base_root, base_place, files, depth + 1);
    merge(&base, service, "")
}
