//! A capture, read block by block.

use std::io::Read;

use events::snapshot::Snapshot;
use events::{Event, HEADER_BYTES, Kind, Width};

use crate::Limits;
use crate::blocks::{BYTE_ORDER, Block, FRAME_BYTES, SECTION};
use crate::convert::{Converter, Outcome};
use crate::input::Input;
use crate::old::{self, Old};
use crate::problem::{CaptureError, ProblemKind, Problems};
use crate::tables::{self, Stop};

/// A clock that goes back by less is that of another processor.
const CLOCK_BACK_NS: u64 = 1_000_000_000;
/// Bytes of the header of an event whose parameters are not counted.
const UNCOUNTED_HEADER_BYTES: usize = HEADER_BYTES - 4;

/// Reads a capture: the [`Snapshot`] at its beginning, then event after event.
///
/// Captures can be put one after the other in a file: then [`Reader::section`] grows, and what was known before is void.
pub struct Reader<R: Read> {
    input: Input<R>,
    limits: Limits,
    problems: Problems,
    snapshot: Snapshot,
    section: u32,
    table_bytes: usize,
    number: u64,
    latest_ns: u64,
    converter: Converter,
    scratch: Vec<u8>,
    ended: bool,
}

/// Where the bytes of the next event are.
#[derive(Clone, Copy)]
struct Found {
    place: Place,
    cpu: u16,
    /// Bytes before the event and after it in what was taken last.
    before: usize,
    length: usize,
}

#[derive(Clone, Copy)]
enum Place {
    Input { taken: usize },
    Scratch,
    Converter,
}

/// What a block was.
enum Step {
    Event(Found),
    Other,
    End,
}

impl<R: Read> Reader<R> {
    /// Reads up to the first event.
    pub fn open(input: R, limits: Limits) -> Result<Self, CaptureError> {
        Self::new(Input::open(input, limits.bytes_max).map_err(CaptureError::Read)?, limits)
    }

    pub(crate) fn new(mut input: Input<R>, limits: Limits) -> Result<Self, CaptureError> {
        let start = input.peek(FRAME_BYTES).map_err(CaptureError::Read)?;
        if start.len() < FRAME_BYTES
            || u32::from_le_bytes([start[0], start[1], start[2], start[3]]) != SECTION
        {
            return Err(CaptureError::NotACapture { begins: start[..start.len().min(8)].to_vec() });
        }
        if start[8..12] == BYTE_ORDER.to_be_bytes() {
            return Err(CaptureError::BigEndian);
        }
        let mut reader = Self {
            input,
            limits,
            problems: Problems::new(limits.problems_max),
            snapshot: Snapshot::default(),
            section: 0,
            table_bytes: 0,
            number: 0,
            latest_ns: 0,
            converter: Converter::new(limits.waiting_max),
            scratch: Vec::new(),
            ended: false,
        };
        let version = reader.input.peek(16).map_err(CaptureError::Read)?;
        if let [major_low, major_high, minor_low, minor_high] = *version.get(12..16).unwrap_or_default() {
            let major = u16::from_le_bytes([major_low, major_high]);
            if major > 1 {
                return Err(CaptureError::Version {
                    major,
                    minor: u16::from_le_bytes([minor_low, minor_high]),
                });
            }
        }
        reader.read_tables();
        Ok(reader)
    }

    /// What was there before the first event of this section.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Which section the next event is in, from 1 on; the snapshot is that section's.
    pub fn section(&mut self) -> u32 {
        self.read_tables();
        self.section
    }

