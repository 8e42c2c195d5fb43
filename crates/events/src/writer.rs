//! Events, written into one buffer that is used again and again.

use crate::event::{Event, HEADER_BYTES, Width};
use crate::extension::Extension;
use crate::kind::Kind;

/// Writes events one after the other, without allocating once its buffer has grown.
///
/// Parameters are pushed in the order of the table; those that are not pushed are empty. Nothing can fail: what is too
/// long for its length field is cut, parameters beyond the table's are not written.
///
/// ```
/// use events::{EventWriter, Kind};
/// let mut writer = EventWriter::default();
/// writer.start(Kind::UNLINK, 1_000, 77, None);
/// writer.number(0).text(b"/var/log/wtmp");
/// assert_eq!(writer.finish().text(1), Some(&b"/var/log/wtmp"[..]));
/// ```
#[derive(Debug)]
pub struct EventWriter {
    buffer: Vec<u8>,
    extension: Vec<u8>,
    types: &'static [crate::ParameterInfo],
    kind: Kind,
    width: Width,
    next: usize,
    slots: usize,
}

impl Default for EventWriter {
    fn default() -> Self {
        let (kind, width) = (Kind(0), Width::Narrow);
        Self { buffer: Vec::new(), extension: Vec::new(), types: &[], kind, width, next: 0, slots: 0 }
    }
}

impl EventWriter {
    /// Begins an event and forgets the one before.
    pub fn start(&mut self, kind: Kind, time_ns: u64, thread: i64, extension: Option<&Extension<'_>>) {
        self.types = kind.info().map_or(&[], |info| info.parameters);
        (self.kind, self.width, self.next) = (kind, Width::of(kind), 0);
        self.slots = self.types.len() + usize::from(extension.is_some());
        self.buffer.clear();
        self.buffer.extend_from_slice(&time_ns.to_le_bytes());
        self.buffer.extend_from_slice(&thread.to_le_bytes());
        self.buffer.extend_from_slice(&[0; 4]);
        self.buffer.extend_from_slice(&kind.0.to_le_bytes());
        self.buffer.extend_from_slice(&u32::try_from(self.slots).unwrap_or(0).to_le_bytes());
        self.buffer.resize(HEADER_BYTES + self.slots * self.width.bytes(), 0);
        self.extension.clear();
        if let Some(extension) = extension {
            extension.write(&mut self.extension);
        }
    }

    /// The next parameter is empty.
    pub fn empty(&mut self) -> &mut Self {
        self.bytes(&[])
    }

    /// The next parameter, a number in as many bytes as its type has.
    pub fn number(&mut self, number: i64) -> &mut Self {
        let bytes = number.to_le_bytes();
        let size = self.types.get(self.next).map_or(0, |parameter| parameter.r#type.number_bytes());
        self.bytes(&bytes[..size])
    }

    /// The next parameter, text; its zero byte is added.
    pub fn text(&mut self, text: &[u8]) -> &mut Self {
        let start = self.buffer.len();
        let text = &text[..text.len().min(self.longest() - 1)];
        self.buffer.extend_from_slice(text);
        self.buffer.push(0);
        self.push(start)
    }

    /// The next parameter, texts that each get a zero byte.
    pub fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t [u8]>) -> &mut Self {
        let start = self.buffer.len();
        for text in texts {
            self.buffer.extend_from_slice(text);
            self.buffer.push(0);
        }
        self.push(start)
    }

    /// The next parameter, as it is.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&bytes[..bytes.len().min(self.longest())]);
        self.push(start)
    }

    /// The next parameter, written by `write`: `|out| tuple.write(out)`.
    pub fn with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        let start = self.buffer.len();
        write(&mut self.buffer);
        self.push(start)
    }

    /// The whole event; it stays until [`EventWriter::start`].
    pub fn finish(&mut self) -> Event<'_> {
        let width = self.width;
        Event::read(self.finish_bytes(), width).expect("lengths were written with their bytes")
    }

    /// The bytes of the whole event.
    pub fn finish_bytes(&mut self) -> &[u8] {
        if self.slots > self.types.len() && self.next < self.slots {
            let start = self.buffer.len();
            let size = self.extension.len().min(self.longest());
            self.buffer.extend_from_slice(&self.extension[..size]);
            self.next = self.types.len();
            self.record(start);
        }
        let size = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
        self.buffer[16..20].copy_from_slice(&size.to_le_bytes());
        &self.buffer
    }

    /// The kind that was begun.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn longest(&self) -> usize {
        match self.width {
            Width::Narrow => usize::from(u16::MAX),
            Width::Wide => 64 << 20,
        }
    }

    fn push(&mut self, start: usize) -> &mut Self {
        if self.next >= self.types.len() {
            self.buffer.truncate(start);
        } else {
            self.record(start);
        }
        self
    }

    fn record(&mut self, start: usize) {
        self.buffer.truncate(start + self.longest());
        let size = self.buffer.len() - start;
        let at = HEADER_BYTES + self.next * self.width.bytes();
        match self.width {
            Width::Narrow => {
                let size = u16::try_from(size).expect("cut to the longest");
                self.buffer[at..at + 2].copy_from_slice(&size.to_le_bytes());
            }
            Width::Wide => {
                let size = u32::try_from(size).expect("cut to the longest");
                self.buffer[at..at + 4].copy_from_slice(&size.to_le_bytes());
            }
        }
        self.next += 1;
    }
}
