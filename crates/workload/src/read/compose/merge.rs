//! One description laid over another (compose-spec, `13-merge.md`).

use crate::node::{Entry, Node, Value};

/// One node laid over another, both found under this key: mappings are joined, sequences appended, scalars replaced.
pub(super) fn merge(base: &Node, over: &Node, key: &str) -> Node {
    if over.tag.as_deref() == Some("override") {
        return over.clone();
    }
    if over.is_null() {
        return base.clone();
    }
    if is_replaced_whole(base, over, key) {
        return over.clone();
    }
    if let (Some(old), Some(new)) = (as_map(base, key), as_map(over, key)) {
        return Node { value: Value::Map(join(&old, &new)), ..over.clone() };
    }
    match (as_list(base, key), as_list(over, key)) {
        (Some(old), Some(new)) => {
            let mut items: Vec<Node> = Vec::new();
            for item in old.iter().chain(&new) {
                match items.iter_mut().find(|other| is_one(other, item, key)) {
                    Some(other) if other.is_map() && item.is_map() => *other = merge(other, item, ""),
                    Some(other) => *other = item.clone(),
                    None => items.push(item.clone()),
                }
            }
            Node { value: Value::List(items), ..over.clone() }
        }
        _ => over.clone(),
    }
}

/// Commands are said anew, and options of a log driver mean nothing to another.
fn is_replaced_whole(base: &Node, over: &Node, key: &str) -> bool {
    let driver = |node: &Node| node.get("driver").and_then(Node::text).map(str::to_owned);
    match key {
        "command" | "entrypoint" | "test" => true,
        "logging" => driver(base).is_some() && driver(over).is_some() && driver(base) != driver(over),
        _ => false,
    }
}

fn join(old: &[Entry], new: &[Entry]) -> Vec<Entry> {
    let mut entries = old.to_vec();
    for entry in new {
        if entry.value.tag.as_deref() == Some("reset") {
            entries.retain(|other| other.key != entry.key);
            continue;
        }
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

/// The entries of what is a mapping, or under this key a short form of one.
fn as_map(node: &Node, key: &str) -> Option<Vec<Entry>> {
    let separator = match (&node.value, key) {
        (Value::Map(entries), _) => return Some(entries.clone()),
        (Value::List(_), "environment" | "labels" | "sysctls" | "annotations" | "args") => "=",
        // Addresses of IPv6 have colons too, and `=` is an older form.
        (Value::List(_), "extra_hosts") => "=:",
        (Value::List(items), "networks" | "depends_on") if items.iter().all(|item| item.text().is_some()) => {
            ""
        }
        (Value::Plain(text) | Value::Quoted(text), "build") => {
            let value = Node { value: Value::Quoted(text.clone()), place: node.place, tag: None };
            return Some(vec![Entry { key: "context".to_owned(), key_place: node.place, value }]);
        }
        _ => return None,
    };
    let mut entries: Vec<Entry> = Vec::new();
    for item in node.items() {
        let Some(text) = item.text() else { continue };
        let at = separator.chars().find_map(|letter| text.find(letter));
        let (key, value) = match at {
            Some(at) => (&text[..at], Value::Quoted(text[at + 1..].to_owned())),
            None => (text, Value::default()),
        };
        let value = Node { value, place: item.place, tag: None };
        let entry = Entry { key: key.to_owned(), key_place: item.place, value };
        match entries.iter_mut().find(|other| other.key == entry.key) {
            Some(other) => *other = entry,
            None => entries.push(entry),
        }
    }
    Some(entries)
}

/// The items of what is a sequence, or under this key a scalar that stands for its only item.
fn as_list(node: &Node, key: &str) -> Option<Vec<Node>> {
    match &node.value {
        Value::List(items) => Some(items.clone()),
        Value::Plain(_) | Value::Quoted(_)
            if matches!(key, "dns" | "dns_search" | "tmpfs" | "env_file" | "label_file") =>
        {
            Some(vec![node.clone()])
        }
        _ => None,
    }
}

/// Whether two items are one resource: by the key that is unique for it, else by all that they say.
fn is_one(a: &Node, b: &Node, key: &str) -> bool {
    match key {
        "volumes" | "devices" => mounted_at(a).is_some() && mounted_at(a) == mounted_at(b),
        "secrets" | "configs" => named_at(a).is_some() && named_at(a) == named_at(b),
        "ports" => match (super::ports::read(a), super::ports::read(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a.value == b.value,
        },
        _ => match (a.text(), b.text()) {
            (Some(a), Some(b)) => a == b,
            _ => a.value == b.value,
        },
    }
}

fn mounted_at(node: &Node) -> Option<&str> {
    let path = match node.text() {
        Some(text) => {
            let mut parts = text.split(':');
            let first = parts.next();
            parts.next().or(first)
        }
        None => node.get("target").and_then(Node::text),
    };
    path.map(|path| if path.len() > 1 { path.trim_end_matches('/') } else { path })
}

fn named_at(node: &Node) -> Option<&str> {
    let long = node.get("target").or_else(|| node.get("source")).and_then(Node::text);
    node.text().or(long)
}
