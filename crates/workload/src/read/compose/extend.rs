//! `extends`, and one description laid over another (compose-spec, `13-merge.md`).

use super::ComposeOptions;
use crate::node::{Entry, Node, Value, parse_documents};
use crate::read::engine::printable;
use model::{Gap, GapReason};

/// Services that extend services.
const DEPTH_MAX: usize = 16;

/// The service with everything that it extends.
pub(super) fn resolve(
    service: &Node,
    root: &Node,
    options: &ComposeOptions<'_>,
    gaps: &mut Vec<Gap>,
) -> Node {
    resolve_at(service, root, options, gaps, 0)
}

fn resolve_at(
    service: &Node,
    root: &Node,
    options: &ComposeOptions<'_>,
    gaps: &mut Vec<Gap>,
    depth: usize,
) -> Node {
    let Some(extends) = service.get("extends") else { return service.clone() };
    let mut gap = |reason, detail: String| gaps.push(Gap::new("extended compose service", reason, detail));
    let (name, file) = match extends.text() {
        Some(name) => (Some(name), None),
        None => (extends.get("service").and_then(Node::text), extends.get("file").and_then(Node::text)),
    };
    let Some(name) = name else {
        gap(GapReason::Malformed, "'extends' names no service".to_owned());
        return service.clone();
    };
    if depth >= DEPTH_MAX {
        gap(GapReason::LimitReached, format!("more than {DEPTH_MAX} services extend each other"));
        return service.clone();
    }
    let other = match file {
        None => None,
        Some(file) => match load(file, options) {
            Some(root) => Some(root),
            None => {
                gap(GapReason::Unreadable, format!("'{}' was not given or cannot be read", printable(file)));
                return service.clone();
            }
        },
    };
    let base_root = other.as_ref().unwrap_or(root);
    let Some(base) = base_root.at(&["services", name]) else {
        gap(GapReason::Malformed, format!("there is no service '{}' to extend", printable(name)));
        return service.clone();
    };
    let base = resolve_at(base, base_root, options, gaps, depth + 1);
    let base = if other.is_some() { without_places(base) } else { base };
    merge(&base, service, "")
}

fn load(file: &str, options: &ComposeOptions<'_>) -> Option<Node> {
    let text = options.load?(file)?;
    let mut root = parse_documents(&text, &options.limits).into_iter().next()?.root?;
    super::interpolate::apply(&mut root, &options.variables, &mut Vec::new());
    Some(root)
}

/// Places in one file mean nothing in another.
pub(super) fn without_places(mut node: Node) -> Node {
    strip(&mut node);
    node
}

fn strip(node: &mut Node) {
    node.place = None;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(strip),
        Value::Map(entries) => {
            for entry in entries {
                entry.key_place = None;
                strip(&mut entry.value);
            }
        }
        _ => {}
    }
}

/// One node laid over another, both found under this key: mappings are joined, sequences appended, scalars replaced.
pub(super) fn merge(base: &Node, over: &Node, key: &str) -> Node {
    match over.tag.as_deref() {
        Some("override") => return over.clone(),
        Some("reset") => return Node { value: Value::default(), place: over.place, tag: None },
        _ => {}
    }
    if over.is_null() {
        return base.clone();
    }
    if matches!(key, "environment" | "labels" | "sysctls" | "annotations") {
        return Node { value: Value::Map(join(&as_map(base), &as_map(over))), ..over.clone() };
    }
    match (&base.value, &over.value) {
        (Value::Map(old), Value::Map(new)) => Node { value: Value::Map(join(old, new)), ..over.clone() },
        (Value::List(old), Value::List(new)) if !matches!(key, "command" | "entrypoint" | "test") => {
            let mut items: Vec<Node> =
                old.iter().filter(|item| !is_replaced(item, new, key)).cloned().collect();
            items.extend(new.iter().cloned());
            Node { value: Value::List(items), ..over.clone() }
        }
        _ => over.clone(),
    }
}

fn join(old: &[Entry], new: &[Entry]) -> Vec<Entry> {
    let mut entries = old.to_vec();
    for entry in new {
        match entries.iter_mut().find(|other| other.key == entry.key) {
            Some(other) => {
                other.value = merge(&other.value, &entry.value, &entry.key);
                other.key_place = entry.key_place.or(other.key_place);
            }
            None => entries.push(entry.clone()),
        }
    }
    entries
}

fn as_map(node: &Node) -> Vec<Entry> {
    if node.is_map() {
        return node.entries().to_vec();
    }
    let mut entries = Vec::new();
    for item in node.items() {
        let Some(text) = item.text() else { continue };
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Value::Quoted(value.to_owned())),
            None => (text, Value::default()),
        };
        let value = Node { value, place: item.place, tag: None };
        entries.push(Entry { key: key.to_owned(), key_place: item.place, value });
    }
    entries
}

/// Volumes are one by their target, everything else by all that it says.
fn is_replaced(item: &Node, new: &[Node], key: &str) -> bool {
    let target = |node: &Node| match node.text() {
        Some(text) => text.split(':').nth(1).or(text.split(':').next()).map(str::to_owned),
        None => node.get("target").and_then(Node::text).map(str::to_owned),
    };
    new.iter().any(|other| match key {
        "volumes" => target(other).is_some() && target(other) == target(item),
        _ => other.value == item.value,
    })
}
