//! Reads the files of one layer, each once, and hands them to the detectors.

use super::engine::Engine;
use super::examine::{Examined, examine};
use super::image_checks;
use super::known::{Known, Statement};
use super::layer_content::{FileHit, FileKind, LayerContent, Modified, Trust, Unowned};
use crate::session::Session;
use crate::short_digest::{Algorithm, Hasher, ShortDigest};
use checks::Interest;
use content::{Detector, FileClass, FileView, HEAD_BYTES, classify};
use model::{Gap, GapReason, LayerPath};
use oci::{Body, Entry, EntryKind, Visitor};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that may wait to be judged; beyond it the walk judges by itself instead of reading on.
const WAITING_BYTES_MAX: u64 = 48 << 20;
/// Hits of one layer that are kept.
const HITS_MAX: usize = 20_000;

/// The visitor of one layer.
pub(crate) struct ContentVisitor<'walk, 'scope> {
    engine: &'scope Engine,
    session: &'scope Session,
    known: &'scope Known,
    scope: &'walk rayon::Scope<'scope>,
    result: &'scope Mutex<LayerContent>,
}

/// A file whose bytes were read.
struct Loaded {
    path: LayerPath,
    class: FileClass,
    size: u64,
    mode: u32,
    uid: u32,
    trust: Trust,
    package: Option<String>,
    bytes: Vec<u8>,
    detectors: Vec<Arc<dyn Detector>>,
    is_executable: bool,
}

impl<'walk, 'scope> ContentVisitor<'walk, 'scope> {
    pub(crate) fn new(
        engine: &'scope Engine,
        session: &'scope Session,
        known: &'scope Known,
        scope: &'walk rayon::Scope<'scope>,
        result: &'scope Mutex<LayerContent>,
    ) -> Self {
        Self { engine, session, known, scope, result }
    }

    fn result(&self) -> std::sync::MutexGuard<'scope, LayerContent> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&mut self, entry: &Entry, stream: &mut dyn Read) -> Result<(), (GapReason, String)> {
        let unreadable = |error: std::io::Error| (GapReason::Unreadable, error.to_string());
        let limit = self.session.limits().content_bytes_max;
        let kept_bytes = entry.size.min(limit);
        let mut bytes = Vec::with_capacity(usize::try_from(kept_bytes.min(1 << 20)).unwrap_or(0));
        stream.take(kept_bytes).read_to_end(&mut bytes).map_err(unreadable)?;
        if (bytes.len() as u64) < kept_bytes {
            return Err((
                GapReason::Truncated,
                format!("{} of {} bytes could be read", bytes.len(), entry.size),
            ));
        }
        if let Some(interest) = self.interest(entry) {
            image_checks::keep(&mut self.result(), entry, interest, Some(&bytes));
        }
        let statements: Vec<Statement<'_>> = self.known.statements(&entry.path).collect();
        let found = digests(&statements, &bytes, stream, entry.size).map_err(unreadable)?;
        let class = classify(&entry.path, &bytes[..bytes.len().min(HEAD_BYTES)]);
        let trust = trust(&statements, &found);
        self.note_modified(entry, class, &statements, &found, &trust);
        let is_verified = matches!(trust, Trust::Verified(_));
        {
            let mut result = self.result();
            result.coverage.files += 1;
            result.coverage.bytes += entry.size;
            if is_verified {
                result.coverage.verified_files += 1;
                result.coverage.verified_bytes += entry.size;
            }
        }
        if is_verified && !self.engine.options.is_paranoid {
            return Ok(());
        }
        let owner = statements.iter().find(|statement| statement.is_system).map(|s| s.package.to_owned());
        let is_executable = statements.is_empty()
            && (class.is_executable_format() || entry.mode & 0o111 != 0 && class == FileClass::Script);
        let mut loaded = Loaded {
            path: entry.path.clone(),
            class,
            size: entry.size,
            mode: entry.mode,
            uid: entry.uid,
            trust,
            package: owner,
            bytes,
            detectors: Vec::new(),
            is_executable,
        };
        let view = loaded.view();
        let is_archive = class == FileClass::Archive;
        let all = &self.engine.options.detectors;
        let wanting = all.iter().filter(|detector| is_archive || detector.wants(&view));
        loaded.detectors = wanting.cloned().collect();
        if loaded.detectors.is_empty() && !is_executable {
            return Ok(());
        }
        if entry.size > limit {
            let detail = format!(
                "only its first {limit} of {} bytes were looked through (content_bytes_max)",
                entry.size
            );
            self.result().gaps.push(Gap::new(entry.path.to_string(), GapReason::LimitReached, detail));
        }
        self.hand_over(loaded);
        Ok(())
    }

    fn interest(&self, entry: &Entry) -> Option<Interest> {
        self.engine.options.checks_on.as_ref().and_then(|_| image_checks::interest(entry))
    }

    fn hand_over(&self, loaded: Loaded) {
        let (engine, session, result) = (self.engine, self.session, self.result);
        let size = loaded.bytes.len() as u64;
        let waiting = engine.waiting_bytes.fetch_add(size, Ordering::Relaxed) + size;
        let work = move || {
            judge(engine, session, &loaded, result);
            engine.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
        };
        if waiting > WAITING_BYTES_MAX {
            work();
        } else {
            self.scope.spawn(move |_| work());
        }
    }

    fn note_modified(
        &self,
        entry: &Entry,
        class: FileClass,
        statements: &[Statement<'_>],
        found: &[ShortDigest],
        trust: &Trust,
    ) {
        let Trust::Modified(package) = trust else { return };
        let Some(recorded) = statements.iter().find_map(|statement| statement.digest) else { return };
        let kind = if statements.iter().any(|statement| statement.is_config) {
            FileKind::Config
        } else if class.is_executable_format() || class == FileClass::Script || is_program_place(&entry.path)
        {
            FileKind::Code
        } else {
            FileKind::Data
        };
        self.result().modified.push(Modified {
            path: entry.path.clone(),
            package: package.clone(),
            found: found.iter().map(|digest| (digest.algorithm, digest.bytes)).collect(),
            recorded: recorded.to_string(),
            kind,
        });
    }
}