    /// What was wrong so far.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Bytes read so far, after decompression.
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// The next event; nothing at the end, be it the capture's or that of what can be understood ([`Reader::problems`]).
    pub fn next_event(&mut self) -> Option<Event<'_>> {
        let found = loop {
            match self.step() {
                Step::Event(found) => break found,
                Step::Other => {}
                Step::End => return None,
            }
        };
        self.number += 1;
        let (bytes, kind) = match found.place {
            Place::Input { taken } => {
                let bytes = &self.input.taken(taken)[found.before..found.before + found.length];
                (bytes, Kind(u16::from_le_bytes([bytes[20], bytes[21]])))
            }
            Place::Scratch => {
                (self.scratch.as_slice(), Kind(u16::from_le_bytes([self.scratch[20], self.scratch[21]])))
            }
            Place::Converter => self.converter.converted(),
        };
        let mut event = Event::read(bytes, Width::of(kind)).ok()?;
        (event.cpu, event.number) = (found.cpu, self.number);
        let back = event.time_ns.saturating_add(CLOCK_BACK_NS) < self.latest_ns;
        if back {
            let (offset, now, latest) = (self.input.offset(), event.time_ns, self.latest_ns);
            self.problems.add(ProblemKind::ClockBack, offset, || format!("{now} ns after {latest} ns"));
        }
        self.latest_ns = self.latest_ns.max(event.time_ns);
        Some(event)
    }

    /// Type and length of the next block, when its frame is complete.
    fn frame(&mut self) -> Option<(u32, u32)> {
        let frame = self.input.peek(8).ok()?;
        let frame: [u8; 8] = frame.try_into().ok()?;
        let (kind, length) = frame.split_at(4);
        let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("half of eight bytes"));
        Some((number(kind), number(length)))
    }

    /// Reads up to the next event.
    fn read_tables(&mut self) {
        while !self.ended && !self.at_event() {
            self.step();
        }
    }

    fn at_event(&mut self) -> bool {
        matches!(self.frame(), Some((kind, _)) if matches!(Block::of(kind), Block::Event { .. }))
    }

    fn end(&mut self, kind: ProblemKind, detail: impl FnOnce() -> String) -> Step {
        self.ended = true;
        self.problems.add(kind, self.input.offset(), detail);
        Step::End
    }

    /// Takes one block.
    fn step(&mut self) -> Step {
        if self.ended {
            return Step::End;
        }
        let left = match self.input.peek(8) {
            Ok(bytes) => bytes.len(),
            Err(error) => return self.end(ProblemKind::Truncated, || error.to_string()),
        };
        if left == 0 {
            self.ended = true;
            if self.input.was_cut() {
                let bytes = self.limits.bytes_max;
                return self.end(ProblemKind::Limit, || format!("only {bytes} bytes were read"));
            }
            return Step::End;
        }
        let Some((number, length)) = self.frame() else {
            return self.end(ProblemKind::Truncated, || format!("{left} bytes where a block begins"));
        };
        let size = length as usize;
        if size < FRAME_BYTES {
            return self.end(ProblemKind::Framing, || format!("block {number:#x} of {length} bytes"));
        }
        let block = Block::of(number);
        let allowed = match block {
            Block::Event { .. } => self.limits.event_bytes_max,
            Block::Section => 1 << 20,
            Block::Unknown => 0,
            _ => self.limits.table_bytes_max.saturating_sub(self.table_bytes),
        };
        if size > allowed {
            return self.skip(block, number, length);
        }
        let read = match self.input.peek(size) {
            Ok(bytes) if bytes.len() == size => {
                let trailer = u32::from_le_bytes(bytes[size - 4..].try_into().expect("the last four bytes"));
                Ok(trailer)
            }
            Ok(bytes) => Err(format!("{} of {size} bytes of block {number:#x}", bytes.len())),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Err(detail) => return self.end(ProblemKind::Truncated, || detail),
            Ok(trailer) if trailer != length => {
                return self.end(ProblemKind::Framing, || {
                    format!("block {number:#x} of {length} and of {trailer} bytes")
                });
            }
            Ok(_) => {}
        }
        let offset = self.input.offset();
        self.input.take(size);
        match block {
            Block::Event { counted, flags } => self.event(size, counted, flags),
            _ => {
                self.table(block, size, offset);
                Step::Other
            }
        }
    }

    fn skip(&mut self, block: Block, number: u32, length: u32) -> Step {
        let kind = if block == Block::Unknown { ProblemKind::UnknownBlock } else { ProblemKind::Limit };
        self.problems
            .add(kind, self.input.offset(), || format!("block {number:#x} of {length} bytes left out"));
        match self.input.skip(u64::from(length)) {
            Ok(skipped) if skipped == u64::from(length) => Step::Other,
            Ok(skipped) => self
                .end(ProblemKind::Truncated, || format!("{skipped} of {length} bytes of block {number:#x}")),
            Err(error) => self.end(ProblemKind::Truncated, || error.to_string()),
        }
    }

    fn table(&mut self, block: Block, size: usize, offset: u64) {
        let body = &self.input.taken(size)[8..size - 4];
        let (snapshot, limits) = (&mut self.snapshot, &self.limits);
        self.table_bytes += size;
        let stop = match block {
            Block::Section => {
                (*snapshot, self.table_bytes) = (Snapshot::default(), 0);
                self.section += 1;
                Ok(())
            }
            Block::Machine => tables::machine(body).map(|machine| snapshot.machine = machine),
            Block::Threads(layout) => tables::threads(body, layout, snapshot, limits),
            Block::Descriptors(entries) => tables::descriptors(body, entries, snapshot, limits),
            Block::Interfaces(entries) => tables::interfaces(body, entries, snapshot, limits),
            Block::Users(entries) => tables::users(body, entries, snapshot, limits),
            Block::Event { .. } | Block::Unknown => Ok(()),
        };
        match stop {
            Ok(()) => {}
            Err(Stop::Bad(why)) => self.problems.add(ProblemKind::BadTable, offset, || why.to_owned()),
            Err(Stop::Limit(what)) => {
                self.problems.add(ProblemKind::Limit, offset, || format!("too many {what}"));
            }
        }
    }

    /// An event's block: processor, flags, event.
    fn event(&mut self, size: usize, counted: bool, flags: bool) -> Step {
        let before = 8 + 2 + if flags { 4 } else { 0 };
        let block = self.input.taken(size);
        let offset = self.input.offset() - size as u64;
        let header = if counted { HEADER_BYTES } else { UNCOUNTED_HEADER_BYTES };
        let Some(bytes) = block.get(before..size - 4).filter(|bytes| bytes.len() >= header) else {
            self.problems.add(ProblemKind::BadEvent, offset, || format!("block of {size} bytes"));
            return Step::Other;
        };
        let cpu = u16::from_le_bytes([block[8], block[9]]);
        let kind = Kind(u16::from_le_bytes([bytes[20], bytes[21]]));
        let said = u32::from_le_bytes(bytes[16..20].try_into().expect("four bytes of a header")) as usize;
        // A block may be padded, or carry options behind its event.
        let Some(bytes) = bytes.get(..said).filter(|bytes| bytes.len() >= header) else {
            self.problems
                .add(ProblemKind::BadEvent, offset, || format!("event of {said} bytes in a block of {size}"));
            return Step::Other;
        };
        let mut found = Found { place: Place::Input { taken: size }, cpu, before, length: said };
        let event = if counted {
            Event::read(bytes, Width::of(kind))
        } else {
            count_parameters(bytes, kind, &mut self.scratch);
            found.place = Place::Scratch;
            Event::read(&self.scratch, Width::of(kind))
        };
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                self.problems.add(ProblemKind::BadEvent, offset, || error.to_string());
                return Step::Other;
            }
        };
        match self.converter.convert(&event) {
            Outcome::Pass => Step::Event(found),
            Outcome::Converted => Step::Event(Found { place: Place::Converter, ..found }),
            Outcome::Dropped => Step::Other,
            Outcome::Unknown => {
                self.problems.add(ProblemKind::UnknownKind, offset, || kind.0.to_string());
                Step::Other
            }
            Outcome::Crowded => {
                let threads = self.limits.waiting_max;
                self.problems
                    .add(ProblemKind::Limit, offset, || format!("{threads} threads between enter and exit"));
                Step::Other
            }
        }
    }
}

