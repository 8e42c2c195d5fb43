//! Gathers what parsers find in one layer.

use crate::layer_facts::{LayerFacts, Record, WantedLink};
use crate::spool;
use model::{Gap, GapReason, LayerPath, Limits, Package};
use oci::{Body, Entry, EntryKind, Visitor};
use packages::{Context, Format, FormatKind, OwnedFile, Problem, Sink};
use std::collections::HashMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// Release files are a few hundred bytes; more is not read.
const RELEASE_FILE_BYTES_MAX: u64 = 64 << 10;
/// Gaps of one layer that are listed one by one; the rest is counted.
const GAPS_MAX: usize = 1_000;

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
    buffer: Vec<u8>,
    gaps_left_out: usize,
    /// Hard links to files of this layer that were looked at under their own name.
    aliases: Vec<(LayerPath, LayerPath)>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(limits: &'a Limits, lock_files: LockFiles, cancelled: &'a AtomicBool) -> Self {
        Self {
            facts: LayerFacts::default(),
            limits,
            lock_files,
            cancelled,
            only: None,
            buffer: Vec::new(),
            gaps_left_out: 0,
            aliases: Vec::new(),
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
        self.copy_to_aliases();
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
        for (path, target) in std::mem::take(&mut self.aliases) {
            let found: Vec<Record> =
                self.facts.parsed.records.iter().filter(|record| record.path == target).cloned().collect();
            for mut record in found {
                record.path = path.clone();
                for package in &mut record.packages {
                    package.path = path.clone();
                }
                self.facts.parsed.records.push(record);
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

    /// Judges content under a name. The content was bounded to `entry.size`.
    fn look(&mut self, path: &LayerPath, entry: &Entry, body: Body<'_>) {
        if packages::distribution::wants(path) {
            return self.keep_release_file(path, entry, body);
        }
        if let Some(first) = self.formats(path).next() {
            if let Some(bytes) = self.read_whole(path, entry, body) {
                self.parse(first, path, &bytes);
                for format in self.formats(path).skip(1) {
                    self.parse(format, path, &bytes);
                }
                self.buffer = bytes;
            }
            return;
        }
        self.inspect_binary(path, entry, body);
    }

    fn keep_release_file(&mut self, path: &LayerPath, entry: &Entry, body: Body<'_>) {
        if entry.size > RELEASE_FILE_BYTES_MAX {
            let detail = format!("{} bytes for a file that names the distribution", entry.size);
            return self.gap(Gap::new(path.to_string(), GapReason::LimitReached, detail));
        }
        if let Some(bytes) = self.read_whole(path, entry, body) {
            self.facts
                .parsed
                .release_files
                .push((path.clone(), String::from_utf8_lossy(&bytes).into_owned()));
            self.buffer = bytes;
        }
    }

    /// The whole content, in the buffer that is used again and again; `None` is a gap that was noted.
    fn read_whole(&mut self, path: &LayerPath, entry: &Entry, body: Body<'_>) -> Option<Vec<u8>> {
        if entry.size > self.limits.file_bytes_max {
            let detail =
                format!("{} bytes, the limit is {} (file_bytes_max)", entry.size, self.limits.file_bytes_max);
            self.gap(Gap::new(path.to_string(), GapReason::LimitReached, detail));
            return None;
        }
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.clear();
        // A buffer that once held a large file is not kept for the small ones after it.
        if bytes.capacity() > (4 << 20) && entry.size < (1 << 20) {
            bytes = Vec::new();
        }
        let result = match body {
            Body::Stream(stream) => stream.take(entry.size).read_to_end(&mut bytes),
            Body::File(mut file) => {
                Read::by_ref(&mut file).take(self.limits.file_bytes_max).read_to_end(&mut bytes)
            }
        };
        match result {
            Ok(_) if (bytes.len() as u64) < entry.size => {
                let detail = format!("{} of {} bytes could be read", bytes.len(), entry.size);
                self.gap(Gap::new(path.to_string(), GapReason::Truncated, detail));
                None
            }
            Ok(_) => Some(bytes),
            Err(error) => {
                self.gap(Gap::new(path.to_string(), GapReason::Unreadable, error.to_string()));
                None
            }
        }
    }

    fn parse(&mut self, format: &Format, path: &LayerPath, bytes: &[u8]) {
        let mut sink = RecordSink::default();
        let context = Context { path, limits: self.limits };
        // A defect of one parser must not cost the findings of all others.
        let result = catch_unwind(AssertUnwindSafe(|| (format.parse)(&context, bytes, &mut sink)));
        if result.is_err() {
            let detail = format!("the parser {} panicked; please report this file", format.id);
            self.gap(Gap::new(path.to_string(), GapReason::Internal, detail));
        }
        for problem in sink.problems {
            let what = match problem.line {
                Some(line) => format!("{path}:{line}"),
                None => path.to_string(),
            };
            self.gap(Gap::new(what, problem.reason, format!("{}: {}", format.id, problem.detail)));
        }
        if !sink.packages.is_empty() || !sink.owned.is_empty() || format.kind == FormatKind::System {
            self.facts.parsed.records.push(Record {
                path: path.clone(),
                is_system: format.kind == FormatKind::System,
                packages: sink.packages,
                owned: sink.owned,
            });
        }
    }

    fn inspect_binary(&mut self, path: &LayerPath, entry: &Entry, body: Body<'_>) {
        if entry.size > self.limits.binary_bytes_max {
            let detail = format!(
                "{} bytes, the limit is {} (binary_bytes_max)",
                entry.size, self.limits.binary_bytes_max
            );
            return self.gap(Gap::new(path.to_string(), GapReason::LimitReached, detail));
        }
        let limits = self.limits;
        let inspect = |file: &dyn binaries::ReadAt| {
            catch_unwind(AssertUnwindSafe(|| binaries::inspect(file, path, limits)))
        };
        let result = match body {
            Body::File(file) => Ok(inspect(file)),
            Body::Stream(stream) => {
                spool::with_random_access(stream, entry.size, binaries::looks_like_executable, inspect)
            }
        };
        match result {
            Ok(Ok(inspection)) => {
                for gap in inspection.gaps {
                    self.gap(gap);
                }
                if !inspection.packages.is_empty() {
                    self.facts.parsed.records.push(Record {
                        path: path.clone(),
                        packages: inspection.packages,
                        ..Record::default()
                    });
                }
            }
            Ok(Err(_)) => {
                let detail = "the binary reader panicked; please report this file";
                self.gap(Gap::new(path.to_string(), GapReason::Internal, detail));
            }
            Err(error) => self.gap(Gap::new(path.to_string(), GapReason::Unreadable, error.to_string())),
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
            EntryKind::Special => self.facts.files.push(hash),
            EntryKind::Symlink(target) => {
                self.facts.files.push(hash);
                let resolved = entry.path.resolve_link(target);
                if !entry.path.as_str().contains('/') {
                    self.facts.parsed.root_links.push((entry.path.clone(), resolved.clone()));
                }
                if self.is_wanted(&entry.path) {
                    let link = WantedLink { path: entry.path.clone(), target: resolved, is_hard: false };
                    self.facts.parsed.wanted_links.push(link);
                }
            }
            EntryKind::HardLink(target) => {
                self.facts.files.push(hash);
                if self.is_looked_at(&entry.path, entry.mode) && self.is_looked_at(target, entry.mode) {
                    self.aliases.push((entry.path.clone(), target.clone()));
                } else if self.is_looked_at(&entry.path, entry.mode) {
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
        // Several links to one file are rare, and nearly always the same format: the first name decides.
        if let Some(name) = names.first().cloned() {
            self.look(&name, entry, body);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
struct RecordSink {
    packages: Vec<Package>,
    owned: Vec<(String, Vec<u64>)>,
    problems: Vec<Problem>,
}

impl Sink for RecordSink {
    fn package(&mut self, package: Package) {
        self.packages.push(package);
    }

    fn owns(&mut self, package: &str, file: OwnedFile<'_>) {
        let hash = LayerPath::new(file.path).hash64();
        match self.owned.last_mut() {
            Some((last, hashes)) if last == package => hashes.push(hash),
            _ => self.owned.push((package.to_owned(), vec![hash])),
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}
