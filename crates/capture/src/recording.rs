//! A recording of either format.

use std::io::Read;

use events::Event;
use events::snapshot::Snapshot;

use crate::Limits;
use crate::input::Input;
use crate::lines::LinesReader;
use crate::problem::{CaptureError, Problems};
use crate::reader::Reader;

/// A recording: a `.scap` file or JSON lines, as its first bytes say.
pub enum Recording<R: Read> {
    /// A `.scap` file.
    Scap(Box<Reader<R>>),
    /// JSON lines.
    Lines(Box<LinesReader<R>>),
}

impl<R: Read> Recording<R> {
    /// Opens it.
    pub fn open(input: R, limits: Limits) -> Result<Self, CaptureError> {
        let mut input = Input::open(input, limits.bytes_max).map_err(CaptureError::Read)?;
        let first = input.peek(1).map_err(CaptureError::Read)?;
        // A section header begins with a line feed, a document with a brace.
        if first.first() == Some(&b'{') {
            Ok(Self::Lines(Box::new(LinesReader::new(input, limits))))
        } else {
            Ok(Self::Scap(Box::new(Reader::new(input, limits)?)))
        }
    }

    /// What was there before the first event of this section; in JSON lines it comes as events.
    pub fn snapshot(&self) -> &Snapshot {
        match self {
            Self::Scap(reader) => reader.snapshot(),
            Self::Lines(reader) => reader.snapshot(),
        }
    }

    /// See [`Reader::section`].
    pub fn section(&mut self) -> u32 {
        match self {
            Self::Scap(reader) => reader.section(),
            Self::Lines(_) => 1,
        }
    }

    /// What was wrong so far.
    pub fn problems(&self) -> &Problems {
        match self {
            Self::Scap(reader) => reader.problems(),
            Self::Lines(reader) => reader.problems(),
        }
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<Event<'_>> {
        match self {
            Self::Scap(reader) => reader.next_event(),
            Self::Lines(reader) => reader.next_event(),
        }
    }
}
