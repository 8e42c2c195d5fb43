//! Files that were read, held against their packages' records and shown to the detectors.

use super::compare::{digests, modified, trust};
use super::engine::Engine;
use super::examine::{Examined, examine};
use super::held::Held;
use super::known::{Known, Statement};
use super::layer_content::{FileHit, LayerContent, Trust, Unowned};
use crate::md5_lanes::md5_of_all;
use crate::session::Session;
use crate::short_digest::{Algorithm, ShortDigest};
use content::{Detector, FileClass, FileView, HEAD_BYTES, classify};
use model::{Gap, GapReason, LayerPath};
use oci::Entry;
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// Hits of one layer that are kept.
const HITS_MAX: usize = 20_000;

/// A file that was read.
pub(crate) struct ReadFile<'scope> {
    pub(crate) entry: Entry,
    /// Its bytes, as many as are looked through.
    pub(crate) bytes: Vec<u8>,
    /// The share of the budget that they take.
    pub(crate) held: Held<'scope>,
    /// The digests of one that is longer than that, by the algorithms of its records.
    pub(crate) digests: Option<Vec<ShortDigest>>,
}

/// What the files of one batch are judged with.
pub(crate) struct Batch<'scope> {
    pub(crate) engine: &'scope Engine,
    pub(crate) session: &'scope Session,
    pub(crate) known: &'scope Known,
    pub(crate) result: &'scope Mutex<LayerContent>,
}

/// A file whose bytes detectors want.
struct Loaded<'scope> {
    path: LayerPath,
    class: FileClass,
    size: u64,
    mode: u32,
    uid: u32,
    trust: Trust,
    package: Option<String>,
    bytes: Vec<u8>,
    _held: Held<'scope>,
    detectors: Vec<Arc<dyn Detector>>,
    is_executable: bool,
}

impl<'scope> Batch<'scope> {
    /// Judges the files.
    pub(crate) fn judge(&self, files: Vec<ReadFile<'scope>>) {
        if self.session.is_cancelled() {
            return;
        }
        let statements: Vec<Vec<Statement<'scope>>> =
            files.iter().map(|file| self.known.statements(&file.entry.path).collect()).collect();
        let digests = digests_of_all(&files, &statements);
        for ((file, statements), digests) in files.into_iter().zip(statements).zip(digests) {
            if let Some(loaded) = self.compare(file, &statements, &digests) {
                judge(self.engine, self.session, &loaded, self.result);
            }
        }
    }

    /// Holds a file against its records; a file that detectors want is returned.
    fn compare(
        &self,
        file: ReadFile<'scope>,
        statements: &[Statement<'_>],
        found: &[ShortDigest],
    ) -> Option<Loaded<'scope>> {
        let ReadFile { entry, bytes, held, .. } = file;
        let class = classify(&entry.path, &bytes[..bytes.len().min(HEAD_BYTES)]);
        let trust = trust(statements, found);
        let modified = modified(&entry.path, class, statements, found, &trust);
        let is_verified = matches!(trust, Trust::Verified(_));
        {
            let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
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
        let mut loaded = Loaded {
            path: entry.path,
            class,
            size: entry.size,
            mode: entry.mode,
            uid: entry.uid,
            trust,
            package: owner,
            bytes,
            _held: held,
            detectors: Vec::new(),
            is_executable,
        };
        let view = loaded.view();
        let is_archive = class == FileClass::Archive;
        let all = &self.engine.options.detectors;
        let wanting = all.iter().filter(|detector| is_archive || detector.wants(&view));
        loaded.detectors = wanting.cloned().collect();
        if loaded.detectors.is_empty() && !is_executable {
            return None;
        }
        if loaded.size > loaded.bytes.len() as u64 {
            let detail = format!(
                "only its first {} of {} bytes were looked through (content_bytes_max)",
                loaded.bytes.len(),
                loaded.size
            );
            let gap = Gap::new(loaded.path.to_string(), GapReason::LimitReached, detail);
            self.result.lock().unwrap_or_else(PoisonError::into_inner).gaps.push(gap);
        }
        Some(loaded)
    }
}

/// The digests of each file by the algorithms of its records. Those by MD5 alone, which is all that dpkg records, are
/// computed side by side.
fn digests_of_all(files: &[ReadFile<'_>], statements: &[Vec<Statement<'_>>]) -> Vec<Vec<ShortDigest>> {
    let mut all: Vec<Vec<ShortDigest>> = Vec::with_capacity(files.len());
    let mut by_md5 = Vec::new();
    for (at, (file, statements)) in files.iter().zip(statements).enumerate() {
        let mut algorithms = statements.iter().filter_map(|s| Some(s.digest?.algorithm)).peekable();
        all.push(match &file.digests {
            Some(digests) => digests.clone(),
            None if algorithms.peek().is_some() && algorithms.all(|one| one == Algorithm::Md5) => {
                by_md5.push(at);
                Vec::new()
            }
            None => digests(statements, &file.bytes, &mut std::io::empty(), file.bytes.len() as u64)
                .expect("nothing is read"),
        });
    }
    let texts: Vec<&[u8]> = by_md5.iter().map(|at| files[*at].bytes.as_slice()).collect();
    for (at, bytes) in by_md5.into_iter().zip(md5_of_all(&texts)) {
        all[at].push(ShortDigest { algorithm: Algorithm::Md5, bytes });
    }
    all
}

impl Loaded<'_> {
    fn view(&self) -> FileView<'_> {
        FileView {
            path: &self.path,
            nested: &[],
            class: self.class,
            size: self.size,
            mode: self.mode,
            uid: self.uid,
            package: self.package.as_deref(),
            is_verified: matches!(self.trust, Trust::Verified(_)),
        }
    }
}

/// Judges a file, or remembers how the same bytes were judged before.
fn judge(engine: &Engine, session: &Session, loaded: &Loaded<'_>, result: &Mutex<LayerContent>) {
    if session.is_cancelled() {
        return;
    }
    let view = loaded.view();
    let sha256: [u8; 32] = Sha256::digest(&loaded.bytes).into();
    let key = engine.verdicts.key(&sha256, &view, &loaded.detectors);
    let examined =
        engine.verdicts.judge(key, || examine(&loaded.detectors, &view, &loaded.bytes, session.limits()));
    let Examined { hits, gaps, members } = examined.as_ref();
    if hits.is_empty() && gaps.is_empty() && *members == 0 && !loaded.is_executable {
        return;
    }
    let mut result = result.lock().unwrap_or_else(PoisonError::into_inner);
    result.coverage.members += members;
    result.gaps.extend(gaps.iter().cloned());
    if loaded.is_executable && loaded.bytes.len() as u64 == loaded.size {
        let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        result.executables.push(Unowned { path: loaded.path.clone(), sha256, size_bytes: loaded.size });
    }
    for (nested, hit) in hits {
        if result.hits.len() == HITS_MAX {
            let detail = format!("more than {HITS_MAX} hits in one layer are not listed");
            result.gaps.push(Gap::new("hits of a layer", GapReason::LimitReached, detail));
            break;
        }
        let (path, trust) = (loaded.path.clone(), loaded.trust.clone());
        result.hits.push(FileHit { path, nested: nested.clone(), hit: hit.clone(), trust });
    }
}
