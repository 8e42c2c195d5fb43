//! Reads the files of one layer, each once, and hands them to the detectors.

use super::compare::{digests, modified, replaced, trust};
use super::engine::Engine;
use super::examine::{Examined, examine};
use super::hard_links::HardLinks;
use super::held::Held;
use super::image_checks;
use super::known::{Known, Statement};
use super::layer_content::{FileHit, LayerContent, Trust, Unowned};
use crate::session::Session;
use checks::Interest;
use content::{Detector, FileClass, FileView, HEAD_BYTES, classify};
use model::{Gap, GapReason, LayerPath};
use oci::{Body, Entry, EntryKind, Visitor};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// Hits of one layer that are kept.
const HITS_MAX: usize = 20_000;

/// The visitor of one layer.
pub(crate) struct ContentVisitor<'walk, 'scope> {
    engine: &'scope Engine,
    session: &'scope Session,
    known: &'scope Known,
    scope: &'walk rayon::Scope<'scope>,
    result: &'scope Mutex<LayerContent>,
    /// Hard links that packages own, for afterwards.
    pub(crate) hard_links: HardLinks,
}

/// A file whose bytes were read.
struct Loaded<'scope> {
    path: LayerPath,
    class: FileClass,
    size: u64,
    mode: u32,
    uid: u32,
    trust: Trust,
    package: Option<String>,
    bytes: Vec<u8>,
    /// The share of the budget that the bytes take.
    _held: Held<'scope>,
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
        Self { engine, session, known, scope, result, hard_links: HardLinks::default() }
    }

    fn result(&self) -> std::sync::MutexGuard<'scope, LayerContent> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&mut self, entry: &Entry, stream: &mut dyn Read) -> Result<(), (GapReason, String)> {
        let unreadable = |error: std::io::Error| (GapReason::Unreadable, error.to_string());
        let limit = self.session.limits().content_bytes_max;
        let kept_bytes = entry.size.min(limit);
        let held = self.engine.held_bytes.take(kept_bytes);
        // What an entry says of its size is believed as far as there are bytes.
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
        let modified = modified(&entry.path, class, &statements, &found, &trust);
        self.result().modified.extend(modified);
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
        if entry.size == 0 || is_verified && !self.engine.options.is_paranoid {
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

    fn hand_over(&self, loaded: Loaded<'scope>) {
        let (engine, session, result) = (self.engine, self.session, self.result);
        self.scope.spawn(move |_| judge(engine, session, &loaded, result));
    }
}

impl Visitor for ContentVisitor<'_, '_> {
    fn entry(&mut self, entry: &Entry) -> bool {
        if let EntryKind::HardLink(target) = &entry.kind {
            self.hard_links.note(self.known, &entry.path, target);
        } else if !matches!(
            entry.kind,
            EntryKind::File | EntryKind::Directory | EntryKind::Whiteout | EntryKind::OpaqueWhiteout
        ) {
            self.result().modified.extend(replaced(self.known, entry));
        }
        // Of empty files, those count that a package owns: somebody may have emptied them.
        let is_read = entry.kind == EntryKind::File
            && (entry.size > 0 || self.known.statements(&entry.path).any(|owner| owner.digest.is_some()));
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
