//! Importers of published advisory formats and the update client.
//!
//! ```
//! use feeds::{FeedLimits, Record, import_bytes};
//! let json = br#"{"distroversion":"v3.18","packages":[
//!     {"pkg":{"name":"openssl","secfixes":{"3.1.1-r0":["CVE-2023-2650"]}}}]}"#;
//! let mut records = Vec::new();
//! let imported = import_bytes("main.json", json, &FeedLimits::default(), &mut |record| records.push(record)).unwrap();
//! assert_eq!((imported.counts.advisories, imported.problem_count()), (1, 0));
//! assert!(matches!(&records[0], Record::Advisory(advisory) if advisory.affected[0].shard == "alpine:3.18"));
//! ```
//!
//! Invariants: an importer takes bytes, never panics, holds one record in memory at a time (CSAF, OVAL and secdb
//! documents are one record), and a record that is not understood loses only itself and is reported. Shard names
//! are those of `model::Distribution::shard` and `model::Ecosystem::purl_type`.

// This crate owns the door to the network and to the files that users import.
#![allow(clippy::disallowed_methods)]

pub mod alpine_secdb;
mod bounded;
mod catalogue;
mod completeness;
pub mod csaf;
pub mod debian_list;
pub mod debian_tracker;
mod detect;
mod download;
pub mod epss;
mod ids;
mod import;
mod imported;
mod install;
pub mod java_archives;
pub mod kev;
mod limits;
mod maven_repository;
pub mod osv;
pub mod oval;
mod platform;
mod rating;
pub mod rubysec;
mod sources;
mod spool;
mod state;
mod update;
pub mod updateinfo;
pub mod vex;
mod xml;

pub use catalogue::feed_names;
pub use detect::{FeedKind, UnknownFeed, detect};
pub use download::FetchError;
pub use import::{ImportError, Record, import_bytes, import_path};
pub use imported::{Counts, Imported, Problem};
pub use install::{InstallError, InstallOptions, InstallSummary, install};
pub use limits::FeedLimits;
pub use sources::{DEFAULT_FEEDS, Sources, SourcesError};
pub use spool::SpoolError;
pub use update::{
    FeedOutcome, FeedSummary, OpenArtifact, Progress, UpdateError, UpdateOptions, UpdateSummary, update,
};
