//! Gathers what parsers find in one layer.

mod look;

use crate::bounds::Bounds;
use crate::layer_facts::{LayerFacts, Record, WantedLink};
use model::{Gap, GapReason, LayerPath, Limits};
use oci::{Body, Entry, EntryKind, Visitor};
use packages::{Format, FormatKind};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// Gaps of one layer that are listed one by one; the rest is counted.
const GAPS_MAX: usize = 1_000;

/// Names of links under which one file is looked at.
const NAMES_MAX: usize = 64;
/// Links directly below the root that are remembered; a distribution has about ten.
const ROOT_LINKS_MAX: usize = 1_000;

/// Stands for the size of a hard link's target.
const TYPICAL_BINARY_BYTES: u64 = 1 << 20;

/// Which files a scan looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LockFiles {
    /// Lock files of source trees are no proof of what an image holds.
    #[default]
    Skip,
    /// Lock files name packages.
    Read,
}

/// The visitor of one layer.
pub(crate) struct Collector<'a> {
    facts: LayerFacts,
    limits: &'a Limits,
    lock_files: LockFiles,
    cancelled: &'a AtomicBool,
    /// Content that is wanted under the names of links; when set, nothing else is looked at.
    only: Option<HashMap<LayerPath, Vec<LayerPath>>>,
    /// Of those, what was there.
    found: HashSet<LayerPath>,
    buffer: Vec<u8>,
    gaps_left_out: usize,
    /// Hard links to files of this layer that were looked at under their own name.
    aliases: Vec<(LayerPath, LayerPath)>,
    bounds: Bounds,
    /// By path, the number of the look that counts: of entries with the same path the last one stays (POSIX pax,
    /// "File format").
    last_look: HashMap<u64, u32>,
    looks: u32,
    /// The look that each record comes from.
    record_looks: Vec<u32>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(limits: &'a Limits, lock_files: LockFiles, cancelled: &'a AtomicBool) -> Self {
        Self {
            facts: LayerFacts::default(),
            limits,
            lock_files,
            cancelled,
            only: None,
            found: HashSet::new(),
            buffer: Vec::new(),
            gaps_left_out: 0,
            aliases: Vec::new(),
            bounds: Bounds::new(limits),
            last_look: HashMap::new(),
            looks: 0,
            record_looks: Vec::new(),
        }
    }

    /// Looks only at the targets of links, under the names of the links.
    pub(crate) fn for_links(mut self, links: &[WantedLink]) -> Self {
        let mut only: HashMap<LayerPath, Vec<LayerPath>> = HashMap::new();
        for link in links {
            only.entry(link.target.clone()).or_default().push(link.path.clone());
        }
        self.only = Some(only);
        self
    }

    /// The facts, after the walk.
    pub(crate) fn finish(mut self, outcome: oci::Outcome) -> LayerFacts {
        self.forget_replaced();
        self.copy_to_aliases();
        self.tell_links_to_nothing();
        self.facts.parsed.gaps.extend(self.bounds.gaps());
        if self.gaps_left_out > 0 {
            let detail = format!("{} more files of this layer were not looked at", self.gaps_left_out);
            self.facts.parsed.gaps.push(Gap::new("layer", GapReason::LimitReached, detail));
        }
        self.facts.parsed.gaps.extend(outcome.gaps);
        self.facts.parsed.mismatches.extend(outcome.mismatches);
        self.facts.parsed.bad_links.extend(outcome.bad_links);
        self.facts.seal();
        self.facts
    }

    fn formats(&self, path: &LayerPath) -> impl Iterator<Item = &'static Format> + use<> {
        let lock_files = self.lock_files;
        let path = path.clone();
        packages::FORMATS
            .iter()
            .copied()
            .filter(move |format| format.kind != FormatKind::LockFile || lock_files == LockFiles::Read)
            .filter(move |format| (format.matches)(&path))
    }

    fn is_wanted(&self, path: &LayerPath) -> bool {
        packages::distribution::wants(path)
            || packages::FORMATS.iter().any(|format| {
                (format.kind != FormatKind::LockFile || self.lock_files == LockFiles::Read)
                    && (format.matches)(path)
            })
    }

    /// Whether a file of unknown size would be looked at; hard links do not tell the size of their target.
    fn is_looked_at(&self, path: &LayerPath, mode: u32) -> bool {
        self.is_wanted(path) || binaries::is_candidate(path, TYPICAL_BINARY_BYTES, mode)
    }

    /// Gives hard links what was found in their targets, so that an archive and the directory it was made
    /// from tell the same.
    fn copy_to_aliases(&mut self) {
        if self.aliases.is_empty() {
            return;
        }
        let mut by_path: HashMap<LayerPath, Vec<usize>> = HashMap::new();
        for (index, record) in self.facts.parsed.records.iter().enumerate() {
            by_path.entry(record.path.clone()).or_default().push(index);
        }
        for (path, target) in std::mem::take(&mut self.aliases) {
            for index in by_path.get(&target).into_iter().flatten() {
                let mut record = self.facts.parsed.records[*index].clone();
                record.path = path.clone();
                for package in &mut record.packages {
                    package.path = path.clone();
                }
                self.keep(record);
            }
        }
    }

    fn keep(&mut self, mut record: Record) {
        if !self.bounds.record() {
            return;
        }
        let kept = self.bounds.packages(record.packages.len());
        if kept < record.packages.len() {
            record.packages.truncate(kept);
            record.packages.shrink_to_fit();
        }
        self.facts.parsed.records.push(record);
        self.record_looks.push(self.looks);
    }

    /// Drops what came from entries that a later entry of the same path replaced.
    fn forget_replaced(&mut self) {
        let mut looks = std::mem::take(&mut self.record_looks).into_iter();
        let last_look = std::mem::take(&mut self.last_look);
        self.facts.parsed.records.retain(|record| {
            let look = looks.next();
            look == last_look.get(&record.path.hash64()).copied()
        });
    }

    /// A link that is to be followed and leads to no file is told of: another link may be on its way.
    fn tell_links_to_nothing(&mut self) {
        for (target, names) in self.only.take().into_iter().flatten() {
            if self.found.contains(&target) {
                continue;
            }
            for name in names {
                let detail =
                    format!("a link to {target}, which is not a file of this layer; it was not followed");
                self.gap(Gap::new(name.to_string(), GapReason::Unsupported, detail));
            }
        }
    }

    fn gap(&mut self, gap: Gap) {
        if self.facts.parsed.gaps.len() < GAPS_MAX {
            self.facts.parsed.gaps.push(gap);
        } else {
            self.gaps_left_out += 1;
        }
    }
}

