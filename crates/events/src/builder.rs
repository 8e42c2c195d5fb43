//! Events by the names of their parameters: for tests and recordings; each one allocates.

use crate::event::{Event, Width};
use crate::extension::Extension;
use crate::kind::{Kind, ParameterInfo};
use crate::writer::EventWriter;

/// An event that is being described. Parameters that are not named are empty.
#[derive(Clone, Debug)]
pub struct EventBuilder<'a> {
    kind: Kind,
    time_ns: u64,
    thread: i64,
    parameters: Vec<Vec<u8>>,
    extension: Option<Extension<'a>>,
}

/// An event with bytes of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedEvent {
    bytes: Vec<u8>,
    width: Width,
}

impl<'a> EventBuilder<'a> {
    /// An event of this kind, at time 0, of no thread.
    pub fn new(kind: Kind) -> Self {
        let count = kind.info().map_or(0, |info| info.parameters.len());
        Self { kind, time_ns: 0, thread: 0, parameters: vec![Vec::new(); count], extension: None }
    }

    /// When, and which thread.
    pub fn at(mut self, time_ns: u64, thread: i64) -> Self {
        (self.time_ns, self.thread) = (time_ns, thread);
        self
    }

    /// A number, in as many bytes as its type has.
    pub fn number(self, name: &str, number: i64) -> Self {
        let size = self.find(name).map_or(0, |(_, parameter)| parameter.r#type.number_bytes());
        self.bytes(name, &number.to_le_bytes()[..size])
    }

    /// Text, with its zero byte.
    pub fn text(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let text = [text.as_ref(), b"\0"].concat();
        self.bytes(name, &text)
    }

    /// Texts, each with its zero byte.
    pub fn texts<T: AsRef<[u8]>>(self, name: &str, texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<u8> = texts.into_iter().flat_map(|text| [text.as_ref(), b"\0"].concat()).collect();
        self.bytes(name, &texts)
    }

    /// Anything else: `|out| tuple.write(out)`.
    pub fn with(self, name: &str, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = Vec::new();
        write(&mut bytes);
        self.bytes(name, &bytes)
    }

    /// The bytes of a parameter.
    ///
    /// # Panics
    /// When the kind has no parameter of this name; ask [`crate::KindInfo::position`] where names come from outside.
    #[track_caller]
    pub fn bytes(mut self, name: &str, bytes: &[u8]) -> Self {
        let Some((position, _)) = self.find(name) else { panic!("{:?} has no parameter {name}", self.kind) };
        self.parameters[position] = bytes.to_vec();
        self
    }

    /// What the sensor knows beyond the parameters.
    pub fn extension(mut self, extension: Extension<'a>) -> Self {
        self.extension = Some(extension);
        self
    }

    /// The event.
    pub fn build(&self) -> OwnedEvent {
        let mut writer = EventWriter::default();
        writer.start(self.kind, self.time_ns, self.thread, self.extension.as_ref());
        for parameter in &self.parameters {
            writer.bytes(parameter);
        }
        OwnedEvent { bytes: writer.finish_bytes().to_vec(), width: Width::of(self.kind) }
    }

    fn find(&self, name: &str) -> Option<(usize, &'static ParameterInfo)> {
        let info = self.kind.info()?;
        let position = info.position(name)?;
        Some((position, &info.parameters[position]))
    }
}

impl OwnedEvent {
    /// Borrowed.
    pub fn event(&self) -> Event<'_> {
        Event::read(&self.bytes, self.width).expect("built by the writer")
    }

    /// Its bytes, as in an event block.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Event<'_>> for OwnedEvent {
    fn from(event: Event<'_>) -> Self {
        let bytes = event.to_bytes();
        Self { bytes, width: event.width() }
    }
}
