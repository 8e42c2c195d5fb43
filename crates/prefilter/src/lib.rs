//! Which of many rules can match some bytes, told by one pass for what the rules need.
//!
//! Nearly no file holds what any rule looks for, and to find that out with each rule's own expression costs a hundred times
//! more than to search once for a few rare words. A [`Need`] says which bytes whatever matches must hold: it is read
//! off a regular expression ([`Need::of_regex`]) or built from parts. A [`Gate`] searches for all of them at once, with a
//! [`Search`] that tells where which of many words stand and serves detectors with keywords as well.
//!
//! ```
//! use prefilter::{Gate, Need};
//! let gate = Gate::new(&[Need::of_regex(r"stratum\+(tcp|ssl)://\S+:\d+"), Need::of_regex("(?i)donate-level")]);
//! assert_eq!(gate.met(b"url: STRATUM+TCP://pool.example.com"), [0]);
//! assert!(!gate.is_open(b"url: https://example.com"));
//! ```
//!
//! Invariants: a rule whose need is not met does not match; one whose need is met may match. The case of ASCII letters is
//! disregarded; other letters that Unicode folds to ASCII ones (`ſ`, the Kelvin sign) are not. Nothing is read or written.

mod expression;
mod gate;
mod need;
mod search;

pub use gate::{Gate, Sieve};
pub use need::Need;
pub use search::Search;