/// Writes an event whose header does not count its parameters with one that does: the count with which the lengths add
/// up, from the most that its kind has downwards, as Falco's libraries find it.
fn count_parameters(bytes: &[u8], kind: Kind, out: &mut Vec<u8>) {
    let (header, rest) = bytes.split_at(UNCOUNTED_HEADER_BYTES);
    // The lengths of two kinds of meta events were three too large.
    let rest = if matches!(kind, Kind::NOTIFICATION | Kind::INFRA) {
        &rest[..rest.len().saturating_sub(3)]
    } else {
        rest
    };
    let most = match (kind.info(), old::of(kind)) {
        (Some(info), _) => info.parameters.len(),
        (None, Old::Enter(names) | Old::Version(_, names)) => names.split(' ').count(),
        (None, Old::Gone | Old::Unknown) => 0,
    };
    let adds_up = |count: &usize| {
        rest.split_at_checked(2 * count).is_some_and(|(lengths, body)| {
            let sum: usize = lengths
                .as_chunks::<2>()
                .0
                .iter()
                .map(|length| usize::from(u16::from_le_bytes(*length)))
                .sum();
            sum == body.len()
        })
    };
    let count = (0..=most).rev().find(adds_up).unwrap_or(0);
    out.clear();
    out.extend_from_slice(&header[..16]);
    let size = u32::try_from(HEADER_BYTES + rest.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&header[20..22]);
    out.extend_from_slice(&u32::try_from(count).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(rest);
}
