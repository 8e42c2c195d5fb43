//! What threads, descriptors, users and containers are: followed event by event, so that a rule about one event can ask
//! who did it and to what.
//!
//! What each event changes is what Falco's libraries change (`userspace/libsinsp/parsers.cpp`), so that the same capture
//! gives the same answers: threads of a process share the descriptors, the directory and the environment of its leader;
//! a new process copies them; `execve` closes what was opened to be closed then.
//!
//! ```
//! use events::{EventBuilder, Kind};
//! use state::{Limits, State};
//! let mut state = State::new(Limits::default());
//! let open = EventBuilder::new(Kind::OPEN).at(1, 77).number("fd", 3).text("name", "/etc/passwd").build();
//! state.process(&open.event());
//! assert_eq!(state.event_descriptor().unwrap().name(), b"/etc/passwd");
//! let read = EventBuilder::new(Kind::READ).at(2, 77).number("res", 10).number("fd", 3).build();
//! state.process(&read.event());
//! assert_eq!(state.event_descriptor().unwrap().name(), b"/etc/passwd");
//! ```
//!
//! Invariants: no I/O, no clock; memory is bounded by [`Limits`] whatever the events say, and what a limit refused is
//! counted ([`Losses`]); thread numbers that come again, times that go back and events that were lost leave the state
//! usable; nothing panics.

mod changes;
mod container;
mod descriptor;
mod hash;
mod import;
mod limits;
mod path;
mod state;
mod tables;
mod thread;
mod told;

pub use container::{Accounts, Container, Mount, container_of_cgroups, container_of_name};
pub use descriptor::{Descriptor, FdTable, Role, Sockets, What};
pub use limits::{Limits, Losses};
pub use path::concatenate;
pub use state::State;
pub use thread::{Text, Thread};
pub use told::{account_events, container_event, descriptor_events};
