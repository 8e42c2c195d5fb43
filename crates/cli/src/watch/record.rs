//! `--record`: every event told, as a recording that `--replay` reads.

use anyhow::{Context, Result};
use capture::LinesWriter;
use events::snapshot::{Machine, Snapshot};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A file that events are written to.
#[derive(Clone)]
pub(super) struct Recorder(Arc<Mutex<Output>>);

struct Output {
    lines: LinesWriter<BufWriter<File>>,
    /// The first failure: a disk that is full ends the recording, not the watch.
    failure: Option<std::io::Error>,
}

impl Recorder {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let name = path.display();
        let file = watch::create_private(path).with_context(|| format!("cannot write {name}"))?;
        let hostname = rustix::system::uname().nodename().to_bytes().to_vec();
        let snapshot =
            Snapshot { machine: Machine { hostname, ..Machine::default() }, ..Snapshot::default() };
        let lines = LinesWriter::new(BufWriter::new(file), &snapshot)
            .with_context(|| format!("cannot write {name}"))?;
        Ok(Self(Arc::new(Mutex::new(Output { lines, failure: None }))))
    }

    /// What [`watch::Live::record`] takes.
    pub(super) fn writer(&self) -> watch::EventSink {
        let output = Arc::clone(&self.0);
        Box::new(move |event| {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            if output.failure.is_none() {
                output.failure = output.lines.event(event).err();
            }
        })
    }

    /// Writes out what waits, and says whether all was written.
    pub(super) fn finish(self) -> Result<()> {
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let flushed = output.lines.flush();
        match output.failure.take() {
            Some(error) => Err(error),
            None => flushed,
        }
        .context("the recording is not complete")
    }
}
