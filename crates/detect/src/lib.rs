//! Rules of Falco's language, compiled and evaluated on events.
//!
//! Invariants: no I/O, no clock; an event on which no rule is true costs no allocation; what a field says comes from the
//! event and the state alone, so that a recording gives the same alerts each time.

mod alert;
mod engine;
pub mod fields;
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

pub use alert::{Alert, AlertTemplate};
pub use engine::{Engine, Matching, Options, OutputError, Session, unmet_plugins};
pub use needs::{UnmetNeed, unmet_needs};
pub use source::Source;
pub use value::Value;
pub use view::{Stream, View};
pub use vocabulary::Words;
