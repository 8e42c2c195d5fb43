//! The policy of the gate: one file that says what blocks, what warns, and what is excepted until when.
//!
//! ```
//! use policy::{Circumstances, Policy};
//! let (policy, warnings) = Policy::parse("version = 1\n[vulnerability]\nblock = \"critical\"\n").unwrap();
//! assert!(warnings.is_empty());
//! let error = Policy::parse("version = 1\n[vulnerability]\nblok = \"critical\"\n").unwrap_err();
//! assert!(error.to_string().starts_with("line 3 of the policy"));
//! assert!(error.to_string().ends_with("did you mean 'block'?"));
//! # let _ = (policy, Circumstances::on("2026-11-22".parse().unwrap()));
//! ```
//!
//! The same file serves `seawall scan --policy` and the registry guard. Its words are explained in
//! `docs/guide/policy.md`.
//!
//! Invariants: no I/O and no clock: the caller gives report, date, name and signatures. Unknown words are errors,
//! never passed over. Whatever blocks, warns or is let through tells by which words of the file. What was not
//! looked at never counts as good: an unchecked signature is a missing one, an unknown base is not an allowed one.

mod action;
mod circumstances;
mod date;
mod decide;
mod error;
mod exception;
mod file;
mod glob;
mod image_name;
mod kind;
mod policy;
mod sections;
mod subject;
mod verdict;
mod weigh;

pub use action::{Action, Threshold};
pub use circumstances::{Circumstances, SignatureState};
pub use date::{Date, DateError};
pub use error::{PolicyError, PolicyWarning};
pub use exception::Exception;
pub use file::{KeylessSigners, NotationSigners};
pub use kind::FindingKind;
pub use policy::{Policy, SignatureDemand};
pub use verdict::{Decision, Excepted, Expired, Reason, VERDICT_SCHEMA_VERSION, Verdict};
