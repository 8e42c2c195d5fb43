//! One event with the state around it.

use crate::fields::{FieldId, container, descriptor, event, path, process, user};
use crate::{Source, Value, vocabulary};
use events::{Event, Traits};
use falco::Argument;
use state::{Descriptor, State, Thread};
use std::cell::OnceCell;

/// One event, after the state took over what it changes.
pub struct View<'a> {
    /// The event.
    pub event: Event<'a>,
    /// What is known around it.
    pub state: &'a State,
    /// What is known of the stream.
    pub stream: Stream<'a>,
    thread: Option<&'a Thread>,
    parent: OnceCell<Option<&'a Thread>>,
}

/// What fields ask of the stream of events as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stream<'a> {
    /// Time of the first event, in nanoseconds since 1970.
    pub first_ns: u64,
    /// Time of the event before.
    pub previous_ns: u64,
    /// Name of the machine.
    pub hostname: &'a str,
}

impl<'a> View<'a> {
    /// A view of the event that the state processed last.
    #[must_use]
    pub fn new(event: Event<'a>, state: &'a State, stream: Stream<'a>) -> Self {
        Self { event, state, stream, thread: state.event_thread(), parent: OnceCell::new() }
    }

    /// The thread that did it.
    #[must_use]
    pub fn thread(&self) -> Option<&'a Thread> {
        self.thread
    }

    /// The leader of the process that made the thread's process.
    pub(crate) fn parent(&self) -> Option<&'a Thread> {
        *self.parent.get_or_init(|| self.thread.and_then(|thread| self.state.parent(thread)))
    }

    /// An ancestor: 0 is the thread's own process.
    pub(crate) fn ancestor(&self, distance: i64) -> Option<&'a Thread> {
        match distance {
            0 => self.thread.map(|thread| self.state.leader(thread)),
            1 => self.parent(),
            _ => self.ancestors().nth(usize::try_from(distance).ok()? - 1),
        }
    }

    /// The parent, that one's parent, and so on.
    pub(crate) fn ancestors(&self) -> impl Iterator<Item = &'a Thread> {
        let state = self.state;
        std::iter::successors(self.parent(), move |thread| state.parent(thread)).take(ANCESTORS_MAX)
    }

    /// Whether the event makes, uses or closes a descriptor, and the thread is known.
    pub(crate) fn has_descriptor(&self) -> bool {
        let uses = |traits: Traits| {
            [Traits::CREATES_FD, Traits::USES_FD, Traits::DESTROYS_FD].iter().any(|one| traits.has(*one))
        };
        self.thread.is_some() && self.event.info().is_some_and(|info| uses(info.traits))
    }

    /// The descriptor that the event is about.
    pub(crate) fn descriptor(&self) -> Option<&'a Descriptor> {
        if self.has_descriptor() { self.state.event_descriptor() } else { None }
    }
}

/// Chains of parents that were made to loop end here.
const ANCESTORS_MAX: usize = 100;

impl Source for View<'_> {
    fn kind(&self) -> u16 {
        vocabulary::slot(self.event.kind).unwrap_or(u16::MAX)
    }

    fn value<'v>(&'v self, field: FieldId, argument: &Argument, room: &'v mut Vec<u8>) -> Value<'v> {
        match field {
            FieldId::Event(field) => event::value(field, argument, self, room),
            FieldId::Process(field) => process::value(field, argument, self, room),
            FieldId::User(field) => user::value(field, self),
            FieldId::Descriptor(field) => descriptor::value(field, argument, self, room),
            FieldId::Path(field) => path::value(field, self, room),
            FieldId::Container(field) => container::value(field, argument, self, room),
        }
    }

    fn each(&self, field: FieldId, argument: &Argument, visit: &mut dyn FnMut(Value<'_>) -> bool) {
        match field {
            FieldId::Process(field) => process::each(field, self, visit),
            FieldId::Descriptor(field) => descriptor::each(field, argument, self, visit),
            _ => {
                let mut room = Vec::new();
                let value = self.value(field, argument, &mut room);
                if value.is_present() {
                    visit(value);
                }
            }
        }
    }
}
