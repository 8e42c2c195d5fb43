//! Counts decompressed bytes and ends the work when there are too many, or when the time is over.

use crate::{ArchiveLimits, ProblemKind};
use content::Budget;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes between two looks at the limits.
const STEP_BYTES: usize = 64 << 10;

/// What was decompressed of one outermost file. Shared by all readers, which lie in each other.
pub(crate) struct Meter {
    out_bytes: AtomicU64,
    bytes_max: u64,
    ratio_max: u64,
    ratio_free_bytes: u64,
    in_bytes: u64,
    budget: Budget,
    over: OnceLock<String>,
}

impl Meter {
    pub(crate) fn new(limits: &ArchiveLimits, budget: &Budget, in_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            out_bytes: AtomicU64::new(0),
            bytes_max: limits.bytes_max,
            ratio_max: limits.ratio_max,
            ratio_free_bytes: limits.ratio_free_bytes,
            in_bytes,
            budget: *budget,
            over: OnceLock::new(),
        })
    }

    pub(crate) fn out_bytes(&self) -> u64 {
        self.out_bytes.load(Ordering::Relaxed)
    }

    /// Why the work ended, if it did.
    pub(crate) fn over(&self) -> Option<&str> {
        self.over.get().map(String::as_str)
    }

    /// Counts bytes that came out.
    pub(crate) fn count(&self, bytes: u64) -> Result<(), Fault> {
        let out = self.out_bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let reason = if out > self.bytes_max {
            format!("more than {} bytes come out", self.bytes_max)
        } else if out > self.ratio_free_bytes && out > self.in_bytes.saturating_mul(self.ratio_max) {
            format!("more than {} times as much comes out as goes in", self.ratio_max)
        } else {
            match self.budget.check() {
                Ok(()) => return Ok(()),
                Err(halt) => halt.detail,
            }
        };
        Err(Fault::new(ProblemKind::Limit, self.over.get_or_init(|| reason).clone()))
    }

    /// A reader whose bytes count.
    pub(crate) fn read<R>(self: &Arc<Self>, reader: R) -> Metered<R> {
        Metered { reader, meter: Arc::clone(self) }
    }
}

/// A reader whose bytes count.
pub(crate) struct Metered<R> {
    reader: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // A little at a time, so that a limit is noticed soon.
        let wanted = out.len().min(STEP_BYTES);
        let count = self.reader.read(&mut out[..wanted])?;
        self.meter.count(count as u64)?;
        Ok(count)
    }
}

/// Why a reader cannot go on; travels inside an [`io::Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ProblemKind,
    pub(crate) detail: String,
}

impl Fault {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// What an error of a decompressor says.
    pub(crate) fn of(error: &io::Error) -> Self {
        if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return fault.clone();
        }
        let kind = match error.kind() {
            io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
            io::ErrorKind::OutOfMemory => ProblemKind::Limit,
            io::ErrorKind::Unsupported => ProblemKind::Unsupported,
            _ => ProblemKind::Malformed,
        };
        Self::new(kind, error.to_string())
    }

    pub(crate) fn truncated(what: &str) -> Self {
        Self::new(ProblemKind::Truncated, format!("{what} ends early"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.detail)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}

/// Reads exactly as many bytes as the buffer has; the name is for the fault.
pub(crate) fn read_all(input: &mut (dyn BufRead + Send), out: &mut [u8], what: &str) -> Result<(), Fault> {
    input.read_exact(out).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::truncated(what),
        _ => Fault::of(&error),
    })
}

/// Leaves bytes out.
pub(crate) fn skip(input: &mut (dyn BufRead + Send), count: u64, what: &str) -> Result<(), Fault> {
    let mut left = count;
    while left > 0 {
        let available = input.fill_buf().map_err(|error| Fault::of(&error))?.len();
        if available == 0 {
            return Err(Fault::truncated(what));
        }
        let step = usize::try_from(left).unwrap_or(usize::MAX).min(available);
        input.consume(step);
        left -= step as u64;
    }
    Ok(())
}
