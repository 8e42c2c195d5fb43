//! Rules of Falco's language, compiled and evaluated on events.
//!
//! ```
//! use detect::{Engine, Options, Session, Stream, View, Words};
//! use events::{EventBuilder, Kind};
//! let rules = "- {rule: r, desc: d, condition: evt.type=open and fd.name startswith /etc, output: '%fd.name', priority: INFO}";
//! let mut loader = falco::Loader::new(&Words, falco::Limits::default());
//! assert!(loader.load("rules.yaml", rules).successful);
//! let engine = Engine::new(loader.ruleset(), &Options::default()).unwrap();
//!
//! let mut state = state::State::new(state::Limits::default());
//! let open = EventBuilder::new(Kind::OPEN).at(1, 77).number("fd", 3).text("name", "/etc/passwd").build();
//! state.process(&open.event());
//! let view = View::new(open.event(), &state, Stream::default());
//! let mut session = Session::default();
//! let matched = engine.matches(&view, &mut session).to_vec();
//! assert!(engine.template(matched[0]).alert(&view, 1, "host").output.contains("Informational /etc/passwd"));
//! ```
//!
//! Invariants: no I/O, no clock; an event on which no rule is true costs no allocation,
//! unless a rule asks for a function or for a path that has to be made absolute; what a field says comes from the
//! event and the state alone, so that a recording gives the same alerts each time.

mod ahead;
mod alert;
mod engine;
pub mod fields;
mod foresight;
mod glob;
mod needs;
mod operand;
mod path_set;
mod plan;
mod program;
mod source;
mod test;
mod time;
mod value;
mod view;
mod vocabulary;

pub use crate::time::clock;
pub use ahead::{Facts, PathPart, SocketFact};
pub use alert::{Alert, AlertTemplate};
pub use engine::{Engine, Matching, Options, OutputError, Session, unmet_plugins};
pub use needs::{UnmetNeed, unmet_needs};
pub use source::Source;
pub use value::Value;
pub use view::{Stream, View};
pub use vocabulary::Words;
