//! Files that were read, held against their packages' records and shown to the detectors.

use super::compare::{digests, modified, trust};
use super::engine::Engine;
use super::examine::{Examined, Shown, examine};
use super::held::Held;
use super::known::{Known, Statement};
use super::large::LargeFile;
use super::layer_content::{FileHit, LayerContent, Trust, Unowned};
use crate::md5_lanes::md5_of_all;
use crate::session::Session;
use crate::short_digest::{Algorithm, ShortDigest};
use content::{Detector, FileClass, FileView, HEAD_BYTES, classify};
use model::{Gap, GapReason};
use oci::Entry;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Hits of one layer that are kept.
const HITS_MAX: usize = 20_000;

/// A file that was read.
pub(crate) struct ReadFile {
    pub(crate) entry: Entry,
    /// Where its bytes lie in the buffer of the batch.
    pub(crate) range: Range<usize>,
}

/// What the files of one batch are judged with.
pub(crate) struct Batch<'scope> {
    pub(crate) engine: &'scope Engine,
    pub(crate) session: &'scope Session,
    pub(crate) known: &'scope Known,
    pub(crate) result: &'scope Mutex<LayerContent>,
}

/// A file that detectors want.
struct Wanted {
    entry: Entry,
    class: FileClass,
    trust: Trust,
    package: Option<String>,
    detectors: Vec<Arc<dyn Detector>>,
    is_executable: bool,
}

impl<'scope> Batch<'scope> {
    /// Judges the files whose bytes lie in a buffer.
    pub(crate) fn judge(&self, files: Vec<ReadFile>, held: &Held<'_>) {
        if self.session.is_cancelled() {
            return;
        }
        let statements: Vec<Vec<Statement<'scope>>> =
            files.iter().map(|file| self.known.statements(&file.entry.path).collect()).collect();
        let bytes: Vec<&[u8]> = files.iter().map(|file| &held.bytes()[file.range.clone()]).collect();
        let digests = digests_of_all(&bytes, &statements);
        for (((file, bytes), statements), digests) in
            files.into_iter().zip(bytes).zip(statements).zip(digests)
        {
            if let Some(wanted) = self.compare(file.entry, bytes, &statements, &digests) {
                self.show(&wanted, &Shown::Bytes(bytes));
            }
        }
    }

    /// Judges a file that is not held.
    pub(crate) fn judge_large(&self, file: &LargeFile) {
        if self.session.is_cancelled() {
            return;
        }
        let outcome = file.head(HEAD_BYTES).and_then(|head| {
            let statements: Vec<Statement<'_>> = self.known.statements(&file.entry.path).collect();
            let digests = digests(&statements, &[], &mut file.stream(), file.entry.size)?;
            let Some(wanted) = self.compare(file.entry.clone(), &head, &statements, &digests) else {
                return Ok(());
            };
            let length = file.entry.size.min(self.session.limits().content_bytes_max);
            if length < file.entry.size {
                let detail = format!(
                    "only its first {length} of {} bytes were looked through (content_bytes_max)",
                    file.entry.size
                );
                self.result().gaps.push(Gap::new(
                    file.entry.path.to_string(),
                    GapReason::LimitReached,
                    detail,
                ));
            }
            let sha256 = file.sha256(length)?;
            self.show(&wanted, &Shown::Large { file, length, sha256 });
            Ok(())
        });
        if let Err(error) = outcome {
            let gap = Gap::new(file.entry.path.to_string(), GapReason::Unreadable, error.to_string());
            self.result().gaps.push(gap);
        }
    }

