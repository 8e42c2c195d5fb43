//! An audit log that nobody can edit quietly: one JSON record a line, each chained to the one before by SHA-256, and
//! checkpoints over all of them signed with Ed25519.
//!
//! ```
//! use ledger::{Durability, Entry, Ledger, Options, VerifyOptions, verify};
//! # let place = std::env::temp_dir().join(format!("ledger-example-{}", std::process::id()));
//! # std::fs::create_dir_all(&place).unwrap();
//! let file = place.join("guard.jsonl");
//! let ledger = Ledger::open(Options::new(&file)).unwrap();
//! ledger.append(Entry::new("decision").with("route", "container_create"), Durability::BeforeReturn).unwrap();
//! drop(ledger);
//! let report = verify(&file, &VerifyOptions::default()).unwrap();
//! assert!(report.problems.is_empty() && report.records == 2, "{report:?}");
//! # std::fs::remove_dir_all(&place).unwrap();
//! ```
//!
//! A record's hash is SHA-256(hash of the record before ‖ the record in canonical form without its hash). The first record of
//! each file is a header, part of the chain, that names the key of the node and carries the chain across files. A checkpoint is
//! a C2SP tlog-checkpoint (signed note) over the RFC 6962 Merkle tree of all record hashes; kept elsewhere, it makes a
//! truncated or rewritten log provably so.
//!
//! Invariants: what was acknowledged as durable has been through fdatasync(2) and survives kill -9; a record that could not be
//! written is an error, and the next that can be written tells how many were lost; one process writes a log at a time; what
//! is read back is untrusted and bounded.
#![allow(
    clippy::disallowed_methods,
    reason = "this crate owns the files of the audit log, and stamps its records"
)]

mod canonical;
mod checkpoint;
mod copies;
mod entry;
mod error;
mod file;
mod key;
mod merkle;
mod options;
mod place;
mod record;
mod redact;
mod verify;
mod writer;

pub use canonical::canonical;
pub use checkpoint::{Checkpoint, CheckpointError, parse_checkpoints};
pub use copies::Copies;
pub use entry::{Durability, Entry};
pub use error::LedgerError;
pub use key::{NodeKey, VerifierKey, VerifierKeyError};
pub use merkle::Frontier;
pub use options::Options;
pub use record::{Hash, MalformedRecord, Record};
pub use redact::Redactor;
pub use verify::{Problem, ProblemKind, Verification, VerifyOptions, verify};
pub use writer::{Counters, Health, Ledger};

/// The newest version of the record format.
pub const FORMAT_VERSION: u64 = 1;
/// No line of a log is longer.
pub const LINE_BYTES_MAX: usize = 1 << 20;
