//! Captures of kernel events: `.scap` files as Falco and sysdig write them, read and written, and recordings in JSON
//! lines.
//!
//! A `.scap` file is a sequence of blocks like pcap-ng's, mostly inside gzip: a section header, tables of what was there
//! (machine, processes, descriptors, users, interfaces), then events. Source: Falco's libraries,
//! `userspace/libscap/scap_savefile.h` and `engine/savefile/scap_savefile.c`.
//!
//! ```
//! use capture::{Limits, Reader, Writer};
//! use events::{EventBuilder, Kind, snapshot::Snapshot};
//! let mut file = Vec::new();
//! let mut writer = Writer::new(&mut file, &Snapshot::default()).unwrap();
//! let event = EventBuilder::new(Kind::UNLINK).at(1_000, 77).number("res", 0).text("path", "/tmp/x").build();
//! writer.event(&event.event()).unwrap();
//! writer.finish().unwrap();
//! let mut reader = Reader::open(file.as_slice(), Limits::default()).unwrap();
//! let read = reader.next_event().unwrap();
//! assert_eq!((read.name(), read.number, read.text(1)), ("unlink", 1, Some(&b"/tmp/x"[..])));
//! assert!(reader.next_event().is_none() && reader.problems().is_empty());
//! ```
//!
//! Invariants: a capture is untrusted. Nothing is allocated because a length field says so, everything is bounded by
//! [`Limits`], and what was not understood is a [`Problem`], never an end without a word. Old captures give the same
//! events as current ones (`convert`).

mod blocks;
mod convert;
mod input;
mod json;
mod limits;
mod lines;
mod old;
mod problem;
mod reader;
mod recording;
mod tables;
mod writer;

pub use limits::Limits;
pub use lines::{LinesReader, LinesWriter};
pub use problem::{CaptureError, Problem, ProblemKind, Problems};
pub use reader::Reader;
pub use recording::Recording;
pub use writer::{Compression, Writer};