    fn result(&self) -> MutexGuard<'scope, LayerContent> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a file against its records; one that detectors want is returned. Of its bytes, the beginning is enough.
    fn compare(
        &self,
        entry: Entry,
        bytes: &[u8],
        statements: &[Statement<'_>],
        found: &[ShortDigest],
    ) -> Option<Wanted> {
        let class = classify(&entry.path, &bytes[..bytes.len().min(HEAD_BYTES)]);
        let trust = trust(statements, found);
        let modified = modified(&entry.path, class, statements, found, &trust);
        let is_verified = matches!(trust, Trust::Verified(_));
        {
            let mut result = self.result();
            result.modified.extend(modified);
            result.coverage.files += 1;
            result.coverage.bytes += entry.size;
            if is_verified {
                result.coverage.verified_files += 1;
                result.coverage.verified_bytes += entry.size;
            }
        }
        if entry.size == 0 || is_verified && !self.engine.options.is_paranoid {
            return None;
        }
        let owner = statements.iter().find(|statement| statement.is_system).map(|s| s.package.to_owned());
        let is_executable = statements.is_empty()
            && (class.is_executable_format() || entry.mode & 0o111 != 0 && class == FileClass::Script);
        let mut wanted = Wanted { entry, class, trust, package: owner, detectors: Vec::new(), is_executable };
        let view = wanted.view();
        let is_archive = class == FileClass::Archive;
        let all = &self.engine.options.detectors;
        let wanting = all.iter().filter(|detector| is_archive || detector.wants(&view));
        wanted.detectors = wanting.cloned().collect();
        (!wanted.detectors.is_empty() || is_executable).then_some(wanted)
    }

    /// Shows a file to the detectors, or remembers how the same bytes were judged before.
    fn show(&self, wanted: &Wanted, shown: &Shown<'_>) {
        if self.session.is_cancelled() {
            return;
        }
        let (engine, view) = (self.engine, wanted.view());
        let sha256 = shown.sha256();
        let key = engine.verdicts.key(&sha256, &view, &wanted.detectors);
        let examined =
            engine.verdicts.judge(key, || examine(&wanted.detectors, &view, shown, self.session.limits()));
        let Examined { hits, gaps, members } = examined.as_ref();
        if hits.is_empty() && gaps.is_empty() && *members == 0 && !wanted.is_executable {
            return;
        }
        let mut result = self.result();
        result.coverage.members += members;
        result.gaps.extend(gaps.iter().cloned());
        let path = &wanted.entry.path;
        if wanted.is_executable && shown.len() == wanted.entry.size {
            let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            result.executables.push(Unowned { path: path.clone(), sha256, size_bytes: wanted.entry.size });
        }
        for (nested, hit) in hits {
            if result.hits.len() == HITS_MAX {
                let detail = format!("more than {HITS_MAX} hits in one layer are not listed");
                result.gaps.push(Gap::new("hits of a layer", GapReason::LimitReached, detail));
                break;
            }
            let (path, trust) = (path.clone(), wanted.trust.clone());
            result.hits.push(FileHit { path, nested: nested.clone(), hit: hit.clone(), trust });
        }
    }
}

/// The digests of each file by the algorithms of its records. Those by MD5 alone, which is all that dpkg records, are
/// computed side by side.
fn digests_of_all(files: &[&[u8]], statements: &[Vec<Statement<'_>>]) -> Vec<Vec<ShortDigest>> {
    let mut all: Vec<Vec<ShortDigest>> = Vec::with_capacity(files.len());
    let mut by_md5 = Vec::new();
    for (at, (bytes, statements)) in files.iter().zip(statements).enumerate() {
        let mut algorithms = statements.iter().filter_map(|s| Some(s.digest?.algorithm)).peekable();
        all.push(if algorithms.peek().is_some() && algorithms.all(|one| one == Algorithm::Md5) {
            by_md5.push(at);
            Vec::new()
        } else {
            digests(statements, bytes, &mut std::io::empty(), bytes.len() as u64).expect("nothing is read")
        });
    }
    let texts: Vec<&[u8]> = by_md5.iter().map(|at| files[*at]).collect();
    for (at, bytes) in by_md5.into_iter().zip(md5_of_all(&texts)) {
        all[at].push(ShortDigest { algorithm: Algorithm::Md5, bytes });
    }
    all
}

impl Wanted {
    fn view(&self) -> FileView<'_> {
        FileView {
            path: &self.entry.path,
            nested: &[],
            class: self.class,
            size: self.entry.size,
            mode: self.entry.mode,
            uid: self.entry.uid,
            package: self.package.as_deref(),
            is_verified: matches!(self.trust, Trust::Verified(_)),
        }
    }
}
