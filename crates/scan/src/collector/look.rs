//! One file, given to the parsers that want it.

use super::Collector;
use crate::bounds::Bounds;
use crate::layer_facts::Record;
use crate::owned::{self, OwnedFiles};
use crate::short_digest::ShortDigest;
use crate::spool;
use model::{Gap, GapReason, LayerPath, Package};
use oci::{Body, Entry};
use packages::{Context, Diversion, Format, FormatKind, OwnedFile, Problem, Sink};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Release files are a few hundred bytes; more is not read.
const RELEASE_FILE_BYTES_MAX: u64 = 64 << 10;

impl Collector<'_> {
    /// Judges content under a name. The content was bounded to `entry.size`.
    pub(super) fn look(&mut self, path: &LayerPath, entry: &Entry, body: Body<'_>) {
        self.looks = self.looks.saturating_add(1);
        self.last_look.insert(path.hash64(), self.looks);
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
            self.facts.parsed.release_files.retain(|(earlier, _)| earlier != path);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.facts.parsed.release_files.push((path.clone(), text));
            self.buffer = bytes;
        }
    }

    /// The whole content, in the buffer that is used again and again; `None` is a gap that was noted.
    pub(super) fn read_whole(&mut self, path: &LayerPath, entry: &Entry, body: Body<'_>) -> Option<Vec<u8>> {
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
        let mut sink = RecordSink {
            bounds: &mut self.bounds,
            packages: Vec::new(),
            owned: Vec::new(),
            diversions: Vec::new(),
            problems: Vec::new(),
        };
        let context = Context { path, limits: self.limits };
        // A defect of one parser must not cost the findings of all others.
        let result = catch_unwind(AssertUnwindSafe(|| (format.parse)(&context, bytes, &mut sink)));
        let RecordSink { packages, owned, diversions, problems, .. } = sink;
        if result.is_err() {
            let detail = format!("the parser {} panicked; please report this file", format.id);
            self.gap(Gap::new(path.to_string(), GapReason::Internal, detail));
        }
        for problem in problems {
            let what = match problem.line {
                Some(line) => format!("{path}:{line}"),
                None => path.to_string(),
            };
            self.gap(Gap::new(what, problem.reason, format!("{}: {}", format.id, problem.detail)));
        }
        if !packages.is_empty() || !owned.is_empty() || format.kind == FormatKind::System {
            self.keep(Record {
                path: path.clone(),
                is_system: format.kind == FormatKind::System,
                packages,
                owned,
                diversions,
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
                    self.keep(Record {
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

struct RecordSink<'a> {
    bounds: &'a mut Bounds,
    packages: Vec<Package>,
    owned: Vec<OwnedFiles>,
    diversions: Vec<(LayerPath, LayerPath, Option<String>)>,
    problems: Vec<Problem>,
}

impl Sink for RecordSink<'_> {
    fn package(&mut self, package: Package) {
        self.packages.push(package);
    }

    fn owns(&mut self, package: &str, file: OwnedFile<'_>) {
        if !self.bounds.owned() {
            return;
        }
        let path = LayerPath::new(file.path);
        let kept = owned::OwnedFile {
            path: path.hash64(),
            digest: file.digest.and_then(ShortDigest::parse),
            is_config: file.is_config,
        };
        if self.owned.last().is_none_or(|last| last.package != package) {
            self.owned.push(OwnedFiles { package: package.to_owned(), ..OwnedFiles::default() });
        }
        let last = self.owned.last_mut().expect("one was pushed when there was none");
        // Names without a digest come a second time with one, or are directories.
        if file.digest.is_some() && owned::is_expected(path.as_str()) {
            last.names.push(path.as_str().into());
        }
        last.files.push(kept);
    }

    fn diverts(&mut self, diversion: Diversion<'_>) {
        if self.bounds.owned() {
            let Diversion { from, to, by } = diversion;
            self.diversions.push((LayerPath::new(from), LayerPath::new(to), by.map(str::to_owned)));
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}
