//! Advisory shards: storage, signed manifest, lookup and matching.
//!
//! Importers make [`Advisory`] values, [`build_shards`] makes immutable [`Shard`]s of them, a [`Store`] keeps
//! shards on disk under a signed manifest, a [`Database`] maps them, and [`match_packages`] judges packages.
//!
//! ```
//! use advisories::{Advisory, Affected, Range, Shard, ShardMeta, build_shards};
//! use model::{Ecosystem, Status};
//! let affected = Affected {
//!     shard: "npm".into(),
//!     ecosystem: Ecosystem::Npm,
//!     package: "left-pad".into(),
//!     is_source: false,
//!     status: Status::Fixed,
//!     ranges: vec![Range { fixed: "1.3.0".into(), ..Range::default() }],
//!     versions: vec![],
//!     module: String::new(),
//!     arches: vec![],
//!     channel: String::new(),
//!     rating: None,
//! };
//! let advisory = Advisory { id: "GHSA-1".into(), affected: vec![affected], ..Advisory::default() };
//! let built = build_shards([advisory], |_| ShardMeta::default()).unwrap();
//! let shard = Shard::from_bytes(&built.shards["npm"]).unwrap();
//! assert_eq!(shard.rows("left-pad").unwrap().len(), 1);
//! ```
//!
//! Invariants: opening parses nothing; no byte of a shard, manifest or bundle can make this crate panic; readers
//! never lock; an update is one rename.
#![allow(clippy::disallowed_methods, reason = "owns the files of the advisory database")]

mod advisory;
mod aliases;
mod cvss_score;
mod database;
mod diff;
mod mapping;
mod matching;
mod meta;
mod names;
mod range;
mod search;
mod shard;
mod store;

pub use advisory::{Advisory, Affected, Range, Rated};
pub use cvss_score::base_score_tenths;
pub use database::{Database, DatabaseError, DatabaseOptions, OpenShard, ShardStatus};
pub use diff::{ShardDiff, diff};
pub use matching::{MatchOptions, Matches, PackageMatch, Suppression, match_packages};
pub use meta::{ShardCounts, ShardMeta};
pub use names::lookup_name;
pub use search::{Explanation, FoundAdvisory, SEARCH_HITS_MAX, SearchHit};
pub use shard::{
    AdvisoryRow, BuildError, Built, Details, EXPLOIT_PREDICTION_SHARD, JAVA_ARCHIVES_SHARD,
    JavaArchivesBuilder, JavaCoordinates, KNOWN_EXPLOITED_SHARD, METADATA_SHARD, Quality, Rating, Row, Shard,
    ShardBuilder, ShardError, ShardKind, build_exploit_prediction, build_known_exploited, build_shards,
};
pub use store::{
    Bundle, Installed, KeyError, Manifest, ManifestError, PublicKey, ShardEntry, SigningKey, Store,
    StoreError, Timestamp, TimestampError, Trust, VerifiedManifest, export, is_bundle,
};
