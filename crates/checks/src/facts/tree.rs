//! What is known of an image's file system.

use crate::{Trait, Traits, interest};
use model::{Gap, GapReason, LayerPath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Entries that are kept for one trait; more are counted only.
const ENTRIES_MAX: usize = 5_000;

/// What is known of an image's final file system: the entries that [`crate::interesting`] asked for, without those
/// that a later layer hides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreeFacts {
    entries: Vec<TreeEntry>,
    caches: BTreeMap<&'static str, CacheUse>,
    counts: BTreeMap<Trait, usize>,
    /// Whether the owners of files are known, so that an entry without a package belongs to none.
    pub knows_packages: bool,
}

/// An entry of the file system that a rule may want.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEntry {
    /// Where it is.
    pub path: LayerPath,
    /// What it is.
    pub kind: SeenKind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size of the content.
    pub size_bytes: u64,
    /// What makes it interesting.
    pub traits: Traits,
    /// The attribute `security.capability` as stored; empty without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capability: Vec<u8>,
    /// Its beginning, when [`crate::Interest::content_bytes_max`] asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Vec<u8>>,
    /// The package of the operating system that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The layer that it came in, 0 is the lowest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_index: Option<usize>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeenKind {
    /// A regular file, or a hard link to one.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A block device.
    BlockDevice,
    /// A character device.
    CharacterDevice,
    /// A FIFO, a socket, or a device of a kind that is not told.
    Special,
}

/// How much a cache holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheUse {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The layer of the first one.
    pub layer_index: Option<usize>,
}

impl TreeFacts {
    /// Takes an entry. Files of caches are counted, not kept.
    pub fn push(&mut self, mut entry: TreeEntry) {
        if entry.traits.has(Trait::Cache) {
            let name = interest::cache_of(entry.path.as_str()).unwrap_or("other caches");
            let usage = self.caches.entry(name).or_default();
            usage.files += 1;
            usage.bytes = usage.bytes.saturating_add(entry.size_bytes);
            usage.layer_index = usage.layer_index.or(entry.layer_index);
            entry.traits.remove(Trait::Cache);
        }
        let mut is_wanted = false;
        for one in entry.traits.iter() {
            let count = self.counts.entry(one).or_default();
            *count += 1;
            is_wanted |= *count <= ENTRIES_MAX;
        }
        if is_wanted {
            self.entries.push(entry);
        }
    }

    /// The entries with a trait, in the order in which they came.
    pub fn with(&self, wanted: Trait) -> impl Iterator<Item = &TreeEntry> {
        self.entries.iter().filter(move |entry| entry.traits.has(wanted))
    }

    /// The entry at a path.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&TreeEntry> {
        self.entries.iter().find(|entry| entry.path.as_str() == path)
    }

    /// The text of a file whose content was asked for.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        self.at(path)?.text()
    }

    /// Caches by name.
    pub fn caches(&self) -> impl Iterator<Item = (&'static str, CacheUse)> {
        self.caches.iter().map(|(name, usage)| (*name, *usage))
    }

    /// What was not kept.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let over = self.counts.iter().filter(|(_, count)| **count > ENTRIES_MAX);
        over.map(|(one, count)| {
            let detail = format!("{count} entries of the kind {one:?}, the first {ENTRIES_MAX} were judged");
            Gap::new("checks of the file system", GapReason::LimitReached, detail)
        })
        .collect()
    }
}

impl TreeEntry {
    /// The content as text; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.content.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }
}