impl Visitor for Collector<'_> {
    fn entry(&mut self, entry: &Entry) -> bool {
        if let Some(only) = &self.only {
            return entry.kind == EntryKind::File && only.contains_key(&entry.path);
        }
        let hash = entry.path.hash64();
        match &entry.kind {
            EntryKind::Directory => self.facts.directories.push(hash),
            EntryKind::Whiteout => self.facts.whiteouts.push(hash),
            EntryKind::OpaqueWhiteout => self.facts.opaques.push(hash),
            EntryKind::BlockDevice | EntryKind::CharacterDevice | EntryKind::Special => {
                self.facts.files.push(hash);
            }
            EntryKind::Symlink(target) => {
                self.facts.files.push(hash);
                let resolved = entry.path.resolve_link(target);
                if !entry.path.as_str().contains('/') && self.facts.parsed.root_links.len() < ROOT_LINKS_MAX {
                    self.facts.parsed.root_links.push((entry.path.clone(), resolved.clone()));
                }
                if self.is_wanted(&entry.path) && self.bounds.link() {
                    let link = WantedLink { path: entry.path.clone(), target: resolved, is_hard: false };
                    self.facts.parsed.wanted_links.push(link);
                }
            }
            EntryKind::HardLink(target) => {
                self.facts.files.push(hash);
                if !self.is_looked_at(&entry.path, entry.mode) || !self.bounds.link() {
                    return false;
                }
                // What a program says of its version may depend on its name (`busybox`, in images also `[`).
                let is_named = binaries::is_known_by_name(&entry.path) && !binaries::is_known_by_name(target);
                if self.is_looked_at(target, entry.mode) && !is_named {
                    self.aliases.push((entry.path.clone(), target.clone()));
                } else {
                    let link = WantedLink { path: entry.path.clone(), target: target.clone(), is_hard: true };
                    self.facts.parsed.wanted_links.push(link);
                }
            }
            EntryKind::File => {
                self.facts.files.push(hash);
                return self.is_wanted(&entry.path)
                    || binaries::is_candidate(&entry.path, entry.size, entry.mode);
            }
        }
        false
    }

    fn body(&mut self, entry: &Entry, body: Body<'_>) {
        let Some(names) = self.only.as_ref().and_then(|only| only.get(&entry.path)) else {
            return self.look(&entry.path, entry, body);
        };
        let names = names.clone();
        self.found.insert(entry.path.clone());
        if let [name] = names.as_slice() {
            return self.look(name, entry, body);
        }
        if names.len() > NAMES_MAX {
            let detail = format!("{} links to one file; it was looked at under {NAMES_MAX}", names.len());
            self.gap(Gap::new(entry.path.to_string(), GapReason::LimitReached, detail));
        }
        if let Some(bytes) = self.read_whole(&entry.path, entry, body) {
            for name in names.iter().take(NAMES_MAX) {
                self.look(name, entry, Body::Stream(&mut bytes.as_slice()));
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
