//! Advisory shards: storage, signed manifest, lookup and matching.

mod advisory;

pub use advisory::{Advisory, Affected, Range, Rated};
