//! Advisory shards: storage, signed manifest, lookup and matching.

mod advisory;
mod aliases;
mod cvss_score;
mod meta;
mod names;
mod range;
mod shard;

pub use advisory::{Advisory, Affected, Range, Rated};
pub use cvss_score::base_score_tenths;
pub use meta::{ShardCounts, ShardMeta};
pub use names::lookup_name;
pub use shard::{
    AdvisoryRow, BuildError, Built, Details, EXPLOIT_PREDICTION_SHARD, KNOWN_EXPLOITED_SHARD, METADATA_SHARD,
    Rating, Row, Shard, ShardBuilder, ShardError, ShardKind, build_exploit_prediction, build_known_exploited,
    build_shards,
};