impl Visitor for ContentVisitor<'_, '_> {
    fn entry(&mut self, entry: &Entry) -> bool {
        let is_read = entry.kind == EntryKind::File && entry.size > 0;
        // Files are kept when their content is at hand.
        if !is_read && let Some(interest) = self.interest(entry) {
            image_checks::keep(&mut self.result(), entry, interest, None);
        }
        is_read
    }

    fn body(&mut self, entry: &Entry, body: Body<'_>) {
        let outcome = match body {
            Body::Stream(stream) => self.look(entry, stream),
            Body::File(mut file) => self.look(entry, &mut file),
        };
        if let Err((reason, detail)) = outcome {
            self.result().gaps.push(Gap::new(entry.path.to_string(), reason, detail));
        }
    }

    fn is_cancelled(&self) -> bool {
        self.session.is_cancelled()
    }
}

impl Loaded {
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
fn judge(engine: &Engine, session: &Session, loaded: &Loaded, result: &Mutex<LayerContent>) {
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

/// The digests of a file by every algorithm that records of it use; reads the rest of a long file.
fn digests(
    statements: &[Statement<'_>],
    bytes: &[u8],
    rest: &mut dyn Read,
    size: u64,
) -> std::io::Result<Vec<ShortDigest>> {
    let mut algorithms: Vec<Algorithm> =
        statements.iter().filter_map(|statement| Some(statement.digest?.algorithm)).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    if algorithms.is_empty() {
        return Ok(Vec::new());
    }
    let mut hashers: Vec<Hasher> = algorithms.into_iter().map(Hasher::new).collect();
    let mut feed = |bytes: &[u8]| hashers.iter_mut().for_each(|hasher| hasher.update(bytes));
    feed(bytes);
    if size > bytes.len() as u64 {
        let mut buffer = vec![0; 256 << 10];
        let mut rest = rest.take(size - bytes.len() as u64);
        loop {
            match rest.read(&mut buffer)? {
                0 => break,
                count => feed(&buffer[..count]),
            }
        }
    }
    Ok(hashers.into_iter().map(Hasher::finish).collect())
}

fn trust(statements: &[Statement<'_>], found: &[ShortDigest]) -> Trust {
    let has_digest = |statement: &&Statement<'_>| statement.digest.is_some();
    let equals = |statement: &&Statement<'_>| statement.digest.is_some_and(|digest| found.contains(&digest));
    let is_proof =
        |statement: &&Statement<'_>| equals(statement) && statement.is_trusted && statement.is_system;
    if let Some(statement) = statements.iter().find(is_proof) {
        return Trust::Verified(statement.package.to_owned());
    }
    if let Some(statement) = statements.iter().find(equals) {
        return match statement.is_system {
            // The record was edited to fit: it proves nothing, which is told once for the record.
            true => Trust::Owned(statement.package.to_owned()),
            false => Trust::Installed(statement.package.to_owned()),
        };
    }
    if let Some(statement) = statements.iter().find(has_digest) {
        return Trust::Modified(statement.package.to_owned());
    }
    statements.first().map_or(Trust::Unowned, |statement| Trust::Owned(statement.package.to_owned()))
}

fn is_program_place(path: &LayerPath) -> bool {
    let text = path.as_str();
    let text = text.strip_prefix("usr/").unwrap_or(text);
    let text = text.strip_prefix("local/").unwrap_or(text);
    text.starts_with("bin/")
        || text.starts_with("sbin/")
        || text.starts_with("libexec/")
        || text.contains(".so")
}
