//! Archives on their way to the engine: unpacked if they are compressed, looked at entry by entry, and written anew.

mod compressed;
mod xz;

use crate::{
    direction::{BodyRefused, Direction},
    exchange::Side,
    filter::{Filter, FilterRefused, Passed},
    reading::fill_until,
};
use calls::ArchiveReader;
use compressed::Compression;
use control::{ArchiveRefused, Inspection, Matched, Mode};
use std::{
    io::ErrorKind,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So much is read before the engine hears of the call: what is refused within it was not begun.
const AHEAD_BYTES: usize = 1 << 20;
const AHEAD_TIME: Duration = Duration::from_secs(2);
/// So much may come out of one look at what came in.
const OUT_BYTES: usize = 256 << 10;

/// An archive on its way.
#[derive(Debug)]
pub(super) struct Upload {
    reader: ArchiveReader,
    inspection: Inspection,
    begin: Vec<u8>,
    compression: Option<Compression>,
    unpacked: Vec<u8>,
    seen: Seen,
}

/// What an archive's inspection saw, for whoever records it when the archive has gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<Matched>>>);

impl Seen {
    pub(super) fn all(&self) -> Vec<Matched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the user is to be told.
    pub(super) fn warnings(&self) -> Vec<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = seen.iter().filter(|hit| hit.mode == Mode::Warn);
        told.map(|hit| format!("{} [{}]", hit.message, hit.rule)).collect()
    }
}

impl Upload {
    pub(super) fn new(inspection: Inspection) -> (Self, Seen) {
        let seen = Seen::default();
        let upload = Self {
            reader: ArchiveReader::default(),
            inspection,
            begin: Vec::new(),
            compression: None,
            unpacked: Vec::new(),
            seen: seen.clone(),
        };
        (upload, seen)
    }

    fn refused(&self, refused: ArchiveRefused) -> FilterRefused {
        let entries = self.reader.entries().saturating_sub(1);
        let before = match (entries, self.inspection.applies_at_once()) {
            (0, _) => "nothing was passed on".to_owned(),
            (_, false) => "nothing of the archive is used".to_owned(),
            (1, true) => "the entry before it may have been written, nothing behind it was".to_owned(),
            (more, true) => {
                format!("the {more} entries before it may have been written, nothing behind them was")
            }
        };
        let ArchiveRefused { rule, status, message } = refused;
        FilterRefused { rule, status, message: format!("{message} ({before})") }
    }

    fn note(&self) {
        self.inspection.hits().clone_into(&mut self.seen.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Filter for Upload {
    fn pass(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<Passed, FilterRefused> {
        let mut used = 0;
        if self.compression.is_none() {
            // What it is stands in its first bytes; an archive that is not compressed has more than those.
            used = content.len().min(compressed::MAGIC_BYTES - self.begin.len());
            self.begin.extend_from_slice(&content[..used]);
            if self.begin.len() < compressed::MAGIC_BYTES {
                return Ok(Passed { used, is_full: false });
            }
            self.open()?;
            let begin = std::mem::take(&mut self.begin);
            self.run(&begin, out)?;
        }
        let passed = self.run(&content[used..], out)?;
        Ok(Passed { used: used + passed.used, is_full: passed.is_full })
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), FilterRefused> {
        if self.compression.is_none() {
            self.open()?;
            let begin = std::mem::take(&mut self.begin);
            self.run(&begin, out)?;
        }
        let ended = self.compression.as_mut().is_none_or(Compression::ends);
        let result = if ended { self.reader.finish(out) } else { Err(compressed::cut_off()) };
        result.map_err(|error| self.refused(error.into()))?;
        let finished = self.inspection.finish();
        finished.map_err(|error| self.refused(error))?;
        self.note();
        Ok(())
    }
}

impl Upload {
    fn open(&mut self) -> Result<(), FilterRefused> {
        let found = Compression::of(&self.begin).map_err(|error| self.refused(error.into()))?;
        self.compression = Some(found);
        Ok(())
    }

    fn run(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<Passed, FilterRefused> {
        let Some(compression) = &mut self.compression else { return Ok(Passed { used: 0, is_full: false }) };
        if matches!(compression, Compression::None) {
            let result = self.reader.push(content, out, &mut self.inspection);
            result.map_err(|error| self.refused(error))?;
            return Ok(Passed { used: content.len(), is_full: false });
        }
        self.unpacked.clear();
        let passed = compression.run(content, &mut self.unpacked, OUT_BYTES);
        let passed = passed.map_err(|error| self.refused(error.into()))?;
        let result = self.reader.push(&self.unpacked, out, &mut self.inspection);
        result.map_err(|error| self.refused(error))?;
        Ok(passed)
    }
}

/// Why reading ahead broke off.
pub(super) enum Ahead {
    Refused(BodyRefused),
    Gone,
}

/// Reads an archive's begin, the whole of a small one, before the engine hears of it.
pub(super) fn read_ahead(client: &mut Side, up: &mut Direction) -> Result<(), Ahead> {
    let deadline = Instant::now() + AHEAD_TIME;
    loop {
        up.take_until(&mut client.input, AHEAD_BYTES).map_err(Ahead::Refused)?;
        if up.has_ended() || up.waiting_bytes() >= AHEAD_BYTES {
            return Ok(());
        }
        match fill_until(client, deadline) {
            Ok(0) => return Err(Ahead::Gone),
            Ok(_) => {}
            // Who sends slowly is not waited for.
            Err(error) if error.kind() == ErrorKind::TimedOut => return Ok(()),
            Err(_) => return Err(Ahead::Gone),
        }
    }
}
