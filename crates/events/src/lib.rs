//! Events of a kernel: their kinds, their parameters, and the one encoding that captures and the sensor share.
//!
//! An [`Event`] borrows its bytes and decodes a parameter when asked; nothing is allocated. The encoding is that of an
//! event block in a `.scap` file (Falco's libraries, `driver/ppm_events_public.h`, `struct ppm_evt_hdr`): a header of 26
//! bytes, an array of lengths of 16 or 32 bits, the parameters one after the other, all little endian. What the sensor
//! knows beyond the public parameters is an [`Extension`], a further parameter at the end, which other readers ignore.
//!
//! ```
//! use events::{EventBuilder, Kind, Value};
//! let bytes = EventBuilder::new(Kind::OPENAT).at(1_000, 77).number("fd", 3).text("name", "/etc/shadow").build();
//! let event = bytes.event();
//! assert_eq!(event.name(), "openat");
//! assert_eq!(event.result(), Some(3));
//! assert_eq!(event.parameter("name"), Some(Value::Text(b"/etc/shadow")));
//! assert_eq!(event.parameter("ino"), None);
//! ```
//!
//! Invariants: no I/O, no clock; lengths of an event that was read add up to its bytes, so decoding never fails, it
//! says nothing where a parameter is missing, empty or shorter than its type; nothing panics on any input.

mod address;
mod builder;
mod event;
mod extension;
pub mod flags;
mod kind;
pub mod snapshot;
mod syscalls;
mod table;
mod told;
mod value;
mod writer;

pub use address::{Endpoint, SocketAddress, SocketTuple, family};
pub use builder::{EventBuilder, OwnedEvent};
pub use event::{Event, EventError, HEADER_BYTES, Width};
pub use extension::{Extension, FdKind, Layer};
pub use kind::{Category, Dynamic, Format, Kind, KindInfo, ParameterInfo, ParameterType, Source, Traits};
pub use syscalls::{syscall_name, syscall_names, syscall_number};
pub use table::kinds;
pub use value::{FdList, TextList, Value};
pub use writer::EventWriter;
