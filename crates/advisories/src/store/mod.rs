//! Signed sets of shards on disk.

mod bundle;
mod files;
mod key;
mod last_seen;
mod manifest;
mod timestamp;
mod update;
mod writer;

#[cfg(test)]
mod bundle_tests;
#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;

pub use bundle::{Bundle, export, is_bundle};
pub use files::StoreError;
pub use key::{KeyError, PublicKey, SigningKey};
pub use last_seen::Trust;
pub use manifest::{Manifest, ManifestError, ShardEntry, VerifiedManifest};
pub use timestamp::{Timestamp, TimestampError};
pub use writer::{Installed, Store};

pub(crate) use files::{MANIFEST, read_bounded, shard_path};
pub(crate) use last_seen::check_database;
pub(crate) use manifest::{MANIFEST_BYTES_MAX, hex};
