//! Immutable files of advisories that are used where they are mapped.

mod assemble;
mod builder;
mod codes;
mod details;
mod format;
mod java_archives;
mod lookup;
mod restore;
mod scores;
mod split;
mod tables;
mod tidy;
mod view;
mod waiting;

#[cfg(test)]
mod tests;

pub(crate) use assemble::check_name;
pub use builder::ShardBuilder;
pub use details::Details;
pub(crate) use format::Section;
pub use format::ShardKind;
pub use java_archives::{JAVA_ARCHIVES_SHARD, JavaArchivesBuilder, JavaCoordinates};
pub use lookup::{AdvisoryRow, Quality, Rating, Row};
pub use scores::{
    EXPLOIT_PREDICTION_SHARD, KNOWN_EXPLOITED_SHARD, build_exploit_prediction, build_known_exploited,
};
pub use split::{Built, METADATA_SHARD, build_shards};
pub use tables::BuildError;
pub use view::{Shard, ShardError};
