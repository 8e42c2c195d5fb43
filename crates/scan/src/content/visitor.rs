//! Reads the files of one layer, each once, and hands them over in batches to be judged.

use super::batch::{Batch, ReadFile};
use super::compare::replaced;
use super::engine::Engine;
use super::hard_links::HardLinks;
use super::held::{BUFFER_BYTES, Held};
use super::image_checks;
use super::known::Known;
use super::large::{self, LargeFile};
use super::layer_content::LayerContent;
use crate::session::Session;
use checks::Interest;
use model::{Gap, GapReason};
use oci::{Body, Entry, EntryKind, Visitor};
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// Files of one batch: enough for digests of several side by side.
const BATCH_FILES_MAX: usize = 128;

/// The visitor of one layer.
pub(crate) struct ContentVisitor<'walk, 'scope> {
    engine: &'scope Engine,
    session: &'scope Session,
    known: &'scope Known,
    scope: &'walk rayon::Scope<'scope>,
    result: &'scope Mutex<LayerContent>,
    batch: Vec<ReadFile>,
    /// Their bytes, and how many of the buffer they take.
    buffer: Option<Held<'scope>>,
    filled: usize,
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
        Self { engine, session, known, scope, result, batch, buffer: None, filled: 0, hard_links }
    }

    /// Hands over what was read last; returns the hard links that packages own.
    pub(crate) fn finish(mut self) -> HardLinks {
        self.hand_over();
        self.hard_links
    }

    fn result(&self) -> std::sync::MutexGuard<'scope, LayerContent> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&mut self, entry: &Entry, body: Body<'_>) -> Result<(), (GapReason, String)> {
        if entry.size > large::BYTES_MIN.min(self.session.limits().content_bytes_max) {
            return self.look_at_large(entry, body);
        }
        let size = usize::try_from(entry.size).expect("it is below the limit for what is held");
        let has_room = |held: &Held<'_>| held.bytes().len() - self.filled >= size;
        if !self.buffer.as_ref().is_some_and(has_room) {
            // Whoever waits for a share of the budget must hold none that only he can give back.
            self.hand_over();
            self.buffer = Some(self.engine.held_bytes.buffer(size));
        }
        let range = self.filled..self.filled + size;
        let held = self.buffer.as_mut().expect("it was taken just now");
        let bytes = &mut held.bytes_mut()[range.clone()];
        // What an entry says of its size is believed as far as there are bytes.
        let count = read_full(body, bytes).map_err(|error| (GapReason::Unreadable, error.to_string()))?;
        if count < size {
            return Err((GapReason::Truncated, format!("{count} of {size} bytes could be read")));
        }
        if let Some(interest) = self.interest(entry) {
            let bytes = &self.buffer.as_ref().expect("it was filled just now").bytes()[range.clone()];
            image_checks::keep(&mut self.result(), entry, interest, Some(bytes));
        }
        self.filled = range.end;
        self.batch.push(ReadFile { entry: entry.clone(), range });
        if self.batch.len() >= BATCH_FILES_MAX || self.filled >= BUFFER_BYTES {
            self.hand_over();
        }
        Ok(())
    }

    /// A file that is not held: it is read again where it lies, or where a stream is put down.
    fn look_at_large(&mut self, entry: &Entry, body: Body<'_>) -> Result<(), (GapReason, String)> {
        let unreadable = |error: std::io::Error| (GapReason::Unreadable, error.to_string());
        let file = LargeFile::new(entry, body).map_err(unreadable)?;
        if file.length < entry.size {
            let detail = format!("{} of {} bytes could be read", file.length, entry.size);
            return Err((GapReason::Truncated, detail));
        }
        if let Some(interest) = self.interest(entry) {
            let head = file.head(interest.content_bytes_max).map_err(unreadable)?;
            image_checks::keep(&mut self.result(), entry, interest, Some(&head));
        }
        self.hand_over();
        // As much as a detector that needs it as a whole takes.
        let held = self.engine.held_bytes.take(entry.size.min(self.session.limits().content_bytes_max));
        let (engine, session, known, result) = (self.engine, self.session, self.known, self.result);
        self.scope.spawn(move |_| {
            Batch { engine, session, known, result }.judge_large(&file);
            drop(held);
        });
        Ok(())
    }

    fn interest(&self, entry: &Entry) -> Option<Interest> {
        self.engine.options.checks_on.as_ref().and_then(|_| image_checks::interest(entry))
    }

    fn hand_over(&mut self) {
        self.filled = 0;
        let files = std::mem::take(&mut self.batch);
        let Some(held) = self.buffer.take().filter(|_| !files.is_empty()) else { return };
        let (engine, session, known, result) = (self.engine, self.session, self.known, self.result);
        self.scope.spawn(move |_| Batch { engine, session, known, result }.judge(files, &held));
    }
}

/// Reads until the buffer is full or there is no more.
fn read_full(body: Body<'_>, mut bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut file;
    let stream: &mut dyn Read = match body {
        Body::Stream(stream) => stream,
        Body::File(opened) => {
            file = opened;
            &mut file
        }
    };
    let mut count = 0;
    while !bytes.is_empty() {
        match stream.read(bytes) {
            Ok(0) => break,
            Ok(more) => {
                count += more;
                bytes = &mut bytes[more..];
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
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
        if let Err((reason, detail)) = self.look(entry, body) {
            self.result().gaps.push(Gap::new(entry.path.to_string(), reason, detail));
        }
    }

    fn is_cancelled(&self) -> bool {
        self.session.is_cancelled()
    }
}
