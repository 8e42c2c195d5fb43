//! Where names and links of an archive lead, without looking at any file system.

use calls::{ArchiveEntry, EntryKind};
use std::collections::BTreeSet;

/// Links of one archive.
const LINKS_MAX: usize = 200_000;

/// The links that an archive has made so far, by clean name.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    names: BTreeSet<String>,
}

impl Links {
    /// Whether a part of the path before its last is a link: then the entry lands where the link leads.
    pub(super) fn is_crossed_by(&self, path: &str) -> bool {
        !self.names.is_empty() && path.match_indices('/').any(|(at, _)| self.names.contains(&path[..at]))
    }

    /// Notes an entry; `false` when there are too many.
    pub(super) fn note(&mut self, entry: &ArchiveEntry, path: String, leads: Option<&str>) -> bool {
        let is_link = match entry.kind {
            EntryKind::SymbolicLink => true,
            // Another name of a link is a link.
            EntryKind::HardLink => leads.is_some_and(|to| self.names.contains(to) || self.is_crossed_by(to)),
            _ => false,
        };
        if is_link {
            self.names.insert(path);
        }
        self.names.len() <= LINKS_MAX
    }
}

/// Where a link leads: below the root of the archive, out of it (`../…`), or to an absolute path.
pub(super) fn leads(entry: &ArchiveEntry) -> Option<String> {
    let link = text(&entry.link);
    match entry.kind {
        EntryKind::SymbolicLink if link.starts_with('/') => Some(cleaned(&entry.link)),
        EntryKind::SymbolicLink => {
            let name = cleaned(&entry.name);
            let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
            Some(cleaned(format!("{directory}/{link}").trim_start_matches('/').as_bytes()))
        }
        // A hard link names an entry of the archive, or a file that is there already, from the root on.
        EntryKind::HardLink => Some(cleaned(&entry.link)),
        _ => None,
    }
}

/// A path without `.`, `..` and repeated slashes; a relative one that climbs begins with `..`.
pub(super) fn cleaned(path: &[u8]) -> String {
    let path = text(path);
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if is_absolute { format!("/{joined}") } else { joined }
}

pub(super) fn climbs(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/').any(|part| part == b"..")
}

pub(super) fn joined(base: &str, path: &str) -> String {
    cleaned(format!("/{base}/{path}").as_bytes())
}

pub(super) fn is_below(base: &str, path: &str) -> bool {
    base == "/" || path == base || path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
}

/// Bytes that are no text differ from each other here too, so that no name is taken for another one.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in [
            ("./a//b/", "a/b"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/a/../../b", "/b"),
            ("/", "/"),
            (".", ""),
        ] {
            assert_eq!(cleaned(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn links_lead_from_where_they_lie() {
        let link = |name: &str, to: &str| ArchiveEntry {
            name: name.into(),
            link: to.into(),
            kind: EntryKind::SymbolicLink,
            ..ArchiveEntry::default()
        };
        for (name, to, expected) in [
            ("a/b/c", "../d", "a/d"),
            ("a", "../d", "../d"),
            ("a", "/etc/../x", "/x"),
            ("a/b", "../../../x", "../../x"),
            ("./a", "b", "b"),
        ] {
            assert_eq!(leads(&link(name, to)).as_deref(), Some(expected), "{name} {to}");
        }
    }
}
