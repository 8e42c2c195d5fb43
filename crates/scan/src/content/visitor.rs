//! Reads the files of one layer, each once, and hands them over in batches to be judged.

use super::batch::{Batch, ReadFile};
use super::compare::{digests, replaced};
use super::engine::Engine;
use super::hard_links::HardLinks;
use super::image_checks;
use super::known::{Known, Statement};
use super::layer_content::LayerContent;
use crate::session::Session;
use checks::Interest;
use model::{Gap, GapReason};
use oci::{Body, Entry, EntryKind, Visitor};
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// Files of one batch: enough for digests of several side by side.
const BATCH_FILES_MAX: usize = 96;
/// Bytes of one batch; a larger file is one by itself.
const BATCH_BYTES_MAX: u64 = 8 << 20;

/// The visitor of one layer.
pub(crate) struct ContentVisitor<'walk, 'scope> {
    engine: &'scope Engine,
    session: &'scope Session,
    known: &'scope Known,
    scope: &'walk rayon::Scope<'scope>,
    result: &'scope Mutex<LayerContent>,
    batch: Vec<ReadFile<'scope>>,
    batch_bytes: u64,
    /// Hard links that packages own, for afterwards.
    hard_links: HardLinks,
}

impl<'walk, 'scope> ContentVisitor<'walk, 'scope> {
    pub(crate) fn new(
        engine: &'scope Engine,
        session: &'scope Session,
        known: &'scope Known,
        scope: &'walk rayon::Scope<'scope>,
        result: &'scope Mutex<LayerContent>,
    ) -> Self {
        let (batch, hard_links) = (Vec::new(), HardLinks::default());
        Self { engine, session, known, scope, result, batch, batch_bytes: 0, hard_links }
    }

    /// Hands over what was read last; returns the hard links that packages own.
    pub(crate) fn finish(mut self) -> HardLinks {
        self.hand_over();
        self.hard_links
    }

    fn result(&self) -> std::sync::MutexGuard<'scope, LayerContent> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&mut self, entry: &Entry, stream: &mut dyn Read) -> Result<(), (GapReason, String)> {
        let unreadable = |error: std::io::Error| (GapReason::Unreadable, error.to_string());
        let kept_bytes = entry.size.min(self.session.limits().content_bytes_max);
        // Whoever waits for a share of the budget must hold none that only he can give back.
        if self.batch_bytes + kept_bytes > BATCH_BYTES_MAX {
            self.hand_over();
        }
        let held = match self.engine.held_bytes.try_take(kept_bytes) {
            Some(held) => held,
            None => {
                self.hand_over();
                self.engine.held_bytes.take(kept_bytes)
            }
        };
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
        let whole = if entry.size > kept_bytes {
            let statements: Vec<Statement<'_>> = self.known.statements(&entry.path).collect();
            Some(digests(&statements, &bytes, stream, entry.size).map_err(unreadable)?)
        } else {
            None
        };
        self.batch_bytes += kept_bytes;
        self.batch.push(ReadFile { entry: entry.clone(), bytes, held, digests: whole });
        if self.batch.len() >= BATCH_FILES_MAX || self.batch_bytes >= BATCH_BYTES_MAX {
            self.hand_over();
        }
        Ok(())
    }

    fn interest(&self, entry: &Entry) -> Option<Interest> {
        self.engine.options.checks_on.as_ref().and_then(|_| image_checks::interest(entry))
    }

    fn hand_over(&mut self) {
        self.batch_bytes = 0;
        let files = std::mem::take(&mut self.batch);
        if files.is_empty() {
            return;
        }
        let (engine, session, known, result) = (self.engine, self.session, self.known, self.result);
        self.scope.spawn(move |_| Batch { engine, session, known, result }.judge(files));
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
