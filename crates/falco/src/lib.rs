//! The rule language of Falco: files, lists, macros, rules and their conditions, with a diagnosis for every line that is
//! wrong.
//!
//! Invariants: no I/O and no clock; nothing panics on any input; nesting, expansion and size are bounded; what fields
//! and kinds of events there are is told by a [`Vocabulary`].

pub mod condition;
mod kinds;
mod vocabulary;

pub use kinds::KindSet;
pub use vocabulary::{Argument, Constant, Field, FieldError, Network, Several, ValueType, Vocabulary};
