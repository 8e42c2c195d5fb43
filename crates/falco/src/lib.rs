//! The rule language of Falco: files, lists, macros, rules and their conditions, with a diagnosis for every line that is
//! wrong.
//!
//! ```
//! use falco::condition::{DEPTH_MAX, parse_condition};
//! let condition = parse_condition("evt.type=open and not(proc.name in (cat, 'a b'))", DEPTH_MAX).unwrap();
//! assert_eq!(condition.to_string(), "evt.type = open and (not proc.name in (cat, \"a b\"))");
//! assert_eq!(parse_condition("a.b = ", DEPTH_MAX).unwrap_err().at.column, 7);
//! ```
//!
//! Invariants: no I/O and no clock; nothing panics on any input; nesting, expansion and size are bounded; what fields
//! and kinds of events there are is told by a [`Vocabulary`].

mod codes;
mod collection;
pub mod condition;
mod constants;
mod decode;
mod diagnosis;
mod event_types;
mod exceptions;
mod infos;
mod kinds;
mod lists;
mod load;
mod macros;
mod output;
mod overrides;
mod reader;
mod rule_item;
mod typed;
mod vocabulary;
mod yaml;

pub use codes::{ErrorCode, WarningCode};
pub use collection::ENGINE_VERSION;
pub use constants::regex_pattern;
pub use diagnosis::{Diagnosis, LoadResult};
pub use event_types::kinds_of_check;
pub use infos::{PluginRequirement, Priority, Version};
pub use kinds::KindSet;
pub use load::{Loader, Rule, Ruleset};
pub use output::{OutputPart, parse_output};
pub use typed::{Check, Typed, TypedKind, TypedOperand, TypedRight};
pub use vocabulary::{Argument, Constant, Field, FieldError, Network, Several, ValueType, Vocabulary};
pub use yaml::Limits;
