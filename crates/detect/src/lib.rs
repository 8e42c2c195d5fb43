//! Rules of Falco's language, compiled and evaluated on events.
//!
//! Invariants: no I/O, no clock; an event on which no rule is true costs no allocation; what a field says comes from the
//! event and the state alone, so that a recording gives the same alerts each time.

pub mod fields;
mod value;
mod vocabulary;

pub use value::Value;
pub use vocabulary::Words;
